"""The acts of an exercise, done by the domain's own calls: for openings, for the machine, for tests."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from training.facts import Facts
from training.files import Exercise
from training.words import (
    Act,
    Decide,
    Enter,
    FilingSpec,
    Move,
    Piece,
    Read,
    Resend,
    Resubmit,
    ServiceSpec,
    Submit,
    Turn,
    Withdraw,
)
from verification.acting import challenges, filings, phones
from verification.asking.submissions import PersonData, PlatformData, ServiceData, SubjectData, Submission
from verification.by import By
from verification.law.identity import suffix_of
from verification.law.services import example
from verification.law.words import Place, ServiceType
from verification.models import Provider, Sandbox, SubjectNature
from verification.state import alarms
from verification.time import clock
from verification.worlds.demo import demo_person

_SERVER_IP = "192.0.2.10"  # an address for documentation, never of a real server
_WRONG_ID = "00000X"
_WRONG_PHONE = "13900000999"


def perform(act: Act, facts: Facts, sandbox: Sandbox, *, by: By) -> None:
    """Do an act, and let the jobs do what has become due by it."""
    sandbox.refresh_from_db()
    _PERFORMERS[type(act)](act, facts, sandbox, by)
    alarms.run_due(sandbox)


def _nothing(*_: object) -> None:
    """Looking changes nothing."""


def _move(act: Move, facts: Facts, sandbox: Sandbox, by: By) -> None:
    """Move the clock to where the act says; never back."""
    now = clock.now(sandbox)
    at = facts.moment(act.filing, act.to) if act.filing and act.to else now
    assert at is not None, "the checker lets no act stand on a moment that cannot come"
    clock.move_to(sandbox, max(now, at + timedelta(minutes=act.minutes)), by=by)


def _person(exercise: Exercise, label: str) -> PersonData:
    return demo_person(exercise.opening.persons[label].serial)


def _portal_of(facts: Facts, filing: str) -> str | None:
    """The portal at which one verifies: the national one where it is the one for all."""
    row = facts.filings[filing]
    return None if row.edition and row.edition.place is Place.NATION else row.province


def _enter(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> None:
    for _ in range(act.times):
        _enter_once(act, facts, sandbox, by)


def _enter_once(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> None:
    data = _person(facts.exercise, act.person)
    challenge = facts.challenge(act.code_of or act.filing, act.person)
    code = challenge.code if challenge else ""
    if act.wrong is Piece.CODE:
        code = f"{(int(code or '0') + 1) % 10**6:06d}"
    challenges.check_entry(
        sandbox,
        province=_portal_of(facts, act.filing),
        code=code,
        phone=_WRONG_PHONE if act.wrong is Piece.PHONE else data.phone,
        id_suffix=_WRONG_ID if act.wrong is Piece.ID else suffix_of(data.id_number),
        by=by,
    )


def _resend(act: Resend, facts: Facts, sandbox: Sandbox, by: By) -> None:
    data = _person(facts.exercise, act.person)
    province = _portal_of(facts, next(iter(facts.filings)))
    suffix = suffix_of(data.id_number)
    challenges.send_again(sandbox, province=province, phone=data.phone, id_suffix=suffix, by=by)


def _turn(act: Turn, facts: Facts, _: Sandbox, by: By) -> None:
    phones.switch(facts.phones[facts.number_of(act.person)], **{act.switch.value: act.on}, by=by)


def _submit(act: Submit, facts: Facts, sandbox: Sandbox, by: By) -> None:
    provider = Provider.objects.select_related("sandbox").filter(sandbox=sandbox).order_by("id")[0]
    filings.submit(provider, submission_of(facts.exercise, act.submission), by=by)


def _resubmit(act: Resubmit, facts: Facts, _: Sandbox, by: By) -> None:
    filings.resubmit(facts.filings[act.filing], None, by=by)


def _withdraw(act: Withdraw, facts: Facts, _: Sandbox, by: By) -> None:
    filings.withdraw(facts.filings[act.filing], by=by)


def _decide(act: Decide, facts: Facts, _: Sandbox, by: By) -> None:
    filing = facts.filings[act.filing]
    match act.decision:
        case "approve":
            filings.approve(filing, by=by)
        case "accept":
            filings.accept(filing, by=by)
        case "reject":
            filings.reject(filing, by=by, reason=act.reason)


_PERFORMERS: Mapping[type, Callable[[Any, Facts, Sandbox, By], None]] = {
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


# ── What is submitted ────────────────────────────────────────────────────────


def submission_of(exercise: Exercise, spec: FilingSpec) -> Submission:
    """A filing of the file's words, as its provider sends it."""
    person = _person(exercise, spec.subject)
    return Submission(
        kind=spec.kind,
        province=exercise.opening.province,
        subject=SubjectData(name=spec.name, nature=SubjectNature.ENTERPRISE, person=person),
        services=tuple(_service(exercise, service) for service in spec.services),
    )


def _service(exercise: Exercise, spec: ServiceSpec) -> ServiceData:
    serial = exercise.opening.persons[spec.person].serial
    is_website = spec.type is ServiceType.WEBSITE
    return ServiceData(
        type=spec.type.value,
        name=spec.name,
        domain=spec.domain if is_website else "",
        domains=() if is_website or not spec.domain else (spec.domain,),
        platforms=tuple(PlatformData(**asdict(example(platform, serial))) for platform in spec.platforms),
        person=_person(exercise, spec.person),
        server_ip=_SERVER_IP if spec.type is not ServiceType.MINI_PROGRAM else "",
    )
