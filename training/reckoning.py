"""What a try came to, in numbers, and what the machine comes to that does the same exercise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from training.files import Exercise
from training.models import NoteKind, Try
from training.words import Enter, Move, Resend
from verification.law.editions import Edition, edition_in_force
from verification.models import ClockMove, Event, EventKind, Sandbox


@dataclass(frozen=True)
class Counts:
    """How often something was done.

    ``refused`` are submissions, ``entries`` hit a challenge, right or wrong, ``resends`` sent something. The
    ``minutes`` are real ones. ``skipped`` are steps that a trainer took off the trainee.
    """

    refused: int
    entries: int
    wrong: int
    resends: int
    moves: int
    hints: int
    minutes: int
    skipped: int = 0


#: Two rows of one act: they were written by one statement.
_Act = tuple[object, object]


def counted(this: Try, sandbox: Sandbox, history: Sequence[Event], *, refused: int) -> Counts:
    """What was done in a try that has ended, whoever did it; ``history`` is all of its sandbox, the oldest first.

    What the opening brought with it was before.
    """
    assert this.ended_at is not None, "who counts has ended it"
    done = [event for event in history if event.real_at is not None and event.real_at >= this.started_at]
    wrong = _acts(done, EventKind.CHARGED)
    last_straws = sum(event.kind == EventKind.FAILED and _bears_charges(event) for event in done)
    return Counts(
        refused=refused,
        entries=sum(event.kind == EventKind.PASSED for event in done) + wrong + last_straws,
        wrong=wrong,
        resends=_acts(done, EventKind.RESENT),
        moves=ClockMove.objects.filter(sandbox=sandbox, to_at__gt=F("from_at"), moved_at__gte=this.started_at).count(),
        hints=this.notes.filter(kind=NoteKind.HINT).count(),
        minutes=round((this.ended_at - this.started_at).total_seconds() / 60),
        skipped=this.notes.filter(kind=NoteKind.SKIPPED).count(),
    )


def _acts(events: Sequence[Event], kind: EventKind) -> int:
    acts: set[_Act] = {(event.at, event.real_at) for event in events if event.kind == kind}
    return len(acts)


def _bears_charges(event: Event) -> bool:
    """Whether it was a further entry that failed the challenge, and not the last of those that are charged (T-06)."""
    edition = event.filing.edition
    return edition is not None and edition.limits.tries_borne is not None


# ── The machine ──────────────────────────────────────────────────────────────


def of_machine(exercise: Exercise) -> Counts:
    """What the machine does that follows the steps, none too many; its minutes are those that the file gives."""
    entries = wrong = resends = moves = 0
    charged: dict[tuple[str, str], int] = {}
    resent: dict[str, int] = {}
    quota = _quota(exercise)
    is_rested = True
    for act in (step.act for step in exercise.steps):
        match act:
            case Enter(wrong=None):
                entries += act.times
            case Enter():
                so_far = charged.get((act.filing, act.person), 0)
                more = max(0, act.times - so_far)
                charged[act.filing, act.person] = so_far + more
                entries, wrong = entries + more, wrong + more
            case Resend():
                if resent.get(act.person) and not is_rested:
                    moves += 1
                if quota is None or resent.get(act.person, 0) < quota:
                    resends += 1
                resent[act.person] = resent.get(act.person, 0) + 1
                is_rested = False
            case Move():
                moves += 1
                is_rested = True
    return Counts(0, entries, wrong, resends, moves, hints=0, minutes=exercise.minutes)


def wrong_by_plan(exercise: Exercise) -> Mapping[str, int]:
    """By piece how often an exercise asks for it to be entered wrongly; ``times`` are those of a challenge in all."""
    charged: Counter[tuple[str, str]] = Counter()
    planned: Counter[str] = Counter()
    for act in (step.act for step in exercise.steps):
        if isinstance(act, Enter) and act.wrong is not None:
            more = max(0, act.times - charged[act.filing, act.person])
            charged[act.filing, act.person] += more
            planned[act.wrong] += more
    return planned


def _quota(exercise: Exercise) -> int | None:
    edition = edition_of(exercise)
    return edition.limits.resends.value if edition and edition.limits.resends else None


def edition_of(exercise: Exercise) -> Edition | None:
    """The rules under which an exercise begins; ``None`` where no verification is in force."""
    opening = exercise.opening
    return edition_in_force(opening.province, at=opening.starts_at, pinned=opening.pinned_edition or None)
