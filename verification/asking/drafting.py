"""What a submission comes to once it is laid over what it stands on: the records, and on resubmission the last round.

A blank field means "as on record". On resubmission it means "as in the last round" where that round has changed the
field, and else as on record: so a round goes on from its own changes only, whatever others have changed since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from verification.asking import changes, reading
from verification.asking.submissions import (
    Needs,
    PersonData,
    PlatformData,
    ServiceData,
    ServicesNeed,
    SubjectData,
    SubjectNeed,
    Submission,
    needs,
)
from verification.law import identity
from verification.law.who import Touched
from verification.law.words import Kind, Part, ServiceType
from verification.models import Filing, FilingPart, Person, Provider, Service, Subject

_PERSON_FIELDS = ("name", "id_type", "id_suffix", "id_back_suffix", "id_masked", "phone", "emergency_phone")


@dataclass(frozen=True)
class PersonDraft:
    """A person with blanks filled from what the part stands on.

    A blank ``id_number`` means that the document of before holds, which is of ``known_id_type`` (blank: there is none).
    ``same_as`` is the person's row, where the data is the same as before.
    """

    name: str
    id_type: str
    id_number: str
    id_suffix: str
    id_back_number: str
    id_back_suffix: str
    id_masked: str
    phone: str
    emergency_phone: str
    known_id_type: str
    same_as: Person | None = None


@dataclass(frozen=True)
class PartDraft:
    """主体 or one service of a request with blanks filled; ``path`` is where its fields stand in the submission.

    ``type`` is the service's, as it was typed where it is new. ``serial`` is the one that was typed, also where no such
    service is on record. ``before`` is what stands on record of the part now, where it stands on one.
    """

    path: str
    part: Part
    name: str
    nature: str
    domain: str
    server_ip: str
    remark: str
    person: PersonDraft
    record: Subject | Service | None
    is_touched: bool
    before: changes.Values | None = None
    is_access_touched: bool = False
    serial: int | None = None
    type: str = ServiceType.WEBSITE.value
    domains: tuple[str, ...] = ()
    platforms: tuple[PlatformData, ...] = ()

    @property
    def type_law(self) -> ServiceType:
        """The type as a word of the law; a website's where there is no such type."""
        return ServiceType(self.type) if self.type in [*ServiceType] else ServiceType.WEBSITE

    @property
    def changes_anything(self) -> bool:
        """Whether anything differs from the record, be it the remark."""
        is_remarked = self.before is not None and self.remark != self.before["remark"]
        return self.is_touched or self.is_access_touched or is_remarked


@dataclass(frozen=True)
class Draft:
    """A submission laid over the records (and, on resubmission, the last round) that it stands on."""

    submission: Submission
    subject: Subject | None
    parts: tuple[PartDraft, ...]
    missing_serials: tuple[int, ...] = ()

    @property
    def types(self) -> tuple[ServiceType, ...]:
        """The types of the services that the request is about, each once."""
        return tuple(dict.fromkeys(part.type_law for part in self.parts if part.part is Part.SERVICE))

    @property
    def touched(self) -> Touched:
        """What the request changes, for the law."""
        return Touched(
            subject=any(part.part is Part.SUBJECT and part.is_touched for part in self.parts),
            services=sum(part.part is Part.SERVICE and part.is_touched for part in self.parts),
            access=any(part.is_access_touched for part in self.parts),
            province=self.submission.new_province not in ("", self.submission.province),
        )


def draft(
    submission: Submission, *, provider: Provider, subject: Subject | None, last_round: Sequence[FilingPart] = ()
) -> Draft:
    """Lay what ``provider`` submits over the record ``subject`` and the parts of the last round."""
    submission = _without_stray_places(reading.read(submission))
    need = needs(submission.kind)
    persons = Person.objects.in_bulk({part.before["person"] for part in last_round if part.before})
    parts: list[PartDraft] = []
    if submission.subject is not None and need.subject is not SubjectNeed.NONE:
        earlier = next((part for part in last_round if part.part == Part.SUBJECT), None)
        parts.append(_subject_draft(_asked_of_subject(submission.subject, need), subject, _Earlier(earlier, persons)))
    by_serial = {site.serial: site for site in _sites(subject)}
    earlier_sites = [part for part in last_round if part.part == Part.SERVICE]
    missing: list[int] = []
    for index, given in enumerate(submission.services if need.services is not ServicesNeed.NONE else ()):
        data = _asked_for(given, need)
        record = by_serial.get(data.serial) if data.serial is not None else None
        if data.serial is not None and record is None:
            missing.append(data.serial)
        earlier = _earlier_site(earlier_sites, index, record, submission)
        drafted = _service_draft(data, record, _Earlier(earlier, persons), need.services, provider)
        parts.append(replace(drafted, path=f"services.{index}"))
    return Draft(submission=submission, subject=subject, parts=tuple(parts), missing_serials=tuple(missing))


def _without_stray_places(submission: Submission) -> Submission:
    """Only 变更主体 has another province to go to, only 网站迁移 another 主体."""
    moves = submission.kind is Kind.CHANGE_SUBJECT and submission.new_province != submission.province
    return replace(
        submission,
        new_province=submission.new_province if moves else "",
        target_number=submission.target_number if submission.kind is Kind.MOVE_WEBSITE else "",
    )


def _asked_of_subject(data: SubjectData, need: Needs) -> SubjectData:
    return SubjectData(person=_asked_of_person(data.person, need)) if need.only else data


def _asked_of_person(data: PersonData, need: Needs) -> PersonData:
    return PersonData(**{name: value for name, value in asdict(data).items() if name in need.only})


def _asked_for(data: ServiceData, need: Needs) -> ServiceData:
    """What counts of what was sent: what a kind does not ask for must not slip into the records by its request."""
    match need.services:
        case ServicesNeed.NEW:
            return replace(data, serial=None)
        case ServicesNeed.ACCESS:
            return replace(data, name="", domain="", domains=(), platforms=(), remark=None)
        case ServicesNeed.PICK:
            return ServiceData(serial=data.serial)
        case _ if need.only:
            return ServiceData(
                domain=data.domain if "domain" in need.only else "",
                server_ip=data.server_ip if "server_ip" in need.only else "",
                person=_asked_of_person(data.person, need),
                serial=data.serial,
            )
        case _:
            return data


def _sites(subject: Subject | None) -> list[Service]:
    if subject is None:
        return []
    live = subject.services.filter(cancelled_at__isnull=True).select_related("responsible")
    return list(live.prefetch_related("accesses", "platforms"))


def _earlier_site(
    earlier: list[FilingPart], index: int, record: Service | None, submission: Submission
) -> FilingPart | None:
    """The part of the last round that a service goes on from: one on record by its record, a new one by its domain
    or on its platforms.

    Otherwise it goes on from what stood in its place without a record, unless services were added or removed: then its
    person would get the document of somebody else.
    """
    names = [_names_of(site.domain, site.platforms) for site in submission.services]
    for part in earlier:
        if part.service_record_id == record.pk if record else _names_of_part(part) & names[index]:
            return part
    in_place = earlier[index] if len(names) == len(earlier) else None
    if in_place is None or in_place.service_record_id is not None or _names_of_part(in_place) & set().union(*names):
        return None
    return in_place


def _names_of(domain: str, platforms: Iterable[PlatformData]) -> set[str]:
    """By what a service is known: a website by its domain, another on each of its platforms."""
    known = {f"{each.platform} {each.identifier}" for each in platforms if each.identifier}
    return known | {domain} if domain else known


def _names_of_part(part: FilingPart) -> set[str]:
    return _names_of(part.domain, platforms_in(part.platforms))


def platforms_in(kept: Iterable[Mapping[str, str]]) -> tuple[PlatformData, ...]:
    """The platforms of a service, from the column that holds them."""
    return tuple(PlatformData(**each) for each in kept)


class _Earlier:
    """What the last round has changed of a part, if there was one; nothing else of it counts (D-04)."""

    def __init__(self, part: FilingPart | None, persons: Mapping[int, Person]) -> None:
        self._changed = changes.changed(part) if part is not None else {}
        self.is_new = part is None or part.before is None
        self.type = part.type if part is not None else ""
        self.person = part.person if part is not None else None
        self._person_before = persons.get(part.before["person"]) if part is not None and part.before else None

    def text(self, name: str) -> str:
        """A text of the part; blank where the round left it."""
        return str(self._changed.get(name) or "")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of the part; empty where the round left it."""
        return tuple(self._changed.get(name) or ())

    def platforms(self) -> tuple[PlatformData, ...]:
        """The platforms of the part; none where the round left them."""
        return platforms_in(self._changed.get("platforms") or ())

    def remark(self) -> str | None:
        """The remark, which can be emptied; ``None`` where the round left it."""
        remark = self._changed.get("remark")
        return str(remark) if remark or (remark == "" and not self.is_new) else None

    def of_person(self, *names: str) -> str:
        """The first of these columns of the person, if the round changed any of them; else blank."""
        if self.person is None:
            return ""
        before = self._person_before
        if before is not None and all(getattr(self.person, name) == getattr(before, name) for name in names):
            return ""
        return str(getattr(self.person, names[0]))


def _person_draft(data: PersonData, record: Person | None, earlier: _Earlier) -> PersonDraft:
    """What was typed, and where nothing was, what the last round has changed, and else what stands on record."""

    def known(name: str) -> str:
        return earlier.of_person(name) or (getattr(record, name) if record else "")

    document = earlier.person if earlier.of_person("id_suffix", "id_type", "id_back_suffix", "id_masked") else record
    if document is not None and not document.id_suffix:
        document = None
    number = data.id_number
    is_same_number = document is not None and (document.id_suffix, document.id_masked) == (
        identity.suffix_of(number),
        identity.masked(number),
    )
    kept = document if not number else None
    drafted = PersonDraft(
        name=data.name or known("name"),
        id_type=data.id_type or earlier.of_person("id_type") or (document.id_type if document else ""),
        id_number=number,
        id_suffix=kept.id_suffix if kept else identity.suffix_of(number),
        id_back_number=data.id_back_number,
        id_back_suffix=identity.suffix_of(data.id_back_number)
        or (document.id_back_suffix if document and (kept or is_same_number) else ""),
        id_masked=kept.id_masked if kept else identity.masked(number),
        phone=data.phone or known("phone"),
        emergency_phone=data.emergency_phone or known("emergency_phone"),
        known_id_type=document.id_type if document else "",
    )
    bases = [person for person in (record, earlier.person) if person is not None]
    return replace(drafted, same_as=next((base for base in bases if not _differs(drafted, base)), None))


def _subject_draft(data: SubjectData, record: Subject | None, earlier: _Earlier) -> PartDraft:
    person = _person_draft(data.person, record.responsible if record else None, earlier)
    name = data.name or earlier.text("name") or (record.name if record else "")
    nature = data.nature or earlier.text("nature") or (record.nature if record else "")
    return PartDraft(
        path="subject",
        part=Part.SUBJECT,
        name=name,
        nature=nature,
        domain="",
        server_ip="",
        remark=_remark(data.remark, earlier, record),
        person=person,
        record=record,
        before=changes.of_subject(record) if record else None,
        is_touched=record is None
        or (name, nature) != (record.name, record.nature)
        or _differs(person, record.responsible),
    )


def _service_draft(
    data: ServiceData, record: Service | None, earlier: _Earlier, need: ServicesNeed, provider: Provider
) -> PartDraft:
    person = _person_draft(data.person, record.responsible if record else None, earlier)
    name = data.name or earlier.text("name") or (record.name if record else "")
    domain = data.domain or earlier.text("domain") or (record.domain if record else "")
    server_ip = data.server_ip or earlier.text("server_ip")
    type_ = record.type if record else data.type or earlier.type or ServiceType.WEBSITE.value
    is_website = type_ == ServiceType.WEBSITE
    domains = () if is_website else data.domains or earlier.texts("domains") or tuple(record.domains if record else ())
    platforms = () if is_website else _platforms(data.platforms, earlier.platforms(), _platforms_of(record))
    before = changes.of_service(record, record.accesses.all(), provider_id=provider.pk) if record else None
    is_changed = (
        record is None
        or (name, domain, domains) != (record.name, record.domain, tuple(record.domains))
        or platforms != _platforms_of(record)
        or _differs(person, record.responsible)
    )
    return PartDraft(
        path="",
        part=Part.SERVICE,
        name=name,
        nature="",
        domain=domain if is_website else "",
        server_ip=server_ip,
        remark=_remark(data.remark, earlier, record),
        person=person,
        record=record,
        before=before,
        type=type_,
        domains=domains,
        platforms=platforms,
        # Adding an access or cancelling concerns the service as a whole.
        is_touched=is_changed if need is ServicesNeed.CHANGE else True,
        is_access_touched=bool(server_ip) and (before is None or server_ip != before["server_ip"]),
        serial=data.serial,
    )


def _platforms_of(record: Service | None) -> tuple[PlatformData, ...]:
    return platforms_in(changes.platforms_of(record)) if record else ()


def _platforms(
    typed: tuple[PlatformData, ...], earlier: tuple[PlatformData, ...], on_record: tuple[PlatformData, ...]
) -> tuple[PlatformData, ...]:
    """The platforms that were typed, their blanks filled from the same ones of before; the same ones if none were."""
    known = {each.platform: each for each in (*on_record, *earlier)}
    filled = tuple(_filled(each, known.get(each.platform)) for each in typed)
    return filled or earlier or on_record


def _filled(typed: PlatformData, known: PlatformData | None) -> PlatformData:
    if known is None:
        return typed
    return PlatformData(**{name: value or getattr(known, name) for name, value in asdict(typed).items()})


def _remark(given: str | None, earlier: _Earlier, record: Subject | Service | None) -> str:
    """The remark: the one field that can be emptied, so that a blank one is not ``None``."""
    if given is not None:
        return given
    changed = earlier.remark()
    return changed if changed is not None else record.remark if record else ""


def _differs(person: PersonDraft, on_record: Person) -> bool:
    return any(getattr(person, name) != getattr(on_record, name) for name in _PERSON_FIELDS)


# ── Back from a filing ───────────────────────────────────────────────────────


def from_filing(filing: Filing) -> Submission:
    """The content of a filing's present round, to fill a form again; blank is what the round left as it was on record.

    ID numbers are blank too, which means "as before".
    """
    parts = list(filing.parts.filter(round=filing.round).select_related("person"))
    persons = Person.objects.in_bulk({part.before["person"] for part in parts if part.before})
    subject = next((part for part in parts if part.part == Part.SUBJECT), None)
    return Submission(
        kind=filing.kind_law,
        province=filing.province,
        subject_number=filing.subject_number,
        subject=_subject_data(_Earlier(subject, persons)) if subject else None,
        new_province=filing.new_province,
        target_number=filing.target_number,
        services=tuple(_service_data(part, _Earlier(part, persons)) for part in parts if part.part == Part.SERVICE),
    )


def _subject_data(earlier: _Earlier) -> SubjectData:
    return SubjectData(
        name=earlier.text("name"), nature=earlier.text("nature"), person=_person_data(earlier), remark=earlier.remark()
    )


def _service_data(part: FilingPart, earlier: _Earlier) -> ServiceData:
    return ServiceData(
        type=part.type if part.type != ServiceType.WEBSITE else "",
        name=earlier.text("name"),
        domain=earlier.text("domain"),
        domains=earlier.texts("domains"),
        platforms=earlier.platforms(),
        person=_person_data(earlier),
        remark=earlier.remark(),
        server_ip=earlier.text("server_ip"),
        serial=part.serial,
    )


def _person_data(earlier: _Earlier) -> PersonData:
    return PersonData(**{name: earlier.of_person(name) for name in ("name", "id_type", "phone", "emergency_phone")})
