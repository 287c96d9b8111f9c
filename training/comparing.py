"""What the law alone of each edition gives for a filing, and what would have become of a try under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from training.facts import Facts
from verification.acting.persons import verification_under
from verification.law import times
from verification.law.editions import Edition, Limits, editions
from verification.law.who import Target, Verification
from verification.law.words import Mode
from verification.models import Challenge, ChallengeState, Event, EventKind, Filing

#: Of a long list of persons so many are named.
_MOST_NAMES = 6
NAME_LENGTH = 20

# What would have become of the filing, by the word that is kept.
NOT_OFFERED, UNKNOWN_TYPE, NOBODY, UNKNOWN_START = "not_offered", "unknown_type", "nobody", "unknown_start"
DIFFERS = "differs"
LATE, FINE, OPEN = "deadline", "fine", "open"


@dataclass(frozen=True)
class Run:
    """How the verification of a filing's present round ran; ``now`` is how far the clock has come."""

    filing: Filing
    challenges: Sequence[Challenge]
    history: Sequence[Event]  # of the round
    now: datetime

    def of(self, challenge: Challenge) -> Iterator[Event]:
        """The entries that hit the challenge."""
        kinds = (EventKind.CHARGED, EventKind.PASSED, EventKind.FAILED)
        return (event for event in self.history if event.challenge_id == challenge.pk and event.kind in kinds)


def compared(run: Run) -> list[dict[str, Any]]:
    """One line for each edition, that of the filing first: who, when, how often, and with what outcome."""
    own = run.filing.edition
    others = [edition for edition in editions().values() if edition != own]
    return [_line(run, edition) for edition in ([own] if own else []) + others]


def _line(run: Run, edition: Edition) -> dict[str, Any]:
    filing = run.filing
    line: dict[str, Any] = {"edition": edition.id, "limits": _limits(edition.limits)}
    if not set(filing.types) <= set(edition.service_types):
        return line | {"outcome": UNKNOWN_TYPE}
    verification = verification_under(edition, filing)
    if verification is None:
        return line | {"outcome": NOT_OFFERED}
    if not verification.targets:
        return line | {"outcome": NOBODY}
    line |= {"who": _who(edition, verification), "mode": verification.mode.value}
    if (sent := _first_sending(run, edition)) is None:
        return line | {"outcome": UNKNOWN_START}
    noon, deadline = times.noon_resend(edition, first_sent_at=sent), times.deadline(edition, first_sent_at=sent)
    line |= {"sent": written(sent), "noon": written(noon), "deadline": written(deadline)}
    if not _is_comparable(run, verification):
        return line | {"outcome": DIFFERS}
    return line | _outcome(run, edition.limits, deadline)


def written(at: datetime | None) -> str:
    """A moment as it is kept: in Shanghai, to the second."""
    return at.astimezone(times.SHANGHAI).replace(tzinfo=None).isoformat(timespec="seconds") if at else ""


def _limits(limits: Limits) -> dict[str, int]:
    return {name: cited.value for name, cited in limits if cited is not None and name != "resend_pause_seconds"}


def _who(edition: Edition, verification: Verification) -> list[list[str]]:
    """Of each phone the roles and the name."""

    def roles(target: Target) -> str:
        return "、".join(dict.fromkeys(edition.role_label(role.part) for role in target.roles))

    return [[roles(target), target.main.name[:NAME_LENGTH]] for target in verification.targets[:_MOST_NAMES]]


def _first_sending(run: Run, edition: Edition) -> datetime | None:
    """When the messages would go out; ``None`` where a bureau would look first that in truth did not."""
    begun = {event.kind: event.at for event in run.history}
    if edition.kinds[run.filing.kind_law].prereview:
        if EventKind.APPROVED not in begun:
            return None
        return times.first_sending(edition, submitted_at=begun[EventKind.APPROVED])
    return times.first_sending(edition, submitted_at=run.filing.submitted_at)


def _is_comparable(run: Run, verification: Verification) -> bool:
    """Whether the same persons verify with the same document, and as many of them must."""
    wanted = {(target.phone, target.main.id_suffix) for target in verification.targets}
    were = {(challenge.phone.number, challenge.id_suffix) for challenge in run.challenges}
    return wanted == were and verification.mode.value == run.filing.mode


# ── With the times and charges of the try ────────────────────────────────────


def _outcome(run: Run, limits: Limits, deadline: datetime) -> dict[str, Any]:
    """What becomes of the filing, and whether more messages were asked for than the edition sends.

    Where all have to verify, the first limit that is reached decides; where one is enough, the last (W-15).
    """
    reached = [_reached(run, challenge, limits, deadline) for challenge in run.challenges]
    quota = limits.resends
    too_many = quota is not None and any(challenge.resends > quota.value for challenge in run.challenges)
    extra = {"resends": True} if too_many else {}
    passed = [
        challenge.state == ChallengeState.PASSED and not found
        for challenge, found in zip(run.challenges, reached, strict=True)
    ]
    over = [found for found in reached if found]
    if run.filing.mode == Mode.ANY:
        is_done, last_word = any(passed), max(over) if all(reached) else None
    else:
        is_done, last_word = all(passed), min(over, default=None)
    if is_done or last_word is None:
        return {"outcome": FINE if is_done else OPEN, **extra}
    at, what, name = last_word
    return {"outcome": what, "at": written(at), "name": name[:NAME_LENGTH], **extra}


def _reached(run: Run, challenge: Challenge, limits: Limits, deadline: datetime) -> tuple[datetime, str, str] | None:
    """When a challenge would have come to a bad end, by which limit, and whose it is."""
    charges = {"id_errors": 0, "tries": 0}
    most = {name: limit.value for name in charges if (limit := getattr(limits, name))}
    for event in run.of(challenge):
        if event.at >= deadline:
            return deadline, LATE, challenge.name
        if limits.tries_borne and charges["tries"] >= limits.tries_borne.value:
            return event.at, "tries_borne", challenge.name
        if event.kind == EventKind.PASSED:
            return None
        if event.kind == EventKind.CHARGED:
            charges["tries"] += 1
            charges["id_errors"] += event.reason == "id"
        for name, limit in most.items():
            if charges[name] >= limit:
                return event.at, name, challenge.name
    return (deadline, LATE, challenge.name) if (challenge.closed_at or run.now) >= deadline else None


def runs(facts: Facts, history: Sequence[Event]) -> list[Run]:
    """How the filings ran that were verified at all, in the order of the opening."""
    return [
        Run(
            filing,
            facts.challenges[filing.pk],
            [event for event in history if event.filing_id == filing.pk and event.round == filing.round],
            facts.now,
        )
        for filing in facts.filings.values()
        if filing.pk in facts.challenges
    ]
