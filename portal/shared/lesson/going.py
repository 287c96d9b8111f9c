"""The way into a try: the browser is in its sandbox from then on, at the place of its present step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.shared.lesson.places import where
from portal.shared.visit import entering
from portal.shared.visit.addresses import address_of
from training import tries
from training.models import Try


def into(request: HttpRequest, this: Try) -> HttpResponse | None:
    """Lead there; ``None`` for a try that is over. Practice begins at its step; in a proof one has to find the way."""
    participant = tries.owner_of(this)
    looked = tries.look(this, participant.sandbox) if participant else None
    if participant is None or looked is None:
        return None
    request.has_ended_nothing = not looked.standing.end  # type: ignore[attr-defined]
    step = looked.standing.step
    address = (
        where(address_of(request), looked.exercise, this, step, looked.facts) if step and not looked.ends_at else "/"
    )
    response = redirect(address)
    entering.become(request, response, participant)
    return response
