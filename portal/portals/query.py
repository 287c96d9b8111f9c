"""公共查询, later ICP备案查询: what this bureau, or on the national portal any, has accepted (D-06).

The answer is the page of the POST, as on the verify page: a captcha is good for one search, so that a reload asks
for a new one instead of searching again.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.portals.governing import Governing, governing
from portal.portals.page import page
from portal.portals.query_form import QueryForm
from portal.shared.visit.limits import QUERIES, QUERIES_OF_SANDBOX, when_again
from portal.shared.visit.visits import (
    VisitRequest,
    address_to_return_to,
    lobby_address,
    needs_sandbox,
)
from verification.asking import public_query

TOO_MANY = 429


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def query(request: HttpRequest) -> HttpResponse:
    """The form; a POST is answered by its own page."""
    law = governing(request)
    return _answer(request, law) if request.method == "POST" else _page(request, law, QueryForm(law=law))


@needs_sandbox
def _answer(request: VisitRequest, law: Governing) -> HttpResponse:
    kept = request.POST.dict()
    if "new_captcha" in request.POST:  # the button beside the picture, without scripts
        return _page(request, law, QueryForm(law=law, initial=kept))
    if wait := QUERIES.wait_of_address(request) or QUERIES_OF_SANDBOX.wait(str(request.visit.sandbox.pk)):
        refusal = _page(request, law, QueryForm(law=law, initial=kept), when_again=when_again(wait))
        refusal.status_code, refusal["Retry-After"] = TOO_MANY, str(wait)
        return refusal
    form = QueryForm(request.POST, law=law)
    if not form.is_valid():
        return _page(request, law, form)
    code = law.province.code if law.province else None
    found = public_query.find(request.visit.sandbox, form.cleaned_data["q"], province=code)
    return _page(request, law, QueryForm(law=law, initial=kept), found=found, limit=public_query.LIMIT)


def _page(request: HttpRequest, law: Governing, form: QueryForm, **context: object) -> HttpResponse:
    lobby = lobby_address(request, return_to=address_to_return_to(request))
    return page(request, law, "portals/query/page.html", form=form, lobby=lobby, **context)
