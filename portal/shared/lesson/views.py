"""What the bar's buttons do, on whichever host its page is, and the bar itself for its script."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.shared.page import rulebook
from portal.shared.visit import entering
from portal.shared.visit.addresses import address_of
from portal.shared.visit.doors import VisitRequest, needs_sandbox
from portal.shared.visit.ways import next_address
from training import tries
from training.models import NoteKind, Try
from verification.law.editions import editions
from verification.law.tables import rule_ids
from verification.refusals import Refused


@require_safe
@never_cache
def bar(request: HttpRequest) -> HttpResponse:
    """The bar alone, as it is now."""
    return render(request, "shared/lesson/bar.html")


@require_POST
@needs_sandbox
def note(request: VisitRequest, kind: str) -> HttpResponse:
    """Write down that the present step was seen, or that a hint about it was asked for; then back to the page."""

    def write(this: Try) -> None:
        looked = tries.look(this, request.visit.sandbox)
        if looked and looked.standing.step and looked.standing.step.id == request.POST.get("step"):
            tries.note(this, NoteKind(kind), looked.standing.step.id)

    return _about(request, write)


@require_POST
@needs_sandbox
def predict(request: VisitRequest) -> HttpResponse:
    """Write down what the trainee expects to happen; then back to the page."""
    step, choice, mark = (request.POST.get(name, "") for name in ("step", "choice", "mark"))

    def write(this: Try) -> None:
        try:
            tries.predict(this, step, choice, mark=mark)
        except Refused as refusal:
            messages.error(request, refusal.sentence)

    return _about(request, write)


@require_POST
@needs_sandbox
def switch(request: VisitRequest, kind: str) -> HttpResponse:
    """Write down that “show me” is on or off from now on, where that changes; then back to the page.

    It is about no step: whoever has gone on meanwhile wants it all the same.
    """

    def write(this: Try) -> None:
        looked = tries.look(this, request.visit.sandbox)
        if looked and looked.standing.step and looked.standing.is_shown is not (kind == NoteKind.SHOW):
            tries.note(this, NoteKind(kind), looked.standing.step.id)

    return _about(request, write)


@require_POST
@needs_sandbox
def leave(request: VisitRequest) -> HttpResponse:
    """Give the exercise up; the catalogue is next. Who is in a group leaves it to the others, and is in the class."""
    this = tries.in_sandbox(request.visit.sandbox)
    if this is not None and this.member is not None and this.member.course.is_group:
        response = redirect(address_of(request).of_nation("courses:course", this.member.course.code))
        entering.leave(request, response)
        return response
    _about(request, tries.leave)
    return redirect(address_of(request).of_nation("exercises:index"))


@require_POST
@needs_sandbox
def finish(request: VisitRequest) -> HttpResponse:
    """Write down the end that is reached; its debrief is next."""
    this = tries.in_sandbox(request.visit.sandbox)
    if this is None or not tries.finish(this):
        return redirect(next_address(request) or address_of(request).of_nation("exercises:index"))
    return redirect(address_of(request).of_nation("exercises:debrief", this.pk))


@require_safe
def rule(request: HttpRequest, rule: str) -> HttpResponse:
    """A rule that an exercise speaks of, with its sources, and the editions that follow it."""
    found = rulebook.rules().get(rule)
    if found is None:
        raise Http404
    address = address_of(request)
    if address.province is not None:  # the editions' pages, to which it leads, are the nation's
        return redirect(address.of_nation("lesson:rule", rule))
    followed_by = [edition for edition in editions().values() if rule in rule_ids(edition)]
    return render(request, "shared/lesson/rule.html", {"rule": found, "editions": followed_by})


def _about(request: VisitRequest, act: Callable[[Try], object]) -> HttpResponse:
    this = tries.in_sandbox(request.visit.sandbox)
    if this is not None:
        act(this)
    return redirect(next_address(request) or address_of(request).of_nation("exercises:index"))
