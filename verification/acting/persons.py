"""Whom a request concerns: its responsible persons, of whom the law says who must be verified."""

from collections.abc import Iterable
from dataclasses import dataclass

from verification.asking.drafting import Draft, PersonDraft
from verification.asking.submissions import ServicesNeed, needs
from verification.law.editions import Edition
from verification.law.identity import suffix_to_type
from verification.law.who import Responsible, Verification, situation_of, who_must_be_verified
from verification.law.words import Kind, Part, Situation
from verification.models import Filing, Person, Subject

_CHANGES = frozenset(
    {Kind.CHANGE_FILING, Kind.CHANGE_SUBJECT, Kind.CHANGE_WEBSITE, Kind.CHANGE_ACCESS, Kind.CHANGE_PHONE}
)


@dataclass(frozen=True)
class _Part:
    """A part that the request adds or changes: whom it names, and who answers for it on record, if it is there."""

    part: Part
    name: str
    person: Person | PersonDraft
    on_record: Person | None


@dataclass(frozen=True)
class _Asked:
    """What a request is about; ``subject`` is the 主体 on record that it stands on."""

    kind: Kind
    province: str
    parts: Iterable[_Part]
    subject: Subject | None


def verification_of(edition: Edition, drafted: Draft) -> Verification:
    """Who must be verified for what is to be submitted."""
    asked = _Asked(
        kind=drafted.submission.kind,
        province=drafted.submission.province,
        parts=[
            _Part(part.part, part.name, part.person, part.record.responsible if part.record else None)
            for part in drafted.parts
            if part.is_touched
        ],
        subject=drafted.subject,
    )
    return _verification(edition, asked, situation_of(asked.kind, drafted.touched))


def verification_under(edition: Edition, filing: Filing) -> Verification | None:
    """Who would have to be verified for the filing's present round by this edition alone, wherever it holds.

    ``None`` where the edition does not offer the kind.
    """
    if not edition.kinds[filing.kind_law].is_offered:
        return None
    rows = filing.parts.filter(round=filing.round, is_touched=True, person__isnull=False)
    asked = _Asked(
        kind=filing.kind_law,
        province=filing.province,
        parts=[
            _Part(Part(row.part), row.name, row.person, row.service_record.responsible if row.service_record else None)
            for row in rows.select_related("person", "service_record__responsible")
            if row.person is not None
        ],
        subject=filing.subject_record,
    )
    return _verification(edition, asked, Situation(filing.situation))


def _verification(edition: Edition, asked: _Asked, situation: Situation) -> Verification:
    return who_must_be_verified(edition, asked.kind, situation, _responsible_persons(edition, asked))


def _responsible_persons(edition: Edition, asked: _Asked) -> list[Responsible]:
    """The persons of the parts that the request adds or changes, and that of the 主体 on record that it stands on."""
    uses_record = (
        needs(asked.kind).services is ServicesNeed.ACCESS
        and edition.records.differing_access_phone.value == "use_record"
    )
    persons = [
        _responsible(
            part.part,
            part.name,
            part.on_record if part.on_record and uses_record else part.person,
            edition=edition,
            province=asked.province,
        )
        for part in asked.parts
    ]
    has_subject = any(person.part is Part.SUBJECT for person in persons)
    if (subject := asked.subject) and not has_subject and asked.kind not in _CHANGES:
        of_subject = _responsible(
            Part.SUBJECT, subject.name, subject.responsible, edition=edition, province=asked.province
        )
        persons.insert(0, of_subject)
    return persons


def _responsible(
    part: Part, filed: str, person: Person | PersonDraft, *, edition: Edition, province: str
) -> Responsible:
    return Responsible(
        part=part,
        name=person.name,
        phone=person.phone,
        id_type=person.id_type,
        id_suffix=suffix_to_type(
            edition,
            province=province,
            id_type=person.id_type,
            suffix=person.id_suffix,
            back_suffix=person.id_back_suffix,
        ),
        filed=filed,
    )
