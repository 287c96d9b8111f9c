"""The acts of an exercise, done by the domain's own calls: for openings, for the machine, for tests."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypedDict

from training.facts import Facts
from training.files import Exercise
from training.words import (
    Act,
    Decide,
    Enter,
    FilingSpec,
    Moment,
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
from verification.law.services import example
from verification.law.words import IdType, Place, ServiceType
from verification.models import Challenge, Provider, Sandbox, Subject, SubjectNature
from verification.state import alarms
from verification.time import clock
from verification.worlds.demo import demo_person, permit_holder

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


def person_of(exercise: Exercise, label: str) -> PersonData:
    """The synthetic person whom an exercise calls so, with the document that its file says."""
    person = exercise.opening.persons[label]
    return permit_holder(person.serial) if person.document is IdType.HK_MACAU_PERMIT else demo_person(person.serial)


def _portal_of(facts: Facts, filing: str) -> str | None:
    """The portal at which one verifies: the national one where it is the one for all."""
    row = facts.filings[filing]
    return None if row.edition and row.edition.place is Place.NATION else row.province


class EntryPieces(TypedDict):
    """What the domain's call asks for."""

    province: str | None
    code: str
    phone: str
    id_suffix: str


def _enter(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> None:
    challenge = facts.challenge(act.filing, act.person)
    for _ in range(_charged(challenge) if challenge and act.wrong else 0, act.times):
        _enter_once(act, facts, sandbox, by)


def _charged(challenge: Challenge) -> int:
    """How often it has been charged, as the limit of its edition counts."""
    edition = challenge.filing.edition
    return challenge.id_errors if edition and edition.limits.id_errors else challenge.tries


def _enter_once(act: Enter, facts: Facts, sandbox: Sandbox, by: By) -> None:
    challenges.check_entry(sandbox, **entry_of(act, facts), by=by)


def entry_of(act: Enter, facts: Facts) -> EntryPieces:
    """What is entered, and on which portal."""
    challenge = facts.challenge(act.filing, act.person)
    of_code = facts.challenge(act.code_of or act.filing, act.person)
    code = of_code.code if of_code else ""
    if act.wrong is Piece.CODE:
        code = f"{(int(code or '0') + 1) % 10**6:06d}"
    return {
        "province": _portal_of(facts, act.filing),
        "code": code,
        "phone": _WRONG_PHONE if act.wrong is Piece.PHONE else facts.number_of(act.person),
        "id_suffix": _WRONG_ID if act.wrong is Piece.ID or challenge is None else challenge.id_suffix,
    }


def _resend(act: Resend, facts: Facts, sandbox: Sandbox, by: By) -> None:
    """Ask at the portal of the person's first filing, once the pause since the last time is over."""
    filing, challenge = next((label, found) for label in facts.filings if (found := facts.challenge(label, act.person)))
    if (rested := facts.moment(filing, Moment.NEXT_RESEND)) is not None:
        clock.move_to(sandbox, max(clock.now(sandbox), rested), by=by)
    challenges.send_again(
        sandbox,
        province=_portal_of(facts, filing),
        phone=challenge.phone.number,
        id_suffix=challenge.id_suffix,
        by=by,
    )


def _turn(act: Turn, facts: Facts, _: Sandbox, by: By) -> None:
    phones.switch(facts.phones[facts.number_of(act.person)], **{act.switch.value: act.on}, by=by)


def _submit(act: Submit, facts: Facts, sandbox: Sandbox, by: By) -> None:
    provider = Provider.objects.select_related("sandbox").filter(sandbox=sandbox).order_by("id")[0]
    filings.submit(provider, submission_of(facts.exercise, act.submission, sandbox), by=by)


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


def submission_of(exercise: Exercise, spec: FilingSpec, sandbox: Sandbox) -> Submission:
    """A filing of the file's words, as its provider sends it in this sandbox."""
    if spec.subject is None:
        (record,) = [record for record in exercise.opening.records if record.label == spec.record]
        return Submission(
            kind=spec.kind,
            province=exercise.opening.province,
            subject_number=Subject.objects.get(sandbox=sandbox, name=record.name).number,
            services=tuple(ServiceData(serial=serial) for serial in spec.picks),
        )
    person = person_of(exercise, spec.subject)
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
        person=person_of(exercise, spec.person),
        server_ip=_SERVER_IP if spec.type is not ServiceType.MINI_PROGRAM else "",
    )
