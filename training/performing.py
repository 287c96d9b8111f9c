"""The acts of an exercise, done by the domain's own calls: for openings, for the machine, for tests."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from training.content import submission_of
from training.facts import Facts
from training.words import (
    Act,
    Decide,
    Enter,
    Moment,
    Move,
    Piece,
    Read,
    Resend,
    Resubmit,
    Submit,
    Turn,
    Withdraw,
)
from verification.acting import challenges, filings, phones
from verification.acting.challenges import Answer
from verification.by import By
from verification.law.words import Place
from verification.models import Challenge, Filing, FilingState, Provider, Sandbox
from verification.state import alarms
from verification.time import clock

_WRONG_ID = "00000X"
_WRONG_PHONE = "13900000999"


def perform(act: Act, facts: Facts, sandbox: Sandbox, *, by: By) -> Sequence[Answer]:
    """Do an act, and let the jobs do what has become due by it; returns what the portal answered, if one was asked."""
    sandbox.refresh_from_db()
    answers: Sequence[Answer] | None = _PERFORMERS[type(act)](act, facts, sandbox, by)
    alarms.run_due(sandbox)
    return answers or ()


def _nothing(*_: object) -> None:
    """Looking changes nothing."""


def _move(act: Move, facts: Facts, sandbox: Sandbox, by: By) -> None:
    """Move the clock to where the act says; never back."""
    now = clock.now(sandbox)
    at = facts.moment(act.filing, act.to) if act.filing and act.to else now
    assert at is not None, "the checker lets no act stand on a moment that cannot come"
    clock.move_to(sandbox, max(now, at + timedelta(minutes=act.minutes)), by=by)


def portal_of(filing: Filing) -> str | None:
    """The portal at which one verifies: the national one where it is the one for all."""
    return None if filing.edition and filing.edition.place is Place.NATION else filing.province


class EntryPieces(TypedDict):
    """What the domain's call asks for."""

    province: str | None
    code: str
    phone: str
    id_suffix: str


def _enter(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> Sequence[Answer]:
    challenge = facts.challenge(act.filing, act.person)
    already = _charged(challenge) if challenge and act.wrong else 0
    return [_enter_once(act, facts, sandbox, by) for _ in range(already, act.times)]


def _charged(challenge: Challenge) -> int:
    """How often it has been charged, as the limit of its edition counts."""
    edition = challenge.filing.edition
    return challenge.id_errors if edition and edition.limits.id_errors else challenge.tries


def _enter_once(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> Answer:
    return challenges.check_entry(sandbox, **entry_of(act, facts), by=by)


def entry_of(act: Enter, facts: Facts) -> EntryPieces:
    """What is entered, and on which portal."""
    challenge = facts.challenge(act.filing, act.person)
    of_code = facts.challenge(act.code_of or act.filing, act.person)
    code = of_code.code if of_code else ""
    if act.wrong is Piece.CODE:
        code = f"{(int(code or '0') + 1) % 10**6:06d}"
    return {
        "province": portal_of(facts.filings[act.filing]),
        "code": code,
        "phone": _WRONG_PHONE if act.wrong is Piece.PHONE else facts.number_of(act.person),
        "id_suffix": _WRONG_ID if act.wrong is Piece.ID or challenge is None else challenge.id_suffix,
    }


def _resend(act: Resend, facts: Facts, sandbox: Sandbox, by: By) -> Sequence[Answer]:
    """Ask at the portal of the person's first filing, once the pause since the last time is over."""
    found = [(label, each) for label in facts.filings if (each := facts.challenge(label, act.person))]
    if not found:
        return ()  # whoever has nothing to verify has nothing to ask for
    filing, challenge = found[0]
    if (rested := facts.moment(filing, Moment.NEXT_RESEND)) is not None:
        clock.move_to(sandbox, max(clock.now(sandbox), rested), by=by)
    answer = challenges.send_again(
        sandbox,
        province=portal_of(facts.filings[filing]),
        phone=challenge.phone.number,
        id_suffix=challenge.id_suffix,
        by=by,
    )
    return [answer]


def _turn(act: Turn, facts: Facts, _: Sandbox, by: By) -> None:
    phones.switch(facts.phones[facts.number_of(act.person)], **{act.switch.value: act.on}, by=by)


def _submit(act: Submit, facts: Facts, sandbox: Sandbox, by: By) -> None:
    provider = Provider.objects.select_related("sandbox").filter(sandbox=sandbox).order_by("id")[0]
    spec = facts.exercise.opening.submissions[act.submission]
    filings.submit(provider, submission_of(facts.exercise, spec, sandbox, act.mistakes), by=by)


def _resubmit(act: Resubmit, facts: Facts, sandbox: Sandbox, by: By) -> None:
    corrected = None
    if act.submission:
        spec = facts.exercise.opening.submissions[act.submission]
        corrected = submission_of(facts.exercise, spec, sandbox, act.mistakes)
    filings.resubmit(facts.filings[act.filing], corrected, by=by)


def _withdraw(act: Withdraw, facts: Facts, _: Sandbox, by: By) -> None:
    filings.withdraw(facts.filings[act.filing], by=by)


def _decide(act: Decide, facts: Facts, _: Sandbox, by: By) -> None:
    """Decide on each that is not decided so already."""
    for label in act.labels:
        filing = facts.filings[label]
        match act.decision:
            case "approve":
                filings.approve(filing, by=by)
            case "accept" if filing.state != FilingState.ACCEPTED:
                filings.accept(filing, by=by)
            case "reject":
                found = {"field": act.field or "", "suggestion": act.suggestion}
                filings.reject(filing, by=by, reason=act.reason, **found)


_PERFORMERS: Mapping[type, Callable[[Any, Facts, Sandbox, By], Sequence[Answer] | None]] = {
    Read: _nothing,
    Enter: _enter,
    Resend: _resend,
    Turn: _turn,
    Move: _move,
    Submit: _submit,
    Resubmit: _resubmit,
    Withdraw: _withdraw,
    Decide: _decide,
}
