"""成绩: of each exercise the best try and the last one, and all tries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.shared.lesson.trainees import trainee_of
from training import tries
from training.files import exercises
from training.judging import GOAL
from training.models import Try
from training.words import Way

_A_PAGE = 25


@dataclass(frozen=True)
class ResultRow:
    """A try that has ended, in a list of results; ``this`` comes from ``tries.results_of``.

    ``counts_for_nothing`` where it is a proof, and not the first of its exercise.
    """

    this: Try
    counts_for_nothing: bool = False

    @property
    def title(self) -> str:
        """What the exercise was called."""
        return getattr(self.this, "title", None) or self.this.exercise

    @property
    def end(self) -> str:
        """How it ended, in the words of the exercise."""
        said = getattr(self.this, "said", None)
        return said[0] if said else "中途离开" if self.this.end == tries.LEFT else "已结束"

    @property
    def counts(self) -> dict[str, int]:
        """What it came to; empty where nothing was kept."""
        return getattr(self.this, "counts", None) or {}

    @property
    def is_good(self) -> bool:
        """Whether the goal was reached."""
        return self.this.end == GOAL


@dataclass(frozen=True)
class ExerciseRow:
    """An exercise that was done: the best try, if the goal was ever reached, the last one, and how many."""

    title: str
    best: ResultRow | None
    last: ResultRow
    count: int


def rows_of(found: Sequence[Try]) -> list[ResultRow]:
    """The tries that have ended, the newest first."""
    counted = tries.proofs_of(found).values()
    return [
        ResultRow(this, counts_for_nothing=this.way == Way.PROOF and this not in counted)
        for this in found
        if this.ended_at is not None
    ]


@require_safe
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    """All results of whoever learns in this browser."""
    trainee = trainee_of(request)
    rows = rows_of(tries.results_of(trainee)) if trainee else []
    context = {
        "trainee": trainee,
        "exercises": _by_exercise(rows),
        "page": Paginator(rows, _A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "exercises/results.html", context)


def _by_exercise(rows: Sequence[ResultRow]) -> list[ExerciseRow]:
    """In the order of the catalogue; those that are no more come last."""
    by_name: dict[str, list[ResultRow]] = {}
    for row in rows:
        by_name.setdefault(row.this.exercise, []).append(row)
    order = {name: place for place, name in enumerate(exercises())}
    names = sorted(by_name, key=lambda name: (order.get(name, len(order)), name))
    found = []
    for name in names:
        of_name = by_name[name]
        best = tries.best_of([row.this for row in of_name])
        found.append(ExerciseRow(of_name[0].title, ResultRow(best) if best else None, of_name[0], len(of_name)))
    return found
