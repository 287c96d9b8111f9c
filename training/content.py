"""What filings of an exercise say: as their providers send them, as customers wrote them down, as papers have it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from training.files import Exercise
from training.papers import AnyPaper, Authorisation, DomainCertificate, Hosting, Identity, Licence, Sheet
from training.words import FilingSpec, Mistake, ServiceSpec, Slip
from verification.asking.submissions import (
    PersonData,
    PlatformData,
    ServiceData,
    ServicesNeed,
    SubjectData,
    SubjectNeed,
    Submission,
    needs,
)
from verification.law.editions import edition_to_show
from verification.law.faults import label_of
from verification.law.identity import suffix_of
from verification.law.services import example
from verification.law.words import IdType, Part, ServiceType
from verification.models import FilingPart, Person, Sandbox, Subject, SubjectNature
from verification.worlds.demo import demo_person, permit_holder

_SERVER_IP = "192.0.2.10"  # an address for documentation, never of a real server

#: What a filing says, by the paths of its submission.
Said = dict[str, str]


def person_of(exercise: Exercise, label: str) -> PersonData:
    """The synthetic person whom an exercise calls so, with the document that its file says."""
    person = exercise.opening.persons[label]
    return permit_holder(person.serial) if person.document is IdType.HK_MACAU_PERMIT else demo_person(person.serial)


# ── As its provider sends it ─────────────────────────────────────────────────


def submission_of(
    exercise: Exercise, spec: FilingSpec, sandbox: Sandbox, mistakes: Iterable[Mistake] = ()
) -> Submission:
    """A filing of the file's words, as its provider sends it in this sandbox, with these mistakes."""
    sent = intended(exercise, spec)
    if spec.record:
        (record,) = [record for record in exercise.opening.records if record.label == spec.record]
        sent = replace(sent, subject_number=Subject.objects.get(sandbox=sandbox, name=record.name).number)
    return with_mistakes(sent, mistakes)


def with_mistakes(submission: Submission, mistakes: Iterable[Mistake]) -> Submission:
    """The submission with other words in some of its fields."""
    said = said_in(submission)
    for mistake in mistakes:
        path, wrong = mistake.field, mistake.value or _slipped(said.get(mistake.field, ""), mistake.slip)
        submission = _with(submission, path.split("."), wrong)
    return submission


def _slipped(text: str, slip: Slip | None) -> str:
    """What a slip makes of a number; the swapped digits are the last two that differ, before the last of all."""
    if slip is Slip.SHORT:
        return text[:-1]
    place = next(place for place in range(len(text) - 2, 0, -1) if text[place] != text[place - 1])
    return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]


def _with(thing: Any, names: Sequence[str], value: str) -> Any:
    """A copy of the thing, and of all that is in it, with another value at a path."""
    if not names:
        return value
    if isinstance(thing, tuple):
        place = int(names[0])
        return (*thing[:place], _with(thing[place], names[1:], value), *thing[place + 1 :])
    return replace(thing, **{names[0]: _with(getattr(thing, names[0]), names[1:], value)})


def intended(exercise: Exercise, spec: FilingSpec) -> Submission:
    """The submission without a mistake, and without the number of its record, which each sandbox has of its own."""
    province = exercise.opening.province
    if spec.subject is not None:
        person = person_of(exercise, spec.subject)
        return Submission(
            kind=spec.kind,
            province=province,
            subject=SubjectData(name=spec.name, nature=SubjectNature.ENTERPRISE, person=person),
            services=tuple(_service(exercise, service) for service in spec.services),
        )
    other = PersonData(phone=person_of(exercise, spec.other_phone).phone) if spec.other_phone else PersonData()
    need = needs(spec.kind)
    is_of_subject = need.subject is SubjectNeed.CHANGE and spec.other_phone is not None and not spec.picks
    server_ip = _SERVER_IP if need.services is ServicesNeed.ACCESS else ""
    return Submission(
        kind=spec.kind,
        province=province,
        subject=SubjectData(person=other) if is_of_subject else None,
        services=tuple(ServiceData(serial=serial, person=other, server_ip=server_ip) for serial in spec.picks),
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
        server_ip=spec.server_ip if spec.type is not ServiceType.MINI_PROGRAM else "",
    )


# ── What it says ─────────────────────────────────────────────────────────────

_OF_PART = ("name", "domain", "server_ip")
_OF_PERSON = ("name", "id_number", "phone")


def said_in(submission: Submission) -> Said:
    """What a submission says in text, by path; nothing for what is blank."""
    found: Said = {}
    parts: list[tuple[str, SubjectData | ServiceData]] = [("subject", submission.subject)] if submission.subject else []
    parts += [(f"services.{at}", each) for at, each in enumerate(submission.services)]
    for path, part in parts:
        found |= {f"{path}.{name}": getattr(part, name, "") for name in _OF_PART}
        found |= {f"{path}.person.{name}": getattr(part.person, name) for name in _OF_PERSON}
    return {path: text for path, text in found.items() if text}


def says(exercise: Exercise, label: str, parts: Iterable[FilingPart], fields: Iterable[str]) -> bool:
    """Whether a round's parts say what the opening's submission of this label says, in ``fields`` or in all of them.

    Of a document the rows keep the last six.
    """
    wanted, found = said_in(intended(exercise, exercise.opening.submissions[label])), _said_by(parts)
    wanted |= {path: suffix_of(text) for path, text in wanted.items() if path.endswith(".id_number")}
    return all(found.get(path, "") == wanted.get(path, "") for path in (fields or wanted))


def _said_by(parts: Iterable[FilingPart]) -> Said:
    found: Said = {}
    services = 0
    for part in parts:
        path = "subject"
        if part.part == Part.SERVICE:
            path, services = f"services.{services}", services + 1
        found |= {f"{path}.{name}": getattr(part, name) for name in _OF_PART}
        found |= _said_of(part.person, f"{path}.person") if part.person else {}
    return found


def _said_of(person: Person, path: str) -> Said:
    return {f"{path}.name": person.name, f"{path}.id_number": person.id_suffix, f"{path}.phone": person.phone}


# ── Papers ───────────────────────────────────────────────────────────────────

_TITLES = {
    "licence": "营业执照",
    "authorisation": "授权委托书",
    "domain": "域名证书",
    "hosting": "云主机订单",
    "sheet": "备案信息表（客户填写）",
}


def title_of(exercise: Exercise, paper: AnyPaper) -> str:
    """What a paper is."""
    if isinstance(paper, Identity):
        return IdType(person_of(exercise, paper.person).id_type).label
    return _TITLES[paper.type]


def lines_of(exercise: Exercise, paper: AnyPaper) -> Sequence[tuple[str, str]]:
    """What stands in a paper: what each line is called, and what it says."""
    match paper:
        case Licence():
            legal = person_of(exercise, paper.person).name
            return [
                ("名称", paper.company),
                ("法定代表人", legal),
                ("住所", paper.address),
                ("经营范围", paper.scope),
            ]
        case Identity():
            person = person_of(exercise, paper.person)
            return [("姓名", person.name), ("证件号码", person.id_number)]
        case Authorisation():
            person = person_of(exercise, paper.person)
            phone = person_of(exercise, paper.phone_of or paper.person).phone
            return [
                ("委托单位", paper.company),
                ("受托人", person.name),
                ("受托事项", f"担任{paper.part}，办理备案"),
                ("手机号码", phone),
            ]
        case DomainCertificate():
            return [("域名", paper.domain), ("域名持有者", paper.holder), ("到期日期", f"{paper.until:%Y-%m-%d}")]
        case Hosting():
            return [
                ("客户", paper.company),
                ("服务器 IP 地址", paper.server_ip),
                ("到期日期", f"{paper.until:%Y-%m-%d}"),
            ]
        case Sheet():
            spec = exercise.opening.submissions[paper.submission]
            return [*_heading(exercise, spec), *_lines_of_sheet(written_down(exercise, paper))]


def _heading(exercise: Exercise, spec: FilingSpec) -> Sequence[tuple[str, str]]:
    """What a customer wants, as the edition of then calls it, and for what it has on record."""
    opening = exercise.opening
    edition = edition_to_show(opening.province, at=opening.starts_at, pinned=opening.pinned_edition or None)
    found = [("办理事项", edition.kind_name(spec.kind))]
    for record in opening.records:
        if record.label == spec.record:
            picked = [record.websites[serial - 1] for serial in spec.picks]
            found += [
                ("已备案的主体", record.name),
                *(("已备案的网站", f"{each.name} {each.domain}") for each in picked),
            ]
    return found


def _lines_of_sheet(written: Submission) -> Sequence[tuple[str, str]]:
    """What was written down, field by field; a service that is the only one needs no number."""
    numbered = only = ""
    if len(written.services) == 1:
        numbered, only = "第 1 项服务的", ServiceType(written.services[0].type or ServiceType.WEBSITE).label
    return [(label_of(path).replace(numbered, only), text) for path, text in said_in(written).items()]


def written_down(exercise: Exercise, sheet: Sheet) -> Submission:
    """What a customer wrote down, as a submission, with its mistakes."""
    return with_mistakes(intended(exercise, exercise.opening.submissions[sheet.submission]), sheet.mistakes)


def typed_from(exercise: Exercise) -> Mapping[str, str]:
    """What a provider types from the customer's sheet into its form, by path; nothing where there is no sheet."""
    sheet = next((paper for paper in exercise.opening.papers if isinstance(paper, Sheet)), None)
    if sheet is None:
        return {}
    return typed(written_down(exercise, sheet))


def typed(submission: Submission) -> Mapping[str, str]:
    """What a provider types into its form for a submission, by the names of the fields.

    The form shows every website on record, in the order of their serials, and those that are meant are ticked.
    """
    said = said_in(submission)
    found = {path: text for path, text in said.items() if path.startswith("subject.")}
    if submission.subject is not None:
        person = submission.subject.person
        found |= {"subject.nature": submission.subject.nature, "subject.person.id_type": person.id_type}
    for at, each in enumerate(submission.services):
        said_at, place = f"services.{at}.", at if each.serial is None else each.serial - 1
        own = {path.removeprefix(said_at): text for path, text in said.items() if path.startswith(said_at)}
        own = {"chosen": "" if each.serial is None else "on", "person.id_type": each.person.id_type, **own}
        found |= {f"services.{place}.{name}": text for name, text in own.items()}
    return {path: text for path, text in found.items() if text}
