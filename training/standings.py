"""How far many tries are at once, for whoever sees a class: each judged anew only where its sandbox has news."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, Sum

from training import attempted, kept, tries
from training.attempted import Tried
from training.files import version
from training.models import Note, NoteKind, Try
from training.tries import Looked
from verification.models import Challenge
from verification.time import clock

#: So many attempts are told of each.
ATTEMPTS = 5
_KEPT_SECONDS = 600


@dataclass(frozen=True)
class Stand:
    """How far a try that goes on is: the number of its step of so many, what is to be done, the end that is reached.

    ``step`` is blank when there is nothing more to do, ``acted_at`` when something was last done, tried or asked for,
    ``tried`` the last attempts, the newest first. The ``digest`` differs where anything else does.
    """

    number: int
    steps: int
    step: str
    says: str
    end: str
    charged: int
    hints: int
    acted_at: datetime
    tried: tuple[Tried, ...]
    digest: str


@dataclass(frozen=True)
class _Kept:
    """A stand as it was judged at a tag of the sandbox; good ``until`` the time of a proof is over, if it has one."""

    of_try: int
    tag: str
    until: datetime | None
    stand: Stand


def key_of(name: str) -> str:
    """Under what the stands of a name are kept."""
    return f"stands:{name}:{version()}"


def of(name: str, going_on: Mapping[int, int], tags: Mapping[int, str]) -> Mapping[int, Stand]:
    """By sandbox how far its try is, given by its id; ``tags`` are those of the sandboxes, read before.

    What is known is kept together under a name: one look into the cache, and one judgement of all that has changed.
    """
    key, real = key_of(name), clock.real_now()
    known: dict[int, _Kept] = kept.look(key) or {}
    good = {
        sandbox: one
        for sandbox, this in going_on.items()
        if (one := known.get(sandbox)) is not None
        and (one.of_try, one.tag) == (this, tags.get(sandbox))
        and (one.until is None or real < one.until)
    }
    found = {sandbox: one.stand for sandbox, one in good.items()}
    if len(found) < len(going_on):
        for sandbox, (looked, stand) in _judged([pk for at, pk in going_on.items() if at not in found]).items():
            found[sandbox] = stand
            if looked.is_settled:
                until = None if stand.end else looked.ends_at
                good[sandbox] = _Kept(looked.this.pk, tags.get(sandbox, ""), until, stand)
        kept.keep(key, good, seconds=_KEPT_SECONDS)
    return found


def _judged(ids: Collection[int]) -> Mapping[int, tuple[Looked, Stand]]:
    """The same from their rows; what can be asked for all at once, is."""
    looked = tries.look_at_many(list(Try.objects.filter(pk__in=ids).select_related("sandbox")))
    of_sandbox = Challenge.objects.filter(sandbox__in=looked).order_by().values("sandbox_id")
    charged = {row["sandbox_id"]: row["charged"] for row in of_sandbox.annotate(charged=Sum("tries"))}
    counted = Note.objects.filter(of_try__in=ids).order_by().values("of_try")
    notes = {
        row["of_try"]: row for row in counted.annotate(hints=Count("pk", filter=Q(kind=NoteKind.HINT)), last=Max("at"))
    }
    tried = attempted.last_of(looked, most=ATTEMPTS)
    found = {}
    for sandbox, seen in looked.items():
        of_notes: Mapping[str, Any] = notes.get(seen.this.pk, {})
        acted = [seen.this.started_at, of_notes.get("last"), *(one.at for one in tried.get(sandbox, ()))]
        step = seen.standing.step
        told = (
            seen.standing.number,
            len(seen.exercise.steps),
            step.id if step else "",
            seen.exercise.sentences.steps[step.id].do if step else "",
            seen.standing.end,
            charged.get(sandbox, 0),
            of_notes.get("hints", 0),
            max(filter(None, acted)),
            tried.get(sandbox, ()),
        )
        found[sandbox] = (seen, Stand(*told, digest=kept.digest(told)))
    return found
