"""复盘: what happened in a try, kept with it when it ends: small, and readable when sandbox and file are gone.

It is a function of the rows of the sandbox and of the try's own log. Moments are kept as in Shanghai, to the second.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from training.comparing import NAME_LENGTH, compared, runs, written
from training.facts import facts_of
from training.files import Exercise
from training.judging import judge
from training.models import Try
from training.reckoning import counted, edition_of, of_machine
from verification.law.times import noon_resend
from verification.models import Challenge, Event, EventKind, Filing, Sandbox

#: As JSON it is not longer.
MOST_BYTES = 20_000
#: What a timeline shows; the rest of a history is between the lines.
_SHOWN = (
    EventKind.SUBMITTED,
    EventKind.PREREVIEW,
    EventKind.APPROVED,
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
#: So many lines of a filing are kept, and so many filings are held against the other editions.
_MOST_LINES, _MOST_COMPARED = 80, 2


def of_try(exercise: Exercise, this: Try, sandbox: Sandbox) -> dict[str, Any]:
    """What to keep of a try that has ended: counts, timelines, steps, rules, and what other editions would say."""
    facts = facts_of(exercise, this, sandbox)
    standing = judge(facts)
    said = exercise.sentences
    history = list(Event.objects.filter(filing__sandbox=sandbox).select_related("filing", "challenge").order_by("id"))
    end = said.ends.get(this.end)
    begins_under = edition_of(exercise)
    went = runs(facts, history)[:_MOST_COMPARED]
    kept = {
        "title": said.title,
        "end": [end.title, end.says] if end else [],
        "edition": begins_under.id if begins_under else "",
        "digest": exercise.digest,
        "done": [step.id for step, is_done in zip(exercise.steps, standing.done, strict=True) if is_done],
        "steps": [
            [step.id, said.steps[step.id].do, said.steps[step.id].why, step.rule, is_done]
            for step, is_done in zip(exercise.steps, standing.done, strict=True)
        ],
        "rules": sorted({step.rule for step in exercise.steps}),
        "predictions": [
            {"step": step.id, "choice": facts.predicted[step.id][0], "right": facts.predicted[step.id][1]}
            for step in exercise.steps
            if step.id in facts.predicted
        ],
        "counts": asdict(counted(this, sandbox, history, refused=facts.refusals.submissions)),
        "machine": asdict(of_machine(exercise)),
        "filings": [_filing(filing, history) for filing in facts.filings.values()],
        "compared": [{"filing": run.filing.number, "lines": compared(run)} for run in went],
        "left_out": 0,
    }
    return _fitted(kept)


def _filing(filing: Filing, history: Sequence[Event]) -> dict[str, Any]:
    of_filing = [(event, event.challenge) for event in history if event.filing_id == filing.pk]
    return course_of(filing, of_filing, list(filing.challenges.all()))


def course_of(
    filing: Filing, history: Sequence[tuple[Event, Challenge | None]], challenges: Sequence[Challenge]
) -> dict[str, Any]:
    """What became of a filing, as it is kept and drawn; ``history`` is all of it, the oldest first, and whose it is."""
    shown = [(event, challenge) for event, challenge in history if event.kind in _SHOWN]
    return {
        "number": filing.number,
        "state": filing.get_state_display(),
        "windows": _windows(filing, challenges),
        "lines": [
            [written(event.at), event.kind, challenge.name[:NAME_LENGTH] if challenge else "", event.reason]
            for event, challenge in shown[-_MOST_LINES:]
        ],
    }


def _windows(filing: Filing, challenges: Sequence[Challenge]) -> list[list[str]]:
    """Round by round: first sending, noon (blank where there is none), deadline."""
    edition = filing.edition
    sent_in = [(each.round, each.first_sent_at, each.deadline_at) for each in challenges if each.first_sent_at]
    first: dict[int, list[str]] = {}
    for number, sent, deadline in sorted(sent_in):
        if edition is not None and number not in first:
            first[number] = [written(sent), written(noon_resend(edition, first_sent_at=sent)), written(deadline)]
    return list(first.values())


def _fitted(kept: dict[str, Any]) -> dict[str, Any]:
    """The same, as small as it has to be: of the longest timelines a quarter in the midst is left out until it is.

    Where that is not enough, the steps are told in short.
    """
    while len(json.dumps(kept)) > MOST_BYTES and any(filing["lines"] for filing in kept["filings"]):
        lines = max((filing["lines"] for filing in kept["filings"]), key=len)
        quarter = -(-len(lines) // 4)
        begin = (len(lines) - quarter) // 2
        del lines[begin : begin + quarter]
        kept["left_out"] += quarter
    for length in (60, 20):  # what people write has more to say, and more steps
        if len(json.dumps(kept)) > MOST_BYTES:
            kept["steps"] = [
                [step, _cut(do, length), _cut(why, length), *rest] for step, do, why, *rest in kept["steps"]
            ]
    return kept


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
