"""Pages that are kept ready: rendered once for whatever they depend on, with holes for what is each visitor's own.

A portal's form says the same to everybody but for a token, a banner and a captcha. Rendering it anew costs ten times as
much as all the rest of the request. Whoever asks for a page names all that it depends on beside its address
(``depends_on``), and how each hole is filled (``own``). In the template a hole is a variable of that name, or an
include written ``{% own "includes/banner.html" %}``.
"""

import secrets
from collections.abc import Callable, Hashable, Mapping
from hashlib import blake2b

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.visits import address_to_return_to, lobby_address, visit_of

#: In the context of a page that is rendered to be kept.
IS_KEPT = "is_kept"
#: Stands on both sides of a hole's name. Nobody can type it: it is drawn anew by each process.
_SEAM = secrets.token_hex(16)

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

    ``depends_on`` must have a ``repr`` that says all of it; what fills a hole is HTML already.
    """
    holes: dict[str, Fill] = {
        "csrf_token": lambda: get_token(request),
        "lobby": lambda: escape(lobby_address(request, return_to=address_to_return_to(request))),
        "includes/banner.html": lambda: _banner(request),
        "includes/messages.html": lambda: _messages(request),
    }
    return HttpResponse(_text(request, template, context, depends_on, {**holes, **own}))


def _text(
    request: HttpRequest,
    template: str,
    context: Callable[[], Mapping[str, object]],
    depends_on: Hashable,
    own: Mapping[str, Fill],
) -> str:
    address = (request.scheme, request.get_host(), get_script_prefix(), request.path, visit_of(request) is not None)
    key = blake2b(repr((template, address, depends_on)).encode()).hexdigest()
    pieces: list[str] | None = caches["kept"].get(key)
    if pieces is None:
        holes = {name: hole(name) for name in ("csrf_token", "lobby")}
        pieces = render_to_string(template, {**context(), **holes, IS_KEPT: True}, request).split(_SEAM)
        if not settings.DEBUG:
            caches["kept"].set(key, pieces)
    return _filled(pieces, own)


def _filled(pieces: list[str], own: Mapping[str, Fill]) -> str:
    """Every second piece is the name of a hole; the same hole is filled with the same text wherever it is."""
    names = pieces[1::2]
    texts = {name: own[name]() for name in dict.fromkeys(names)}
    pieces[1::2] = [texts[name] for name in names]
    return "".join(pieces)


def _messages(request: HttpRequest) -> str:
    return render_to_string("includes/messages.html", request=request) if len(get_messages(request)) else ""


def _banner(request: HttpRequest) -> str:
    """The banner of somebody in a sandbox: kept for each name, parts and way of its clock; the time is filled in."""
    visit = visit_of(request)
    assert visit is not None, "the banner of others is part of the page"
    depends_on = (visit.sandbox.name, visit.sandbox.clock_paused, visit.sandbox.clock_speed, visit.participant.roles)
    time = {"visit": visit, "class": "banner__clock"}
    own: dict[str, Fill] = {"clock/_time.html": lambda: render_to_string("clock/_time.html", time)}
    return _text(request, "includes/banner.html", dict, depends_on, own)
