"""What a provider sends, and what it comes to once it is laid over the records.

The page's form and the API both build a :class:`Submission`. Where a filing stands on a record, a blank field means "as
on record"; on resubmission it means "as in the last round".
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from verification.law import identity
from verification.law.who import Touched
from verification.law.words import Kind, Part
from verification.models import Filing, FilingPart, Person, Subject, Website

# ── The words of a submission ────────────────────────────────────────────────


@dataclass(frozen=True)
class PersonData:
    """A responsible person; ``phone`` is 联系方式1, the only one that ever gets a code (W-20)."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    phone: str = ""
    emergency_phone: str = ""
    id_back_number: str = ""  # 港澳居民来往内地通行证 only: the Hong Kong or Macau number on its back


@dataclass(frozen=True)
class SubjectData:
    """主体."""

    name: str = ""
    nature: str = ""
    person: PersonData = field(default_factory=PersonData)
    remark: str | None = None


@dataclass(frozen=True)
class WebsiteData:
    """网站; ``serial`` names one on record (the N behind the 备案号), ``None`` means a new one."""

    name: str = ""
    domain: str = ""
    person: PersonData = field(default_factory=PersonData)
    remark: str | None = None
    server_ip: str = ""
    serial: int | None = None


@dataclass(frozen=True)
class Submission:
    """One request of a provider."""

    kind: Kind
    province: str
    subject_number: str = ""
    subject: SubjectData | None = None
    websites: tuple[WebsiteData, ...] = ()
    new_province: str = ""  # 变更主体: where the 主体 moves to
    target_number: str = ""  # 网站迁移: the 主体 that takes the website


class SubjectNeed(StrEnum):
    """What a kind asks for about the 主体."""

    NONE = "none"
    NEW = "new"
    CHANGE = "change"


class WebsitesNeed(StrEnum):
    """What a kind asks for about websites: new ones, changes, the access data of some, or only which ones."""

    NONE = "none"
    NEW = "new"
    CHANGE = "change"
    ACCESS = "access"
    PICK = "pick"


@dataclass(frozen=True)
class Needs:
    """Which parts a kind's form asks for."""

    subject: SubjectNeed
    websites: WebsitesNeed
    only: frozenset[str] = frozenset()  # where not empty: the only fields of a part and its person that count

    @property
    def subject_number(self) -> bool:
        """Whether the kind stands on a 主体 on record, named by its 备案号."""
        return self.subject is not SubjectNeed.NEW


_NEEDS = {
    Kind.FIRST_FILING: Needs(SubjectNeed.NEW, WebsitesNeed.NEW),
    Kind.ADD_WEBSITE: Needs(SubjectNeed.NONE, WebsitesNeed.NEW),
    Kind.ADD_ACCESS: Needs(SubjectNeed.NONE, WebsitesNeed.ACCESS),
    Kind.CHANGE_FILING: Needs(SubjectNeed.CHANGE, WebsitesNeed.CHANGE),
    Kind.CHANGE_SUBJECT: Needs(SubjectNeed.CHANGE, WebsitesNeed.NONE),
    Kind.CHANGE_WEBSITE: Needs(SubjectNeed.NONE, WebsitesNeed.CHANGE),
    Kind.CHANGE_ACCESS: Needs(SubjectNeed.NONE, WebsitesNeed.CHANGE, frozenset({"server_ip"})),
    Kind.CHANGE_PHONE: Needs(SubjectNeed.CHANGE, WebsitesNeed.CHANGE, frozenset({"phone"})),
    Kind.MOVE_DOMAIN: Needs(SubjectNeed.NONE, WebsitesNeed.CHANGE, frozenset({"domain"})),
    Kind.MOVE_WEBSITE: Needs(SubjectNeed.NONE, WebsitesNeed.PICK),
    Kind.CANCEL_SUBJECT: Needs(SubjectNeed.NONE, WebsitesNeed.NONE),
    Kind.CANCEL_WEBSITE: Needs(SubjectNeed.NONE, WebsitesNeed.PICK),
    Kind.CANCEL_ACCESS: Needs(SubjectNeed.NONE, WebsitesNeed.PICK),
}


def needs(kind: Kind) -> Needs:
    """Which parts a kind asks for."""
    return _NEEDS[kind]


# ── A submission laid over what it stands on ─────────────────────────────────


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
    """主体 or one 网站 of a request with blanks filled; ``path`` is where its fields stand in the submission.

    ``serial`` is the one that was typed, also where no such website is on record.
    """

    path: str
    part: Part
    name: str
    nature: str
    domain: str
    server_ip: str
    remark: str
    person: PersonDraft
    record: Subject | Website | None
    is_touched: bool
    is_access_touched: bool = False
    serial: int | None = None


@dataclass(frozen=True)
class Draft:
    """A submission laid over the records (and, on resubmission, the last round) that it stands on."""

    submission: Submission
    subject: Subject | None
    parts: tuple[PartDraft, ...]
    missing_serials: tuple[int, ...] = ()

    @property
    def touched(self) -> Touched:
        """What the request changes, for the law."""
        return Touched(
            subject=any(part.part is Part.SUBJECT and part.is_touched for part in self.parts),
            websites=sum(part.part is Part.WEBSITE and part.is_touched for part in self.parts),
            access=any(part.is_access_touched for part in self.parts),
            province=self.submission.new_province not in ("", self.submission.province),
        )


def draft(submission: Submission, *, subject: Subject | None, last_round: Sequence[FilingPart] = ()) -> Draft:
    """Lay a submission over the record ``subject`` and the parts of the last round."""
    submission = _without_stray_places(submission)
    need = needs(submission.kind)
    parts: list[PartDraft] = []
    if submission.subject is not None and need.subject is not SubjectNeed.NONE:
        earlier = next((part for part in last_round if part.part == Part.SUBJECT), None)
        parts.append(_subject_draft(_asked_of_subject(submission.subject, need), subject, earlier))
    by_serial = {site.serial: site for site in _sites(subject)}
    earlier_sites = [part for part in last_round if part.part == Part.WEBSITE]
    missing: list[int] = []
    for index, given in enumerate(submission.websites if need.websites is not WebsitesNeed.NONE else ()):
        data = _asked_for(given, need)
        record = by_serial.get(data.serial) if data.serial is not None else None
        if data.serial is not None and record is None:
            missing.append(data.serial)
        earlier = _earlier_site(earlier_sites, index, record, submission)
        parts.append(_website_draft(f"websites.{index}", data, record, earlier, need.websites))
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


def _asked_for(data: WebsiteData, need: Needs) -> WebsiteData:
    """What counts of what was sent: what a kind does not ask for must not slip into the records by its request."""
    match need.websites:
        case WebsitesNeed.NEW:
            return replace(data, serial=None)
        case WebsitesNeed.ACCESS:
            return replace(data, name="", domain="", remark=None)
        case WebsitesNeed.PICK:
            return WebsiteData(serial=data.serial)
        case _ if need.only:
            return WebsiteData(
                domain=data.domain if "domain" in need.only else "",
                server_ip=data.server_ip if "server_ip" in need.only else "",
                person=_asked_of_person(data.person, need),
                serial=data.serial,
            )
        case _:
            return data


def _sites(subject: Subject | None) -> list[Website]:
    if subject is None:
        return []
    return list(
        subject.websites.filter(cancelled_at__isnull=True).select_related("responsible").prefetch_related("accesses")
    )


def _earlier_site(
    earlier: list[FilingPart], index: int, record: Website | None, submission: Submission
) -> FilingPart | None:
    """The part of the last round that a website goes on from: one on record by its record, a new one by its domain.

    Otherwise it goes on from what stood in its place without a record, unless websites were added or removed: then its
    person would get the document of somebody else.
    """
    domains = [_domain(site.domain) for site in submission.websites]
    for part in earlier:
        if part.website_record_id == record.pk if record else part.domain and part.domain == domains[index]:
            return part
    in_place = earlier[index] if len(domains) == len(earlier) else None
    if in_place is None or in_place.website_record_id is not None or (in_place.domain and in_place.domain in domains):
        return None
    return in_place


def _domain(typed: str) -> str:
    """A domain as it is compared and kept: small letters, no dot at its end."""
    return typed.strip().lower().rstrip(".")


def _person_draft(data: PersonData, *before: Person | None) -> PersonDraft:
    """What was typed, and where nothing was, the first that is known of the persons of ``before``."""
    bases = [person for person in before if person is not None]

    def known(name: str) -> str:
        return next((value for base in bases if (value := getattr(base, name))), "")

    number = identity.fold(data.id_number)
    back_number = identity.fold_back_number(data.id_back_number)
    document = next((base for base in bases if base.id_suffix), None)
    kept = None if number else document
    drafted = PersonDraft(
        name=data.name.strip() or known("name"),
        id_type=data.id_type or known("id_type"),
        id_number=number,
        id_suffix=kept.id_suffix if kept else identity.suffix_of(number),
        id_back_number=back_number,
        id_back_suffix=identity.suffix_of(back_number) or (kept.id_back_suffix if kept else ""),
        id_masked=kept.id_masked if kept else identity.masked(number),
        phone=identity.fold(data.phone) or known("phone"),
        emergency_phone=data.emergency_phone.strip() or known("emergency_phone"),
        known_id_type=document.id_type if document else "",
    )
    return replace(drafted, same_as=next((base for base in bases if not _differs(drafted, base)), None))


def _subject_draft(data: SubjectData, record: Subject | None, earlier: FilingPart | None) -> PartDraft:
    person = _person_draft(data.person, earlier.person if earlier else None, record.responsible if record else None)
    name = data.name.strip() or _known("name", earlier, record)
    nature = data.nature or _known("nature", earlier, record)
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
        is_touched=record is None
        or (name, nature) != (record.name, record.nature)
        or _differs(person, record.responsible),
    )


def _website_draft(
    path: str, data: WebsiteData, record: Website | None, earlier: FilingPart | None, need: WebsitesNeed
) -> PartDraft:
    person = _person_draft(data.person, earlier.person if earlier else None, record.responsible if record else None)
    name = data.name.strip() or _known("name", earlier, record)
    domain = _domain(data.domain) or _known("domain", earlier, record)
    server_ip = data.server_ip.strip() or _known("server_ip", earlier)
    live = [access for access in record.accesses.all() if access.cancelled_at is None] if record else []
    is_changed = (
        record is None or (name, domain) != (record.name, record.domain) or _differs(person, record.responsible)
    )
    return PartDraft(
        path=path,
        part=Part.WEBSITE,
        name=name,
        nature="",
        domain=domain,
        server_ip=server_ip,
        remark=_remark(data.remark, earlier, record),
        person=person,
        record=record,
        # Adding an access or cancelling concerns the website as a whole.
        is_touched=is_changed if need is WebsitesNeed.CHANGE else True,
        is_access_touched=bool(server_ip) and server_ip not in {access.server_ip for access in live},
        serial=data.serial,
    )


def _known(name: str, *before: FilingPart | Subject | Website | None) -> str:
    """The first that is known of what the part stands on: the last round, the record."""
    return next((value for row in before if row is not None and (value := getattr(row, name))), "")


def _remark(given: str | None, *before: FilingPart | Subject | Website | None) -> str:
    """The remark: the one field that can be emptied, so that a blank one is not ``None``."""
    if given is not None:
        return given.strip()
    return next((row.remark for row in before if row is not None), "")


def _differs(person: PersonDraft, on_record: Person) -> bool:
    return any(getattr(person, name) != getattr(on_record, name) for name in _PERSON_FIELDS)


# ── Back from a filing ───────────────────────────────────────────────────────


def from_filing(filing: Filing) -> Submission:
    """The content of a filing's present round, to fill a form again; ID numbers are blank, which means "as before"."""
    parts = list(filing.parts.filter(round=filing.round).select_related("person", "website_record"))
    subject = next((part for part in parts if part.part == Part.SUBJECT), None)
    return Submission(
        kind=filing.kind_law,
        province=filing.province,
        subject_number=filing.subject_number,
        subject=SubjectData(
            name=subject.name, nature=subject.nature, person=_person_data(subject.person), remark=subject.remark
        )
        if subject
        else None,
        new_province=filing.new_province,
        target_number=filing.target_number,
        websites=tuple(
            WebsiteData(
                name=part.name,
                domain=part.domain,
                person=_person_data(part.person),
                remark=part.remark,
                server_ip=part.server_ip,
                serial=part.serial,
            )
            for part in parts
            if part.part == Part.WEBSITE
        ),
    )


def _person_data(person: Person | None) -> PersonData:
    if person is None:
        return PersonData()
    return PersonData(
        name=person.name, id_type=person.id_type, phone=person.phone, emergency_phone=person.emergency_phone
    )
