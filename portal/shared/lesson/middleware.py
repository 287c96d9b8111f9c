"""After what somebody does in an exercise: the end that it has reached is written down, and the clock knows of them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.shared.visit import cookies
from portal.shared.visit.visits import known_visit_of, visit_of
from portal.shared.visit.ways import SAFE_METHODS
from training import presence, tries
from training.openings import EXERCISE


class SettleExercise:
    """Settle the try of whoever has sent something; keep its clock running for whoever looks at something."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_sent = request.method not in SAFE_METHODS
        visit = visit_of(request) if is_sent and cookies.is_known(request) else known_visit_of(request)
        if visit is None or visit.only_watches or visit.sandbox.purpose != EXERCISE:
            return response
        if not visit.sandbox.clock_paused:
            presence.note(visit.sandbox.pk)
        if is_sent and not getattr(request, "has_ended_nothing", False):  # who has come in just now was looked at
            tries.settle(visit.sandbox)
        return response
