"""复盘: what happened in a try, kept with it when it ends: small, and readable when its sandbox is gone."""

from typing import Any

from training.facts import facts_of
from training.files import Exercise
from training.judging import judge
from training.models import NoteKind, Try
from verification.models import Challenge, Event, EventKind, Sandbox

#: What a timeline shows; the rest of a history is between the lines.
_SHOWN = (
    EventKind.SUBMITTED,
    EventKind.OPENED,
    EventKind.NOON_RESENT,
    EventKind.RESENT,
    EventKind.CHARGED,
    EventKind.PASSED,
    EventKind.FAILED,
    EventKind.EXPIRED,
    EventKind.REVIEWING,
    EventKind.ACCEPTED,
    EventKind.RETURNED,
)
_MOST_LINES = 120


def of_try(exercise: Exercise, this: Try, sandbox: Sandbox) -> dict[str, Any]:
    """What to keep: counts, the timeline, the steps that were done, the rules; at most some 20 kB of JSON."""
    facts = facts_of(exercise, this, sandbox)
    standing = judge(facts)
    charged = Challenge.objects.filter(sandbox=sandbox)
    hints = this.notes.filter(kind=NoteKind.HINT).count()
    return {
        "title": exercise.sentences.title,
        "edition": next((filing.edition_id for filing in facts.filings.values() if filing.edition_id), ""),
        "digest": exercise.digest,
        "done": [step.id for step, is_done in zip(exercise.steps, standing.done, strict=True) if is_done],
        "steps": len(exercise.steps),
        "rules": sorted({step.rule for step in exercise.steps}),
        "hints": hints,
        "predictions": [
            {"step": step.id, "choice": facts.predicted[step.id][0], "right": facts.predicted[step.id][1]}
            for step in exercise.steps
            if step.id in facts.predicted
        ],
        "charged": sum(charged.values_list("tries", flat=True)),
        "resent": sum(charged.values_list("resends", flat=True)),
        "timeline": _timeline(sandbox),
    }


def _timeline(sandbox: Sandbox) -> list[dict[str, str]]:
    rows = Event.objects.filter(filing__sandbox=sandbox, kind__in=_SHOWN).select_related("filing", "challenge")
    return [
        {
            "at": event.at.isoformat(),
            "filing": event.filing.number,
            "what": event.kind,
            "whose": event.challenge.name if event.challenge else "",
            "why": event.reason,
        }
        for event in rows.order_by("at", "id")[:_MOST_LINES]
    ]
