"""The basic data check (基础校验): all mistakes of form at once, each at its field."""

import ipaddress
import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator

from verification.law import carriers, identity
from verification.law.editions import Edition, provinces
from verification.law.words import IdType, Part
from verification.models import Filing, FilingPart, Person, SubjectNature
from verification.refusals import FieldError
from verification.submissions import Draft, PartDraft, PersonDraft, SubjectNeed, Submission, WebsitesNeed, needs

_EMERGENCY_FORM = re.compile(r"^[0-9+\-() ]{7,20}$")
_is_domain = DomainNameValidator()


def errors_of(draft: Draft, edition: Edition) -> tuple[FieldError, ...]:
    """Every mistake of form, each at its field; empty if the submission may go on."""
    submission = draft.submission
    errors = [*_heading_errors(submission, edition)]
    if errors:
        return tuple(errors)  # which parts are asked for hangs on the kind
    errors += _structure_errors(draft)
    for part in draft.parts:
        errors += _part_errors(part, may_be_blank=_stands_on_unknown_record(draft, part))
    errors += _same_phone_errors(draft.parts)
    errors += _same_domain_errors(draft.parts)
    return tuple(errors)


def _heading_errors(submission: Submission, edition: Edition) -> Iterator[FieldError]:
    if submission.province not in provinces():
        yield FieldError("province", "没有这个省份，请从列表中选择备案所在的省份。", "unknown_province")
    law = edition.kinds[submission.kind]
    if law.not_offered is not None:
        yield FieldError("kind", law.not_offered.value, "kind_not_offered")


def _structure_errors(draft: Draft) -> Iterator[FieldError]:
    submission, need = draft.submission, needs(draft.submission.kind)
    if need.subject_number and not submission.subject_number.strip():
        yield FieldError("subject_number", "请填写或选择已备案主体的备案号。", "required")
    if need.subject is SubjectNeed.NEW and submission.subject is None:
        yield FieldError("subject", "请填写主体信息。", "required")
    asks_for_websites = need.websites not in (WebsitesNeed.NONE, WebsitesNeed.CHANGE)
    if asks_for_websites and not submission.websites:
        yield FieldError("websites", "请至少填写或选择一个网站。", "required")
    if need.websites in (WebsitesNeed.CHANGE, WebsitesNeed.ACCESS, WebsitesNeed.PICK):
        for index, site in enumerate(submission.websites):
            if site.serial is None:
                yield FieldError(f"websites.{index}.serial", "请选择是哪一个已备案网站。", "required")
    if draft.subject and WebsitesNeed.CHANGE in (need.websites, need.subject) and not _changes_anything(draft):
        yield FieldError("changes", "提交的内容与备案记录完全相同，请修改需要变更的项目。", "nothing_changes")


def _changes_anything(draft: Draft) -> bool:
    return any(
        part.is_touched or part.is_access_touched or (part.record is not None and part.remark != part.record.remark)
        for part in draft.parts
    ) or bool(draft.missing_serials)


def _stands_on_unknown_record(draft: Draft, part: PartDraft) -> bool:
    """Whether blanks mean "as on record" although there is none: the check against the records says so (W-24)."""
    need = needs(draft.submission.kind)
    is_new = part.part is Part.WEBSITE and need.websites is WebsitesNeed.NEW
    return need.subject_number and part.record is None and not is_new


def _part_errors(part: PartDraft, *, may_be_blank: bool) -> list[FieldError]:
    return [error for error in _all_part_errors(part) if not (may_be_blank and error.code == "required")]


def _all_part_errors(part: PartDraft) -> Iterator[FieldError]:
    is_subject = part.part is Part.SUBJECT
    if not part.name:
        yield FieldError(f"{part.path}.name", f"请填写{'主体' if is_subject else '网站'}名称。", "required")
    if is_subject and part.nature not in SubjectNature.values:
        yield FieldError(f"{part.path}.nature", "请选择主体性质。", "required")
    if not is_subject:
        yield from _website_errors(part)
    yield from _person_errors(part.person, f"{part.path}.person")


def _website_errors(part: PartDraft) -> Iterator[FieldError]:
    try:
        if not part.domain:
            yield FieldError(f"{part.path}.domain", "请填写网站域名，例如 example.com。", "required")
        else:
            _is_domain(part.domain)
    except ValidationError:
        yield FieldError(
            f"{part.path}.domain",
            "域名的格式不对，请填写如 example.com 的域名，不带 http:// 和路径。",
            "invalid_domain",
        )
    if part.server_ip:
        try:
            ipaddress.ip_address(part.server_ip)
        except ValueError:
            yield FieldError(f"{part.path}.server_ip", "服务器 IP 地址的格式不对，例如 192.0.2.10。", "invalid_ip")


def _person_errors(person: PersonDraft, path: str) -> Iterator[FieldError]:
    if not person.name:
        yield FieldError(f"{path}.name", "请填写负责人姓名。", "required")
    is_known = person.id_type in {kind.value for kind in IdType}
    if not is_known:
        yield FieldError(f"{path}.id_type", "请选择证件类型。", "required")
    if not person.id_number and (person.base is None or person.id_type != person.base.id_type):
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


def _same_phone_errors(parts: tuple[PartDraft, ...]) -> Iterator[FieldError]:
    """One phone is one person: two roles on one phone must agree in name and document (W-17)."""
    first: dict[str, PersonDraft] = {}
    for part in parts:
        person = part.person
        known = first.setdefault(person.phone, person)
        same = (known.name, known.id_type, known.id_suffix) == (person.name, person.id_type, person.id_suffix)
        if person.phone and not same:
            yield FieldError(
                f"{part.path}.person.phone",
                "同一手机号码在本次申请中填给了不同的人，请改用本人的号码，或把姓名和证件改成一致。",
                "phone_of_two_persons",
            )


def _same_domain_errors(parts: tuple[PartDraft, ...]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for part in parts:
        if part.domain and part.domain in seen:
            yield FieldError(f"{part.path}.domain", "本次申请中已有这个域名，请删去重复的网站。", "domain_twice")
        seen.add(part.domain)
