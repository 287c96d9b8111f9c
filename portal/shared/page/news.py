"""Whether there is news in the sandbox of a page: asked by the page's script every two seconds (live.js).

A page carries an address with a signed token, good for ten minutes. It is answered from the tag of the sandbox alone,
304 as long as nothing has changed: no query, and nobody's visit is looked up. Once the token is too old, or the sandbox
closed, there is no answer (204, which no console calls an error): the visitor's cookie then says whether they are still
there, and they get another.
"""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.html import format_html
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from portal.shared.visit.visits import visit_of
from training import presence
from training.openings import EXERCISE
from verification import news
from verification.models import Sandbox
from verification.time import clock

#: The same on every host, and under no province's path.
PATH = "/news/"
SALT = "portal.news"
SECONDS = 600
_KEEPS_CLOCK = "+"
#: Now and then the script of a page in a class says what the page is called, for the trainer who looks over a shoulder.
PAGE = "Page-Name"
#: Nobody needs an answer twice.
_HEADERS = {"Cache-Control": "no-store"}


def tag_of(sandbox_id: int) -> str:
    """The sandbox's tag as an ETag."""
    return quote_etag(news.tag(sandbox_id))


def address_for(sandbox: Sandbox) -> str:
    """Where one learns for ten minutes whether there is news in the sandbox.

    Whoever asks there keeps the clock of an exercise running, if it runs.
    """
    keeps_clock = sandbox.purpose == EXERCISE and not sandbox.clock_paused
    return PATH + TimestampSigner(salt=SALT).sign(f"{sandbox.pk}{_KEEPS_CLOCK if keeps_clock else ''}")


def mark(request: HttpRequest) -> str:
    """For the page's script: where to ask for news and, if the page can be asked for anew, the tag that it shows."""
    visit = visit_of(request)
    assert visit is not None, "there is news in sandboxes only"
    shown = getattr(request, "shown_tag", "")
    return format_html('<span data-news="{}" data-tag="{}" hidden></span>', address_for(visit.sandbox), shown)


class AnswerNews:
    """Answer who asks with a token before all that serves whole pages, which takes longer than the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        is_with_token = path.startswith(PATH) and path != PATH
        return by_token(request, path.removeprefix(PATH)) if is_with_token else self.get_response(request)


@require_safe
def by_token(request: HttpRequest, token: str) -> HttpResponse:
    """304 while nothing has changed in the token's sandbox, else its clock; 204 for one too old, 403 for one forged."""
    try:
        told = TimestampSigner(salt=SALT).unsign(token, max_age=SECONDS)
        sandbox_id = int(told.removesuffix(_KEEPS_CLOCK))
    except SignatureExpired:
        return _nothing()
    except BadSignature:
        return HttpResponse(status=HTTPStatus.FORBIDDEN, headers=_HEADERS)
    if told.endswith(_KEEPS_CLOCK):
        presence.note(sandbox_id)
    if page := request.headers.get(PAGE):
        presence.tell_page(sandbox_id, unquote(page))
    return _news(request, sandbox_id, address="")


@require_safe
def by_visit(request: HttpRequest) -> HttpResponse:
    """The same with another address, for whoever is still in the sandbox; 204 for who is not."""
    visit = visit_of(request)
    if visit is None:
        return _nothing()
    return _news(request, visit.sandbox.pk, address=address_for(visit.sandbox))


def _news(request: HttpRequest, sandbox_id: int, *, address: str) -> HttpResponse:
    etag = tag_of(sandbox_id)
    unchanged = None if address else get_conditional_response(request, etag=etag)
    if unchanged:
        unchanged["Cache-Control"] = "no-store"
        return unchanged
    sandbox = Sandbox.objects.filter(pk=sandbox_id, closed_at=None).first()
    if sandbox is None:
        return _nothing()
    return JsonResponse(reading_of(sandbox) | {"address": address}, headers={**_HEADERS, "ETag": etag})


def _nothing() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_HEADERS)


def reading_of(sandbox: Sandbox) -> dict[str, object]:
    """What the clock shows and how fast it runs, for the script that lets it tick."""
    return {
        "sandbox": sandbox.pk,
        "at": round(clock.now(sandbox).timestamp(), 3),
        "speed": 0 if sandbox.clock_paused else sandbox.clock_speed,
    }
