"""我的演练环境: what this browser may go back to, a personal link to each, and clearing all of it from the computer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.shared.lesson import trainees
from portal.shared.visit import entering
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.personal import personal_page
from portal.shared.visit.visits import browser_of, ended_with, visit_of
from verification.models import Participant, Sandbox
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import browsers


@dataclass(frozen=True)
class PlaceRow:
    """A sandbox in the list, as whom the browser was there, and what time it is there now."""

    participant: Participant
    is_here: bool
    at: datetime
    link: str

    @property
    def sandbox(self) -> Sandbox:
        """Where that is."""
        return self.participant.sandbox

    @property
    def parts(self) -> str:
        """What one plays there."""
        if self.participant.is_owner:
            return "建立者，可以扮演所有身份"
        return "、".join(role.label for role in self.participant.roles) or "还没有身份，请联系建立者"


def place_rows(request: HttpRequest) -> Sequence[PlaceRow]:
    """The list, for the lobby's page."""
    browser, visit = browser_of(request), visit_of(request)
    here = visit.participant if visit else None
    found = [place.participant for place in browsers.places_of(browser)] if browser else []
    return [PlaceRow(one, one == here, clock.now(one.sandbox), personal_link(request, one)) for one in found]


# ── Going back ───────────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@sent_from_anywhere
def go_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Let this browser be again whom it was."""
    response = redirect("lobby:index")
    try:
        participant = entering.go_back(request, response, pk)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        _welcome(request, participant)
    return response


def _welcome(request: HttpRequest, participant: Participant) -> None:
    messages.success(request, f"您已回到演练环境“{participant.sandbox.name}”，身份是“{participant.name}”。")


def personal_link(request: HttpRequest, participant: Participant) -> str:
    """The address by which somebody is this participant in any browser; good as long as the participant is there."""
    return request.build_absolute_uri(reverse("lobby:personal", args=[_signer().sign(str(participant.pk))]))


def _signer() -> signing.Signer:
    return signing.Signer(salt="portal.lobby.personal", sep=".")


def _participant_of(token: str) -> Participant | None:
    try:
        pk = int(_signer().unsign(token))
    except signing.BadSignature as error:
        raise Http404("no personal link") from error
    return Participant.objects.select_related("sandbox").filter(pk=pk, sandbox__is_machine_played=False).first()


@personal_page
def personal(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then let this browser be the participant of a personal link."""
    participant = _participant_of(token)
    ended = ended_with(participant.sandbox) if participant else None
    if participant is None or ended:
        return render(request, "lobby/personal_gone.html", {"ended": ended}, status=HTTPStatus.GONE)
    if request.method != "POST":
        return render(request, "lobby/personal.html", {"participant": participant, "visit": visit_of(request)})
    response = redirect("lobby:index")
    entering.become(request, response, participant)
    _welcome(request, participant)
    return response


# ── A computer that others use too ───────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
def clear(request: HttpRequest) -> HttpResponse:
    """Ask, then let this browser know nothing of where it was, on every host."""
    if request.method != "POST":
        context = {"rows": place_rows(request), "trainee": trainees.trainee_of(request)}
        return render(request, "lobby/clear.html", context)
    response = redirect("lobby:index")
    entering.forget(request, response)
    trainees.forget(response)
    messages.success(request, "已从这台电脑上清除：这个浏览器不再记得任何演练环境，也不再记得练习成绩是谁的。")
    return response
