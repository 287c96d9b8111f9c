"""The law as rows for people to read: for ``explain_law``, for help pages, for the comparison with the documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from verification.law.editions import AnswerText, Basis, Cited, Edition, InForce, SituationLaw, editions, provinces
from verification.law.times import SHANGHAI
from verification.law.words import SITUATIONS, Kind, Mode, Part, Place, ServiceType, Situation

#: What a value is, by its key in the edition's file; for the kinds, by the last part of the key.
LABELS = {
    "verifies_at": "在哪里核验",
    "provinces": "文件所列省份",
    "in_force": "开始执行",
    "verify_status": "向平台显示核验状态",
    "refusal_names_field": "驳回写明项目、问题和建议",
    "services": "备案的服务类型",
    "timing.first_sending_minutes": "提交后多久下发（分钟）",
    "timing.window_hours": "验证码有效时长（小时）",
    "timing.noon_hour": "次日自动重发（时）",
    "limits.id_errors": "证件号码最多错几次",
    "limits.tries": "各种错误合计最多几次",
    "limits.tries_borne": "容许错几次，再填一次即失败",
    "limits.resends": "手动重发最多几次",
    "limits.resend_pause_seconds": "两次手动重发间隔（秒）",
    "senders.telecom": "电信用户的发送号码",
    "senders.unicom": "联通用户的发送号码",
    "senders.mobile": "移动用户的发送号码",
    "senders.virtual_varies": "虚拟运营商的号码不固定",
    "senders.virtual": "虚拟运营商用户的发送号码",
    "message.subject": "给主体负责人的短信",
    "message.website": "给网站负责人的短信",
    "identity.hk_macau_permit_side": "港澳通行证填写哪一面的号码",
    "identity.hk_macau_permit_back_in": "港澳通行证填写背面号码的省份",
    "labels.home_button": "首页按钮",
    "labels.code": "验证码输入框",
    "labels.phone": "手机号码输入框",
    "labels.id_suffix": "证件号码输入框",
    "labels.captcha": "图形验证码输入框",
    "labels.verify_button": "核验按钮",
    "labels.resend_link": "重发页的链接",
    "labels.resend_button": "重发按钮",
    "labels.service_person": "服务的负责人",
    "answers.salutation": "回答的开头",
    "answers.partial": "通过，还有他人待核验",
    "answers.all_done": "通过，全部核验完成",
    "answers.already_done": "已经核验过",
    "answers.not_found": "找不到记录",
    "answers.wrong_id": "证件号码错误",
    "answers.wrong_code": "验证码错误",
    "answers.failed": "核验失败",
    "answers.resent": "重发成功",
    "answers.nothing_to_resend": "没有可重发的",
    "answers.quota_used_up": "重发次数用完",
    "records.differing_access_phone": "新增接入的号码与备案记录不符",
    "name": "备案类型的名称",
    "names.website": "网站的备案类型名称",
    "names.app": "APP 的备案类型名称",
    "names.mini_program": "小程序的备案类型名称",
    "not_offered": "不办理的原因",
    "prereview": "管局先预审",
}

#: Keys that came with today's rules. The tables of the documents before stay as they were checked against them.
ADDED = frozenset(
    {
        *("verifies_at", "verify_status", "refusal_names_field", "services"),
        *("limits.tries_borne", "senders.virtual", "labels.service_person"),
    }
)

NONE = "无"
#: What holds where an edition does not say it.
_UNSAID = {"verifies_at": Place.PROVINCE.label, "services": ServiceType.WEBSITE.label}
_CHOICES = {
    "return": "退回接入商",
    "use_record": "发到备案记录中的号码",
    "front": "人像面",
    "back": "背面",
}


@dataclass(frozen=True)
class SituationRow:
    """Who is verified in one situation of a kind that the edition offers, and for which services.

    ``types`` is blank where the edition knows websites only, or where the kind touches the 主体 alone.
    """

    kind: Kind
    name: str
    types: str
    situation: Situation
    situation_label: str
    verify: tuple[Part, ...]
    who: str
    mode: str
    rule: str
    note: str
    basis: str


@dataclass(frozen=True)
class ValueRow:
    """One number or text. ``rule`` is blank, and ``value`` mostly ``NONE``, where the edition has no such value.

    ``basis`` says on what it stands where no source of the edition gives it.
    """

    key: str
    label: str
    value: str
    rule: str
    basis: str = ""


def matrix(edition: Edition) -> list[SituationRow]:
    """Kind by kind and situation by situation: who is verified, how many of them must pass, by which rule."""
    return [
        _situation_row(edition, kind, edition.kinds[kind].in_situation(situation), _types(edition, kind, situation))
        for kind in edition.offered_kinds
        for situation in SITUATIONS[kind]
    ]


def matrix_by_type(edition: Edition) -> list[SituationRow]:
    """The same with a row for each type of service, under the name that the kind has for it (T-02, T-03)."""
    return [
        _situation_row(edition, kind, edition.kinds[kind].in_situation(situation), types)
        for kind in edition.offered_kinds
        for situation in SITUATIONS[kind]
        for types in _one_by_one(_types(edition, kind, situation))
    ]


def _one_by_one(types: tuple[ServiceType, ...]) -> list[tuple[ServiceType, ...]]:
    return [(one,) for one in types] if types else [()]


def _types(edition: Edition, kind: Kind, situation: Situation) -> tuple[ServiceType, ...]:
    concerns_subject_alone = kind in (Kind.CHANGE_SUBJECT, Kind.CANCEL_SUBJECT) or situation is Situation.SUBJECT_ONLY
    return () if concerns_subject_alone or edition.services is None else edition.service_types


def _situation_row(edition: Edition, kind: Kind, law: SituationLaw, types: tuple[ServiceType, ...]) -> SituationRow:
    joint = "或" if law.mode is Mode.ANY else "和"
    return SituationRow(
        kind=kind,
        name=edition.kind_name(kind, types),
        types="、".join(one.label for one in types),
        situation=law.when,
        situation_label=edition.situation_label(law.when),
        verify=law.verify,
        who=joint.join(edition.role_label(part) for part in law.verify) or "不核验",
        mode=law.mode.label if law.verify else "",
        rule=law.rule,
        note=law.note,
        basis=_basis_label(edition, law.basis),
    )


def _basis_label(edition: Edition, basis: Basis | None) -> str:
    match basis:
        case Basis.TAKEN_OVER:
            return f"沿用“{editions()[edition.takes_over].name}”"
        case Basis.DECIDED:
            return "本平台定"
        case None:
            return ""


def values(edition: Edition) -> list[ValueRow]:
    """Every number and text of the edition, in the order of its file, with the rule that each comes from."""
    return list(_values(edition, edition, ""))


def rule_ids(edition: Edition) -> set[str]:
    """The rules that the edition cites."""
    return {row.rule for row in values(edition)} | {row.rule for row in matrix(edition)}


def _values(edition: Edition, law: BaseModel, prefix: str) -> Iterator[ValueRow]:
    for name, value in law:
        key = f"{prefix}{name}"
        match value:
            case Cited():
                yield _cited_row(edition, key, value)
            case None if not prefix.startswith("kinds."):
                yield ValueRow(key, _label(key), _UNSAID.get(key, NONE), rule="")
            case BaseModel():
                yield from _values(edition, value, f"{key}.")
            case Mapping() if law is edition:
                for kind in Kind:
                    yield from _values(edition, value[kind], f"{key}.{kind}.")
            case Mapping():
                yield from (_cited_row(edition, f"{key}.{type_}", cited) for type_, cited in value.items())
            case (InForce(), *_):
                yield from (_in_force(f"{key}.{place}", entry) for place, entry in enumerate(value))


def _cited_row(edition: Edition, key: str, cited: Cited[Any]) -> ValueRow:
    return ValueRow(key, _label(key), _text(cited), cited.rule, _basis_label(edition, cited.basis))


def _label(key: str) -> str:
    return LABELS[key.split(".", 2)[2] if key.startswith("kinds.") else key]


def _in_force(key: str, entry: InForce) -> ValueRow:
    since = entry.since.astimezone(SHANGHAI)
    return ValueRow(
        key=key,
        label=LABELS["in_force"],
        value=f"{since:%Y-%m-%d %H:%M} 起：{_names(entry.provinces)}",
        rule=entry.rule,
    )


def _names(codes: tuple[str, ...]) -> str:
    return "、".join(provinces()[code].name for code in codes)


def _text(cited: Cited[Any]) -> str:
    match cited.value:
        case bool(value):
            return "是" if value else "否"
        case (ServiceType(), *_) as types:
            return "、".join(one.label for one in types)
        case tuple(codes):
            return _names(codes)
        case Place() as place:
            return place.label
        case value if isinstance(cited, AnswerText) and cited.code is not None:
            return f"{value}（结果码 {cited.code}）"
        case value:
            return _CHOICES.get(value, str(value))
