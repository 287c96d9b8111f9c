"""The way into a try: the browser is in its sandbox from then on, at the place of its present step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.shared.lesson.places import where
from portal.shared.lesson.trainees import trainee_of
from portal.shared.visit import entering
from portal.shared.visit.addresses import address_of
from training import groups, tries
from training.models import Part, Try
from verification.models import Participant, Role


def into(request: HttpRequest, this: Try) -> HttpResponse | None:
    """Lead there; ``None`` for a try that is over.

    Practice begins at its step; in a proof one has to find the way, and so has who in a group has another part.
    """
    participant = groups.participant_in(this, trainee_of(request))
    looked = tries.look(this, participant.sandbox) if participant else None
    if participant is None or looked is None:
        return None
    request.has_ended_nothing = not looked.standing.end  # type: ignore[attr-defined]
    step = looked.standing.step
    is_led = step is not None and not looked.ends_at and _may(participant, groups.part_of(step))
    address = where(address_of(request), looked.exercise, this, step, looked.facts) if step and is_led else "/"
    response = redirect(address)
    entering.become(request, response, participant)
    return response


def _may(participant: Participant, part: Part | None) -> bool:
    """Whether somebody may look at the pages of a part."""
    match part:
        case None | Part.FILER:
            return True
        case Part.CLOCK:
            return participant.moves_clock
        case _:
            return participant.plays(Role(part.value))
