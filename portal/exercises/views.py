"""The catalogue, and the way into an exercise."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.exercises.debriefs import of_own_try
from portal.exercises.results import rows_of
from portal.shared.lesson import papers as papers_of_exercise
from portal.shared.lesson import trainees
from portal.shared.lesson.going import into
from portal.shared.visit.doors import VisitRequest, needs_sandbox
from portal.shared.visit.limits import STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.visits import visit_of
from training import tries
from training.files import Exercise, exercises_of
from training.judging import GOAL
from training.models import Try
from training.words import Path, Way
from verification.refusals import Refused

#: So many results stand below the catalogue; the others have a page.
_LAST = 3


@dataclass(frozen=True)
class Row:
    """An exercise in the catalogue, and how far this trainee is; ``proof`` is the one that counts."""

    exercise: Exercise
    is_done: bool
    proof: Try | None
    under_way: Try | None
    is_here: bool


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The catalogue, path by path."""
    trainee, visit = trainees.trainee_of(request), visit_of(request)
    of_trainee = tries.results_of(trainee) if trainee else ()
    done = {each.exercise for each in of_trainee if each.end == GOAL}
    going_on = [each for each in of_trainee if each.ended_at is None and tries.owner_of(each)]
    open_tries = {each.exercise: each for each in reversed(going_on)}
    proofs = tries.proofs_of(of_trainee)
    here = visit.sandbox.pk if visit else None

    def row(exercise: Exercise) -> Row:
        this = open_tries.get(exercise.name)
        is_here = this is not None and this.sandbox_id == here
        return Row(exercise, exercise.name in done, proofs.get(exercise.name), this, is_here)

    paths = [(path, [row(exercise) for exercise in exercises_of(path)]) for path in Path]
    context = {
        "paths": [(path, rows) for path, rows in paths if rows],
        "trainee": trainee,
        "results": rows_of(of_trainee)[:_LAST],
    }
    return render(request, "exercises/index.html", context)


# ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@sent_from_anywhere
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Begin an exercise, with one click; whoever has begun none before becomes a trainee.

    A practice begins at its first step; of a proof one has to find the way.
    """
    if wait := STARTS.wait_of_address(request):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        return redirect("exercises:index")
    trainee = trainees.trainee_of(request) or tries.new_trainee()
    try:
        this = tries.start(trainee, name, Way.PROOF if request.POST.get("way") == Way.PROOF else Way.PRACTICE)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("exercises:index")
    response = _into(request, this)
    trainees.remember(response, trainee)
    return response


@require_POST
@sent_from_anywhere
@of_own_try
def once_more(request: HttpRequest, this: Try) -> HttpResponse:
    """Begin again at the step at which it ended badly, with one click."""
    if wait := STARTS.wait_of_address(request):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
        return redirect("exercises:debrief", this.pk)
    try:
        return _into(request, tries.once_more(this))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("exercises:debrief", this.pk)


@require_POST
@sent_from_anywhere
@of_own_try
def go_on(request: HttpRequest, this: Try) -> HttpResponse:
    """Back into an exercise that one has begun."""
    return _into(request, this)


def _into(request: HttpRequest, this: Try) -> HttpResponse:
    response = into(request, this)
    if response is None:
        messages.info(request, "这次练习已经结束，请重新开始。")
        return redirect("exercises:index")
    return response


@require_safe
@never_cache
@needs_sandbox
def papers(request: VisitRequest) -> HttpResponse:
    """The papers of the exercise that goes on, to be read beside the form, or printed."""
    bundles = papers_of_exercise.bundles_in(request.visit.sandbox)
    if not bundles:
        messages.info(request, "目前的演练里没有材料，请从练习目录中选择一个带材料的练习。")
        return redirect("exercises:index")
    of_one = [each for each in bundles if each.filing and str(each.filing.pk) == request.GET.get("filing")]
    context = {"visit": request.visit, "bundles": of_one or bundles, "are_more": 0 < len(of_one) < len(bundles)}
    return render(request, "exercises/papers.html", context)
