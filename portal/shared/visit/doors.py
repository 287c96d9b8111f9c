"""What a view may ask of its visitor: a sandbox, a part, the clock, to have made the sandbox. The others are told how.

Behind one of the decorators ``request.visit`` is always a :class:`Visit`::

    @needs_role(Role.BUREAU)
    def queue(request: VisitRequest) -> HttpResponse: ...
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.shared.page import live
from portal.shared.visit.visits import Visit, ended_of, visit_of
from portal.shared.visit.ways import address_to_return_to, lobby_address
from training.openings import EXERCISE
from verification.models import Participant, Role

P = ParamSpec("P")


class VisitRequest(HttpRequest):
    """The request as a view behind one of the decorators sees it."""

    visit: Visit


View = Callable[Concatenate[VisitRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def to_the_lobby(request: HttpRequest) -> HttpResponse:
    """Lead a visitor without a sandbox to the lobby, which brings them back here; whose visit was ended is told so."""
    lobby = lobby_address(request, return_to=address_to_return_to(request))
    if ended_of(request):
        return render(request, "shared/visit/ended.html", {"lobby": lobby}, status=HTTPStatus.GONE)
    return redirect(lobby)


def not_your_part(request: HttpRequest, visit: Visit, *roles: Role) -> HttpResponse:
    """Tell a visitor who plays none of these parts how to get one (403)."""
    return _refuse(request, visit, f"这一页由“{'”或“'.join(role.label for role in roles)}”使用，您目前没有这个身份。")


def needs_sandbox(view: View[P]) -> OpenView[P]:
    """Lead visitors without a sandbox to the lobby; the page of the others can follow what happens in theirs."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visit = visit_of(request)
        if visit is None:
            return to_the_lobby(request)
        request.visit = visit  # type: ignore[attr-defined]
        # It has its visit now.
        return live.follows(request, visit.sandbox, lambda: view(request, *args, **kwargs))  # type: ignore[arg-type]

    return inner


def needs_role(*roles: Role) -> Callable[[View[P]], OpenView[P]]:
    """Let in who plays one of these parts; tell the others how to get it (403)."""

    def decorate(view: View[P]) -> OpenView[P]:
        @wraps(view)
        def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if any(request.visit.plays(role) for role in roles):
                return view(request, *args, **kwargs)
            return not_your_part(request, request.visit, *roles)

        return needs_sandbox(inner)

    return decorate


def needs_clock(view: View[P]) -> OpenView[P]:
    """Let in who may move the clock; tell the others whom to ask (403)."""

    @wraps(view)
    def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.visit.moves_clock:
            return view(request, *args, **kwargs)
        return _refuse(request, request.visit, "您目前不能调整这个演练环境的时钟。")

    return needs_sandbox(inner)


def needs_owner(view: View[P]) -> OpenView[P]:
    """Let in who made the sandbox; tell the others whom to ask (403)."""

    @wraps(view)
    def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.visit.participant.is_owner:
            return view(request, *args, **kwargs)
        return _refuse(request, request.visit, "这一页由演练环境的建立者使用。")

    return needs_sandbox(inner)


def _refuse(request: HttpRequest, visit: Visit, sentence: str) -> HttpResponse:
    owner = Participant.objects.filter(sandbox=visit.sandbox, is_owner=True).first()
    # In an exercise only a group has parts that not all of it play, and nobody made the sandbox.
    context = {"sentence": sentence, "owner": owner, "is_in_group": visit.sandbox.purpose == EXERCISE}
    return render(request, "shared/visit/not_allowed.html", context, status=403)
