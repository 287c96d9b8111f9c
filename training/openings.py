"""Openings: played once by the domain's own calls into a sandbox that nobody enters, and copied for each try."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects

from training.files import Exercise, Record
from training.models import Template
from training.performing import person_of, submission_of
from training.variants import variant_of
from verification.acting import filings
from verification.by import By
from verification.law.editions import provinces
from verification.models import (
    Access,
    Challenge,
    ChallengeState,
    Event,
    Filing,
    FilingPart,
    Message,
    NumberSeries,
    Participant,
    Person,
    Phone,
    Provider,
    Sandbox,
    Service,
    ServicePlatform,
    Subject,
)
from verification.state import alarms, sending
from verification.state.preparing import link_token
from verification.time import clock
from verification.worlds import demo, sandboxes
from verification.worlds.bureau import AutomaticReview, columns_of

MACHINE = By.machine("练习开局")
#: The purposes of sandboxes that openings make: one that nobody enters, one in which somebody learns.
TEMPLATE, EXERCISE = "template", "exercise"


@dataclass(frozen=True)
class Opened:
    """A sandbox in which an exercise can begin: whose it is, and the filings of the opening, in their order."""

    participant: Participant
    filings: Sequence[int]

    @property
    def sandbox(self) -> Sandbox:
        """Where that is."""
        return self.participant.sandbox


def open_for(exercise: Exercise, variant: int = 0) -> Opened:
    """A fresh copy of the opening of a variant, which is played first if nobody has begun this version before."""
    which = {"exercise": exercise.name, "digest": exercise.digest, "variant": variant}
    template = Template.objects.filter(**which).select_related("sandbox").first()
    if template is None:
        template = _make_template(variant_of(exercise, variant), which)
    return _copy(template.sandbox)


def _make_template(exercise: Exercise, which: Mapping[str, Any]) -> Template:
    """Play the opening; of two who begin at once, the later one's is thrown away."""
    try:
        with transaction.atomic():
            return Template.objects.create(sandbox=play(exercise).sandbox, made_at=clock.real_now(), **which)
    except IntegrityError:
        return Template.objects.select_related("sandbox").get(**which)


# ── Playing ──────────────────────────────────────────────────────────────────


def play(exercise: Exercise) -> Opened:
    """Play the opening by the domain's own calls; the clock stands where the last of it happened."""
    opening = exercise.opening
    review = AutomaticReview(opening.bureau.after_working_days) if opening.bureau else None
    owner = sandboxes.open_empty(
        name=exercise.sentences.title,
        begins=opening.starts_at,
        columns={"purpose": TEMPLATE, "pinned_edition": opening.pinned_edition, **columns_of(review)},
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
        row = filings.submit(provider, submission_of(exercise, filing, sandbox), by=MACHINE)
        made.append(row.pk)
        if filing.is_sent and row.alarm_at is not None:
            clock.move_to(sandbox, row.alarm_at, by=MACHINE)
            alarms.run_due(sandbox)
    sandbox.refresh_from_db()
    return Opened(owner, made)


def _put_on_record(exercise: Exercise, record: Record, provider: Provider) -> None:
    """A 主体 with its websites, all served by the provider; a person of two roles is one row."""
    sandbox = provider.sandbox
    labels = {record.subject, *(website.person for website in record.websites)}
    people = {label: demo.person_on_record(sandbox, person_of(exercise, label)) for label in sorted(labels)}
    province = provinces()[exercise.opening.province]
    subject = demo.subject_on_record(sandbox, province, record.name, people[record.subject])
    for serial, website in enumerate(record.websites, start=1):
        person = people[website.person]
        demo.website_on_record(subject, serial, website.name, website.domain, person, served_by=(provider,))


# ── Copying ──────────────────────────────────────────────────────────────────

_Ids = dict[type[Any], dict[int, int]]


@dataclass(frozen=True)
class _Table:
    """A table of a sandbox: by which way its rows know that, and which columns refer to rows that are copied too."""

    model: type[Any]  # of a Django model, which has its manager
    way: str
    refers: Mapping[str, type[Any]]


#: In an order in which each table stands on those before it. What others have to do with a sandbox is not copied: keys,
#: webhooks, browsers, moves of the clock.
_TABLES = (
    _Table(Provider, "sandbox", {}),
    _Table(Person, "sandbox", {}),
    _Table(Phone, "sandbox", {}),
    _Table(NumberSeries, "sandbox", {}),
    _Table(Subject, "sandbox", {"responsible_id": Person}),
    _Table(Service, "subject__sandbox", {"subject_id": Subject, "responsible_id": Person}),
    _Table(ServicePlatform, "service__subject__sandbox", {"service_id": Service}),
    _Table(Access, "service__subject__sandbox", {"service_id": Service, "provider_id": Provider}),
    _Table(Filing, "sandbox", {"provider_id": Provider, "subject_record_id": Subject}),
    _Table(FilingPart, "filing__sandbox", {"filing_id": Filing, "service_record_id": Service, "person_id": Person}),
    _Table(Challenge, "sandbox", {"filing_id": Filing, "phone_id": Phone}),
    _Table(Message, "phone__sandbox", {"phone_id": Phone, "challenge_id": Challenge}),
    _Table(Event, "filing__sandbox", {"filing_id": Filing, "challenge_id": Challenge}),
)


#: What a copy has in common with its template; seed, codes to join and times are its own.
_SETTINGS = ("pinned_edition", "decides_after", "refuses_every", "refuses_with")


@transaction.atomic
def _copy(template: Sandbox) -> Opened:
    """Copy the rows of a template, one statement a table, with keys, tokens and codes of their own."""
    settings = {"purpose": EXERCISE, **{name: getattr(template, name) for name in _SETTINGS}}
    owner = sandboxes.open_empty(name=template.name, begins=template.starts_at, columns=settings)
    sandbox = owner.sandbox
    sandbox.clock_at = template.clock_at
    sandbox.save(update_fields=["clock_at"])
    ids: _Ids = {}
    renewed: _Renewed = {}
    for table in _TABLES:
        rows: list[Any] = list(table.model.objects.filter(**{table.way: template}).order_by("pk"))
        old = [row.pk for row in rows]
        if table.model is Challenge:
            renewed = _renew(rows, sandbox)
        elif table.model is Message:
            _rewrite(rows, renewed)
        for row in rows:
            _move(row, table, sandbox, ids)
        table.model.objects.bulk_create(rows)
        ids[table.model] = dict(zip(old, (row.pk for row in rows), strict=True))
    return Opened(owner, list(ids[Filing].values()))


def _move(row: Any, table: _Table, sandbox: Sandbox, ids: _Ids) -> None:
    """Let the row stand in the other sandbox, on the rows that were copied before it."""
    row.pk = None
    if table.way == "sandbox":
        row.sandbox_id = sandbox.pk
    for column, model in table.refers.items():
        if (known := getattr(row, column)) is not None:
            setattr(row, column, ids[model][known])
    if isinstance(row, FilingPart) and row.before is not None:
        row.before = {**row.before, "person": ids[Person][row.before["person"]]}


#: By the id of a challenge of the template: what stands in its texts, and what will stand there.
_Renewed = dict[int, list[tuple[str, str]]]


def _renew(challenges: Sequence[Challenge], sandbox: Sandbox) -> _Renewed:
    """Draw the codes that are open anew, and every short link, from the copy's own seed."""
    prefetch_related_objects(challenges, "filing", "phone")
    keys = {row.pk: (row.filing.number, row.round, row.phone.number) for row in challenges}
    codes = _codes(challenges, keys, sandbox)
    renewed: _Renewed = {}
    for challenge in challenges:
        found = renewed.setdefault(challenge.pk, [])
        if code := codes.get(challenge.pk):
            found.append((challenge.code, code))
            challenge.code = code
        if challenge.link_token:
            token = link_token(sandbox, *keys[challenge.pk])
            found.append((challenge.link_token, token))
            challenge.link_token = token
        challenge.text = _replaced(challenge.text, found)
    return renewed


def _codes(
    challenges: Iterable[Challenge], keys: Mapping[int, tuple[str, int, str]], sandbox: Sandbox
) -> dict[int, str]:
    """A code for each open challenge of the template, by its id."""
    of_provinces: dict[str, list[int]] = defaultdict(list)
    for challenge in challenges:
        if challenge.state == ChallengeState.OPEN:
            of_provinces[challenge.province].append(challenge.pk)
    return {
        pk: code
        for province, pks in of_provinces.items()
        for pk, code in zip(pks, sending.draw_codes(sandbox, province, [[*keys[pk]] for pk in pks]), strict=True)
    }


def _rewrite(messages: Iterable[Message], renewed: _Renewed) -> None:
    for message in messages:
        message.text = _replaced(message.text, renewed[message.challenge_id])


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text
