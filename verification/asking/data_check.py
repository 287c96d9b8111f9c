"""The basic data check (基础校验): all mistakes of form at once, each at its field."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import partial

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db.models import CharField, Model

from verification.asking import reading
from verification.asking.drafting import Draft, PartDraft, PersonDraft
from verification.asking.submissions import PlatformData, ServicesNeed, SubjectNeed, Submission, needs
from verification.law import carriers, identity
from verification.law.editions import Edition, PermitSide, filed_since, provinces
from verification.law.services import Platform, clean_identifier, clean_md5, clean_public_key, platforms_of
from verification.law.times import SHANGHAI
from verification.law.words import IdType, Kind, Part, ServiceType
from verification.models import Filing, FilingPart, Person, Subject, SubjectNature
from verification.refusals import FieldError

_EMERGENCY_FORM = re.compile(r"^[0-9+\-() ]{7,20}$")
_is_domain = DomainNameValidator()
#: Domains that one APP or 小程序 may name.
MOST_DOMAINS = 20

#: What each kind that changes a record can change, in words.
_CHANGEABLE = {
    Kind.CHANGE_FILING: "主体和网站的名称、负责人、备注，主体性质，网站的域名和服务器 IP 地址",
    Kind.CHANGE_SUBJECT: "主体的名称、性质、负责人、备注和所在省份",
    Kind.CHANGE_WEBSITE: "网站的名称、域名、负责人、备注和服务器 IP 地址",
    Kind.CHANGE_ACCESS: "网站的服务器 IP 地址",
    Kind.CHANGE_PHONE: "主体负责人和网站负责人的手机号码",
    Kind.MOVE_DOMAIN: "网站的域名",
}
#: The same where other services than websites are filed too (T-02).
_CHANGEABLE_SERVICES = (
    "主体和各项服务的名称、负责人、备注，主体性质，网站的域名，APP 和小程序的平台信息和域名，服务器 IP 地址"
)


def _longest(model: type[Model], name: str) -> int:
    """How many characters a column of the tables holds."""
    column = model._meta.get_field(name)
    assert isinstance(column, CharField)
    assert column.max_length is not None
    return column.max_length


def errors_of(draft: Draft, edition: Edition) -> tuple[FieldError, ...]:
    """Every mistake of form, each at its field; empty if the submission may go on."""
    submission = draft.submission
    errors = [*_heading_errors(submission, edition)]
    if errors:
        return tuple(errors)  # which parts are asked for hangs on the kind
    errors += _structure_errors(draft, edition)
    for part in draft.parts:
        errors += _type_errors(part, draft, edition)
        errors += _part_errors(part, may_be_blank=_stands_on_unknown_record(draft, part))
        errors += _back_number_errors(part, edition, submission)
    errors += _same_phone_errors(draft, edition)
    errors += _same_name_errors(draft.parts)
    return tuple(errors)


def _heading_errors(submission: Submission, edition: Edition) -> Iterator[FieldError]:
    if submission.province not in provinces():
        yield FieldError("province", "没有这个省份，请从列表中选择备案所在的省份。", "unknown_province")
    law = edition.kinds[submission.kind]
    if law.not_offered is not None:
        yield FieldError("kind", law.not_offered.value, "kind_not_offered")
    if submission.new_province and submission.new_province not in provinces():
        yield FieldError("new_province", "没有这个省份，请从列表中选择主体迁往的省份。", "unknown_province")
    if submission.kind is Kind.MOVE_WEBSITE and not submission.target_number:
        yield FieldError("target_number", "请填写迁入主体的备案号。", "required")


def _structure_errors(draft: Draft, edition: Edition) -> Iterator[FieldError]:
    submission, need = draft.submission, needs(draft.submission.kind)
    if need.subject_number and not submission.subject_number:
        yield FieldError("subject_number", "请填写或选择已备案主体的备案号。", "required")
    for name, label in (("subject_number", "备案号"), ("target_number", "迁入主体的备案号")):
        yield from _text_errors(name, getattr(submission, name), _longest(Filing, name), label=label)
    if need.subject is SubjectNeed.NEW and submission.subject is None:
        yield FieldError("subject", "请填写主体信息。", "required")
    asks_for_services = need.services not in (ServicesNeed.NONE, ServicesNeed.CHANGE)
    if asks_for_services and not submission.services:
        yield FieldError("services", f"请至少填写或选择一个{edition.service_word}。", "required")
    if need.services is not ServicesNeed.NONE:
        yield from _serial_errors(submission, edition.service_word, are_new=need.services is ServicesNeed.NEW)
    if draft.subject is not None:
        yield from _unchanged_errors(draft, draft.subject, edition)


def _serial_errors(submission: Submission, word: str, *, are_new: bool) -> Iterator[FieldError]:
    """Whether each service on record is named, once, and no new one has a number yet."""
    serials = [site.serial for site in submission.services]
    for index, serial in enumerate(serials):
        path = f"services.{index}.serial"
        if are_new and serial is not None:
            yield FieldError(path, f"新增的{word}还没有序号，请留空。", "unexpected")
        elif not are_new and serial is None:
            yield FieldError(path, f"请选择是哪一个已备案{word}。", "required")
        elif not are_new and serial in serials[:index]:
            yield FieldError(path, f"本次申请中已有这个{word}，请把对它的变更合并在一处。", "serial_twice")


def _unchanged_errors(draft: Draft, subject: Subject, edition: Edition) -> Iterator[FieldError]:
    """What would reach the bureau and change nothing there: a whole request, or a service that it names."""
    kind = draft.submission.kind
    if kind is Kind.MOVE_WEBSITE and reading.bare_number(draft.submission.target_number) == subject.number:
        sentence = "网站现在就在这个主体名下，请填写另一个主体的备案号。"
        yield FieldError("target_number", sentence, "nothing_changes")
    if kind not in _CHANGEABLE:
        return
    has_changes = draft.touched.province or any(part.changes_anything for part in draft.parts)
    if not has_changes and not draft.missing_serials:
        changeable = _CHANGEABLE_SERVICES if edition.services else _CHANGEABLE[kind]
        sentence = f"提交的内容与备案记录完全相同。可以变更的是{changeable}，请至少修改一项。"
        yield FieldError("changes", sentence, "nothing_changes")
        return
    for part in draft.parts:
        if part.part is Part.SERVICE and part.record is not None and not part.changes_anything:
            called = f"{part.type_law.label} {part.domain or part.name}"
            sentence = f"{called} 没有任何变更，请填写要变更的项目，或不选择这个{part.type_law.label}。"
            yield FieldError(f"{part.path}.serial", sentence, "nothing_changes")


def _stands_on_unknown_record(draft: Draft, part: PartDraft) -> bool:
    """Whether blanks mean "as on record" although there is none: the check against the records says so (W-24)."""
    need = needs(draft.submission.kind)
    is_new = part.part is Part.SERVICE and need.services is ServicesNeed.NEW
    return need.subject_number and part.record is None and not is_new


def _part_errors(part: PartDraft, *, may_be_blank: bool) -> list[FieldError]:
    return [error for error in _all_part_errors(part) if not (may_be_blank and error.code == "required")]


def _all_part_errors(part: PartDraft) -> Iterator[FieldError]:
    is_subject = part.part is Part.SUBJECT
    if not part.name:
        label = "主体" if is_subject else part.type_law.label
        yield FieldError(f"{part.path}.name", f"请填写{label}名称。", "required")
    yield from _text_errors(f"{part.path}.name", part.name, _longest(FilingPart, "name"))
    if is_subject:
        yield from _choice_errors(f"{part.path}.nature", part.nature, SubjectNature.values, "主体性质")
    elif part.type_law is ServiceType.WEBSITE:
        yield from _website_errors(part)
    else:
        yield from _other_service_errors(part)
    yield from _text_errors(f"{part.path}.remark", part.remark, _longest(FilingPart, "remark"))
    yield from _person_errors(part.person, f"{part.path}.person")


def _text_errors(path: str, text: str, longest: int, *, label: str = "") -> Iterator[FieldError]:
    """What the tables cannot hold."""
    if len(text) > longest:
        yield FieldError(path, f"{label}最多 {longest} 个字，您填了 {len(text)} 个，请缩短。", "too_long")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        yield FieldError(path, "内容里有换行或看不见的控制字符，请删去后重新填写。", "invalid_text")


def _choice_errors(path: str, value: str, values: Collection[str], label: str) -> Iterator[FieldError]:
    if not value:
        yield FieldError(path, f"请选择{label}。", "required")
    elif value not in values:
        yield FieldError(path, f"没有这种{label}，请从列表中选择。", "invalid_choice")


def _type_errors(part: PartDraft, draft: Draft, edition: Edition) -> Iterator[FieldError]:
    """What does not fit the type of a service: a type that is not filed yet (T-01), fields that another type has."""
    if part.part is Part.SUBJECT:
        return
    typed = draft.submission.services[int(part.path.rpartition(".")[2])]
    yield from _choice_errors(f"{part.path}.type", part.type, [*ServiceType], "服务类型")
    if part.record is not None and typed.type not in ("", part.type):
        sentence = f"备案记录中它是{part.type_law.label}，类型不能变更；要换类型的，请注销后重新办理新增。"
        yield FieldError(f"{part.path}.type", sentence, "type_is_fixed")
    if part.type_law not in edition.service_types:
        since = f"{filed_since(part.type_law).astimezone(SHANGHAI):%Y-%m-%d}"
        sentence = (
            f"{part.type_law.label} 自 {since} 起才能备案，本次申请适用“{edition.name}”，只能填网站；"
            f"请删去它，或在 {since} 以后提交。"
        )
        yield FieldError(f"{part.path}.type", sentence, "type_not_filed_yet")
    if part.type_law is ServiceType.WEBSITE:
        for name, label in (("platforms", "平台信息"), ("domains", "多个域名")):
            if getattr(typed, name):
                sentence = f"网站没有{label}，请只填一个域名；是 APP 或小程序的，请改服务类型。"
                yield FieldError(f"{part.path}.{name}", sentence, "unexpected")
    elif typed.domain:
        sentence = f"{part.type_law.label} 的域名可以有多个，请填在“使用的域名”（domains）中。"
        yield FieldError(f"{part.path}.domain", sentence, "unexpected")


def _website_errors(part: PartDraft) -> Iterator[FieldError]:
    if not part.domain:
        yield FieldError(f"{part.path}.domain", "请填写网站域名，例如 example.com。", "required")
    yield from _domain_errors(f"{part.path}.domain", part.domain)
    yield from _server_errors(part)


def _domain_errors(path: str, domain: str) -> Iterator[FieldError]:
    yield from _text_errors(path, domain, _longest(FilingPart, "domain"))
    try:
        if domain:
            _is_domain(domain)
    except ValidationError:
        sentence = "域名的格式不对，请填写如 example.com 的域名，不带 http:// 和路径。"
        yield FieldError(path, sentence, "invalid_domain")


def _server_errors(part: PartDraft) -> Iterator[FieldError]:
    if part.server_ip:
        yield from _text_errors(f"{part.path}.server_ip", part.server_ip, _longest(FilingPart, "server_ip"))
        try:
            ipaddress.ip_address(part.server_ip)
        except ValueError:
            yield FieldError(f"{part.path}.server_ip", "服务器 IP 地址的格式不对，例如 192.0.2.10。", "invalid_ip")


def _other_service_errors(part: PartDraft) -> Iterator[FieldError]:
    """An APP has platforms and a place where it is served, a 小程序 the one platform that runs it (T-10)."""
    is_app = part.type_law is ServiceType.APP
    if not part.platforms:
        names = "、".join(platform.label for platform in platforms_of(part.type_law))
        sentence = f"请选择{part.type_law.label}运行的平台：{names}。"
        yield FieldError(f"{part.path}.platforms", sentence, "required")
    if not is_app and len(part.platforms) > 1:
        sentence = "一个小程序只在一个平台上运行，各平台的请分别作为一个小程序填写。"
        yield FieldError(f"{part.path}.platforms", sentence, "one_platform")
    seen: set[str] = set()
    for index, each in enumerate(part.platforms):
        path = f"{part.path}.platforms.{index}"
        if each.platform in seen:
            yield FieldError(f"{path}.platform", "已经填了这个平台，请合并在一处。", "platform_twice")
        seen.add(each.platform)
        yield from _platform_errors(each, path, part.type_law)
    for index, domain in enumerate(part.domains):
        yield from _domain_errors(f"{part.path}.domains.{index}", domain)
    if len(part.domains) > MOST_DOMAINS:
        sentence = f"最多填 {MOST_DOMAINS} 个域名，您填了 {len(part.domains)} 个，请只填主要的。"
        yield FieldError(f"{part.path}.domains", sentence, "too_many")
    if is_app and part.record is None and not (part.domains or part.server_ip):
        sentence = "请至少填写一个由接入商提供服务的域名或服务器 IP 地址，例如 api.example.com 或 192.0.2.10。"
        yield FieldError(f"{part.path}.domains", sentence, "required")
    yield from _server_errors(part)


def _platform_errors(data: PlatformData, path: str, type_: ServiceType) -> Iterator[FieldError]:
    choices = [platform.value for platform in platforms_of(type_)]
    if data.platform not in choices:
        yield from _choice_errors(f"{path}.platform", data.platform, choices, f"{type_.label}平台")
        return
    platform = Platform(data.platform)
    asked: list[tuple[str, str, Callable[[str], str]]] = [
        ("identifier", platform.identifier_label, partial(clean_identifier, platform))
    ]
    if type_ is ServiceType.APP:
        asked += [("public_key", "公钥", clean_public_key), ("md5", "证书 MD5 指纹", clean_md5)]
    for name, label, clean in asked:
        typed = getattr(data, name)
        if not typed:
            yield FieldError(f"{path}.{name}", f"请填写{platform.label}的{label}。", "required")
            continue
        try:
            clean(typed)
        except ValueError as error:
            yield FieldError(f"{path}.{name}", str(error), f"invalid_{name}")
    for name, label in (("public_key", "公钥"), ("md5", "证书指纹")):
        if type_ is not ServiceType.APP and getattr(data, name):
            yield FieldError(f"{path}.{name}", f"小程序没有{label}，请留空。", "unexpected")


def _person_errors(person: PersonDraft, path: str) -> Iterator[FieldError]:
    if not person.name:
        yield FieldError(f"{path}.name", "请填写负责人姓名。", "required")
    yield from _text_errors(f"{path}.name", person.name, _longest(Person, "name"))
    known_types = {kind.value for kind in IdType}
    is_known = person.id_type in known_types
    yield from _choice_errors(f"{path}.id_type", person.id_type, known_types, "证件类型")
    if not person.id_number and (not person.known_id_type or person.id_type != person.known_id_type):
        yield FieldError(f"{path}.id_number", "请填写证件号码。", "required")
    elif person.id_number and is_known and (problem := identity.problem_with(IdType(person.id_type), person.id_number)):
        yield FieldError(f"{path}.id_number", problem, "invalid_id_number")
    if not person.phone:
        yield FieldError(f"{path}.phone", "请填写手机号码，验证码只发到这个号码。", "required")
    elif problem := carriers.problem_with(person.phone):
        yield FieldError(f"{path}.phone", problem, "invalid_phone")
    if person.emergency_phone and not _EMERGENCY_FORM.fullmatch(person.emergency_phone):
        yield FieldError(
            f"{path}.emergency_phone", "应急联系电话只能由 7 至 20 位数字、空格和 + - ( ) 组成。", "invalid_phone"
        )


def _back_number_errors(part: PartDraft, edition: Edition, submission: Submission) -> Iterator[FieldError]:
    """The number on the back of the permit, where it is the one that will be typed (I-03).

    It is asked for only where the request has a field for it; whoever else lacks it is found by the check against the
    records.
    """
    person, path = part.person, f"{part.path}.person.id_back_number"
    if person.id_type != IdType.HK_MACAU_PERMIT:
        return
    if person.id_back_number:
        if problem := identity.problem_with_back_number(person.id_back_number):
            yield FieldError(path, problem, "invalid_id_number")
    elif (
        not person.id_back_suffix
        and part.is_touched
        and _asks_for_documents(submission.kind, part.part)
        and edition.identity.permit_side(submission.province) is PermitSide.BACK
    ):
        yield FieldError(path, "本省核验时填写通行证背面的号码，请填写背面的香港或澳门身份证件号码。", "required")


def _asks_for_documents(kind: Kind, part: Part) -> bool:
    need = needs(kind)
    if need.only:
        return False
    return part is Part.SUBJECT or need.services in (ServicesNeed.NEW, ServicesNeed.CHANGE)


def _same_phone_errors(draft: Draft, edition: Edition) -> Iterator[FieldError]:
    """One phone is one person: two roles on one phone must agree in name and document (W-17)."""
    first: dict[str, PersonDraft | Person] = {}
    if draft.subject and needs(draft.submission.kind).services is ServicesNeed.NEW:
        situations = edition.kinds[draft.submission.kind].situations
        if any(Part.SUBJECT in situation.verify for situation in situations):  # the one on record has a role too (W-03)
            first[draft.subject.responsible.phone] = draft.subject.responsible
    for part in draft.parts:
        person = part.person
        known = first.setdefault(person.phone, person)
        same = (known.name, known.id_type, known.id_suffix) == (person.name, person.id_type, person.id_suffix)
        if person.phone and not same:
            yield FieldError(
                f"{part.path}.person.phone",
                "同一手机号码在本次申请中属于不同的人，请改用本人的号码，或把姓名和证件改成一致。",
                "phone_of_two_persons",
            )


def _same_name_errors(parts: tuple[PartDraft, ...]) -> Iterator[FieldError]:
    """A domain is of one website, an identifier on a platform of one APP or 小程序."""
    seen: set[tuple[str, str]] = set()
    for part in parts:
        if part.domain and ("", part.domain) in seen:
            yield FieldError(f"{part.path}.domain", "本次申请中已有这个域名，请删去重复的网站。", "domain_twice")
        seen.add(("", part.domain))
        for index, each in enumerate(part.platforms):
            known = (each.platform, each.identifier)
            if each.identifier and known in seen:
                sentence = f"本次申请中已有这一个，请删去重复的{part.type_law.label}。"
                yield FieldError(f"{part.path}.platforms.{index}.identifier", sentence, "identifier_twice")
        seen |= {(each.platform, each.identifier) for each in part.platforms}
