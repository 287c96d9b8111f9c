"""公共查询, later ICP备案查询: what this bureau, or on the national portal any, has accepted (D-06).

The answer is the page of the POST, as on the verify page: a captcha is good for one search, so that a reload asks
for a new one instead of searching again. What was searched in vain is there again on the way back.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.portals import again
from portal.portals.door import Asked, at_the_door
from portal.portals.query_form import QueryForm
from portal.shared.visit import drafts, tokens
from portal.shared.visit.doors import to_the_lobby
from portal.shared.visit.limits import QUERIES, QUERIES_OF_SANDBOX, when_again
from verification.asking import public_query

TOO_MANY = 429
DRAFT = "query"


@csrf_exempt  # _answer looks at the token: a form without a good one comes back filled in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@at_the_door
def query(asked: Asked) -> HttpResponse:
    """The form; a POST is answered by its own page."""
    if asked.request.method == "POST":
        return _answer(asked)
    typed = drafts.read(asked.request, DRAFT)
    return _page(asked, QueryForm(law=asked.law, initial=typed.dict() if typed else None))


def _answer(asked: Asked) -> HttpResponse:
    request, law, visit = asked.request, asked.law, asked.visit
    if visit is None:
        return to_the_lobby(request)
    typed = request.POST.dict()
    code = law.province.code if law.province else None
    if not tokens.is_good(request):
        messages.info(request, tokens.GROWN_OLD)
        return _page(asked, QueryForm(law=law, initial=typed))
    drafts.keep(request, DRAFT, request.POST)
    if "new_captcha" in request.POST:  # the button beside the picture, without scripts
        return _page(asked, QueryForm(law=law, initial=typed))
    if wait := QUERIES.wait_of_address(request) or QUERIES_OF_SANDBOX.wait(str(visit.sandbox.pk)):
        refusal = _page(asked, QueryForm(law=law, initial=typed), status=TOO_MANY, when_again=when_again(wait))
        refusal["Retry-After"] = str(wait)
        return refusal
    form = QueryForm(request.POST, law=law)
    if not form.is_valid() and not again.recall(asked, visit, form):
        return _page(asked, form)
    again.remember(asked, visit, said=True)
    found = public_query.find(visit.sandbox, form.cleaned_data["q"], province=code)
    if found.rows:
        drafts.forget(request, DRAFT)
    return _page(asked, QueryForm(law=law, initial=typed), found=found, limit=public_query.LIMIT)


def _page(asked: Asked, form: QueryForm, *, status: int = 200, **context: object) -> HttpResponse:
    return asked.page("portals/query/page.html", {"form": form, **context}, status=status)
