"""Openings: played once by the domain's own calls into a sandbox that nobody enters, and copied for each try."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from training.content import person_of, submission_of
from training.files import Exercise, OpeningFiling, Record
from training.performing import portal_of
from training.variants import variant_of
from verification.acting import challenges, filings
from verification.by import By
from verification.law.editions import provinces
from verification.models import (
    Filing,
    Participant,
    Phone,
    Provider,
    Sandbox,
)
from verification.state import alarms
from verification.time import clock
from verification.worlds import demo, sandboxes
from verification.worlds.bureau import AutomaticReview, columns_of
from verification.worlds.templates import copy_rows, template_for

MACHINE = By.machine("练习开局")
#: The purposes of sandboxes: somebody learns in it, or the machine shows something. They never change.
EXERCISE, SHOWING = "exercise", "showing"


@dataclass(frozen=True)
class Opened:
    """A sandbox in which an exercise can begin: whose it is, and the filings of the opening, in their order."""

    participant: Participant
    filings: Sequence[int]

    @property
    def sandbox(self) -> Sandbox:
        """Where that is."""
        return self.participant.sandbox


#: What a copy has in common with its template; seed, codes to join and real times are its own.
_SETTINGS = ("clock_at", "pinned_edition", "decides_after", "refuses_every", "refuses_with")


def prepare(exercises: Iterable[Exercise]) -> None:
    """Have the openings of practices ready, so that none of the many who then begin at once has to play one."""
    for exercise in exercises:
        _template(exercise, 0)


def _template(exercise: Exercise, variant: int) -> Sandbox:
    name = f"{exercise.name} {exercise.digest} {variant}"
    return template_for(name, lambda: play(variant_of(exercise, variant)).sandbox)


@transaction.atomic(savepoint=False)
def open_for(exercise: Exercise, variant: int = 0, *, purpose: str = EXERCISE) -> Opened:
    """A fresh copy of the opening of a variant, which is played first if nobody has begun this version before."""
    template = _template(exercise, variant)
    settings = {"purpose": purpose, **{name: getattr(template, name) for name in _SETTINGS}}
    settings["is_machine_played"] = purpose == SHOWING
    owner = sandboxes.open_empty(name=template.name, begins=template.starts_at, columns=settings)
    return Opened(owner, copy_rows(template, owner.sandbox))


# ── Playing ──────────────────────────────────────────────────────────────────


def play(exercise: Exercise) -> Opened:
    """Play the opening by the domain's own calls; the clock stands where the last of it happened."""
    opening = exercise.opening
    review = AutomaticReview(opening.bureau.after_working_days) if opening.bureau else None
    owner = sandboxes.open_empty(
        name=exercise.sentences.title,
        begins=opening.starts_at,
        columns={"pinned_edition": opening.pinned_edition, **columns_of(review)},
    )
    sandbox = owner.sandbox
    provider = Provider.objects.create(sandbox=sandbox, name=opening.provider)
    for person in opening.persons.values():
        number = demo.demo_person(person.serial).phone
        Phone.objects.create(
            sandbox=sandbox, number=number, **{switch.value: is_on for switch, is_on in person.switches.items()}
        )
    for record in opening.records:
        _put_on_record(exercise, record, provider)
    made = []
    for filing in opening.filings:
        if filing.at is not None:
            clock.move_to(sandbox, filing.at, by=MACHINE)
            alarms.run_due(sandbox)
        row = filings.submit(provider, submission_of(exercise, filing, sandbox, filing.mistakes), by=MACHINE)
        made.append(row.pk)
        _bring_on(row, filing)
    sandbox.refresh_from_db()
    return Opened(owner, made)


def _bring_on(row: Filing, filing: OpeningFiling) -> None:
    """Bring a filing that was just submitted to where the file says that it is."""
    sandbox = row.sandbox
    if filing.is_sent and row.alarm_at is not None:
        clock.move_to(sandbox, row.alarm_at, by=MACHINE)
        alarms.run_due(sandbox)
    if filing.is_verified:
        for challenge in row.challenges.select_related("phone").order_by("id"):
            challenges.check_entry(
                sandbox,
                province=portal_of(row),
                code=challenge.code,
                phone=challenge.phone.number,
                id_suffix=challenge.id_suffix,
                by=MACHINE,
            )
    if filing.rejected:
        told = filing.rejected
        filings.reject(row, by=MACHINE, reason=told.reason, field=told.field or "", suggestion=told.suggestion)


def _put_on_record(exercise: Exercise, record: Record, provider: Provider) -> None:
    """A 主体 with its websites, all served by its provider; a person of two roles is one row."""
    sandbox = provider.sandbox
    if record.served_by:
        provider, _ = Provider.objects.get_or_create(sandbox=sandbox, name=record.served_by)
    labels = {record.subject, *(website.person for website in record.websites)}
    people = {label: demo.person_on_record(sandbox, person_of(exercise, label)) for label in sorted(labels)}
    province = provinces()[exercise.opening.province]
    subject = demo.subject_on_record(sandbox, province, record.name, people[record.subject])
    for serial, website in enumerate(record.websites, start=1):
        person = people[website.person]
        demo.website_on_record(subject, serial, website.name, website.domain, person, served_by=(provider,))
