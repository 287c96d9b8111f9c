"""Pages that are kept ready: rendered once for whatever they depend on, with holes for what is each visitor's own.

A portal's form says the same to everybody but for a token, a banner and a captcha. Rendering it anew costs ten times as
much as all the rest of the request. Whoever asks for a page names all that it depends on beside its address
(``depends_on``), and how each hole is filled (``own``). In the template a hole is a variable of that name, or an
include written ``{% own "shared/visit/banner.html" %}``.
"""

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.shared.page import news
from portal.shared.visit import opened
from portal.shared.visit.handover import handover_address
from portal.shared.visit.visits import ended_of, visit_of
from portal.shared.visit.ways import SAFE_METHODS, address_to_return_to, lobby_address

#: In the context of a page that is rendered to be kept.
IS_KEPT = "is_kept"
#: Stands on both sides of a hole's name. Nobody can type it: it is drawn anew by each process.
_SEAM = secrets.token_hex(16)

#: So many are kept by each process, some 10 KB each; those asked for last.
MOST = 1000

Fill = Callable[[], str]


def hole(name: str) -> SafeString:
    """What stands in a kept page where ``own[name]`` will stand."""
    return mark_safe(f"{_SEAM}{name}{_SEAM}")  # noqa: S308  # letters, digits, and names of our own


def page(
    request: HttpRequest,
    template: str,
    context: Callable[[], Mapping[str, object]],
    *,
    depends_on: Hashable,
    own: Mapping[str, Fill],
) -> HttpResponse:
    """The page, from what is kept if it is. ``context`` is asked for only if it is not.

    What fills a hole is HTML already.
    """
    holes: dict[str, Fill] = {
        "csrf_token": lambda: get_token(request),
        opened.FIELD: lambda: opened.opened_as(request),
        "lobby": lambda: _lobby(request),
        "handover": lambda: _handover(request),
        "shared/visit/banner.html": lambda: _banner(request),
        "shared/page/messages.html": lambda: _messages(request),
        "shared/lesson/bar.html": lambda: _lesson(request),
    }
    return HttpResponse(_text(request, template, context, depends_on, {**holes, **own}))


def _text(
    request: HttpRequest,
    template: str,
    context: Callable[[], Mapping[str, object]],
    depends_on: Hashable,
    own: Mapping[str, Fill],
) -> str:
    # Where the address is all that says where the links to lobby and hand-over lead, they are the same for everybody.
    is_bare = request.method in SAFE_METHODS and not request.META["QUERY_STRING"]
    address = (request.scheme, request.get_host(), get_script_prefix(), request.path, is_bare)
    place = _place(template, address, visit_of(request) is not None, ended_of(request) is not None, depends_on)
    pieces: Sequence[str] = place
    if not pieces:
        links = {"lobby": _lobby, "handover": _handover}
        filled = {name: link(request) if is_bare else hole(name) for name, link in links.items()}
        holes = {"csrf_token": hole("csrf_token"), **filled}
        pieces = render_to_string(template, {**context(), **holes, IS_KEPT: True}, request).split(_SEAM)
        if not settings.DEBUG:
            place[:] = pieces
    return _filled(pieces, own)


@lru_cache(maxsize=MOST)
def _place(*grounds: Hashable) -> list[str]:
    """Where the pieces of a page lie that stands on these grounds: nothing before it was rendered."""
    return []


def forget() -> None:
    """Keep nothing of what is kept."""
    _place.cache_clear()


def _filled(pieces: Sequence[str], own: Mapping[str, Fill]) -> str:
    """Every second piece is the name of a hole; the same hole is filled with the same text wherever it is."""
    texts = {name: own[name]() for name in dict.fromkeys(pieces[1::2])}
    return "".join([texts[piece] if number % 2 else piece for number, piece in enumerate(pieces)])


def _lobby(request: HttpRequest) -> str:
    return escape(lobby_address(request, return_to=address_to_return_to(request)))


def _handover(request: HttpRequest) -> str:
    return escape(handover_address(request, wanted=address_to_return_to(request) or "/"))


def _messages(request: HttpRequest) -> str:
    return render_to_string("shared/page/messages.html", request=request) if len(get_messages(request)) else ""


def _lesson(request: HttpRequest) -> str:
    visit = visit_of(request)
    is_learning = visit is not None and visit.sandbox.purpose
    return render_to_string("shared/lesson/bar.html", request=request) if is_learning else ""


def _banner(request: HttpRequest) -> str:
    """The banner of somebody in a sandbox: kept for each name, parts and way of its clock; the time is filled in.

    That of somebody whose visit was ended is written anew; a stranger's is part of the page.
    """
    visit = visit_of(request)
    if visit is None:
        return render_to_string("shared/visit/banner.html", request=request)
    clock = (visit.sandbox.clock_paused, visit.sandbox.clock_speed, visit.moves_clock_only)
    depends_on = (visit.sandbox.name, *clock, visit.participant.roles)
    time = {"visit": visit, "class": "banner__clock"}
    own: dict[str, Fill] = {
        "shared/clock/_time.html": lambda: render_to_string("shared/clock/_time.html", time),
        "news": lambda: news.mark(request),
    }
    return _text(request, "shared/visit/banner.html", dict, depends_on, own)
