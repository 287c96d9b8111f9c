"""The law as rows for people to read: for ``explain_law``, for help pages, for the comparison with the documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from verification.law.editions import AnswerText, Cited, Edition, InForce, SituationLaw, provinces
from verification.law.times import SHANGHAI
from verification.law.words import SITUATIONS, Kind, Mode, Situation

#: What a value is, by its key in the edition's file; for the kinds, by the last part of the key.
LABELS = {
    "provinces": "文件所列省份",
    "in_force": "开始执行",
    "timing.first_sending_minutes": "提交后多久下发（分钟）",
    "timing.window_hours": "验证码有效时长（小时）",
    "timing.noon_hour": "次日自动重发（时）",
    "limits.id_errors": "证件号码最多错几次",
    "limits.tries": "各种错误合计最多几次",
    "limits.resends": "手动重发最多几次",
    "limits.resend_pause_seconds": "两次手动重发间隔（秒）",
    "senders.telecom": "电信用户的发送号码",
    "senders.unicom": "联通用户的发送号码",
    "senders.mobile": "移动用户的发送号码",
    "senders.virtual_varies": "虚拟运营商的号码不固定",
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
    "not_offered": "不办理的原因",
    "prereview": "管局先预审",
}

NONE = "无"
_CHOICES = {
    "return": "退回接入商",
    "use_record": "发到备案记录中的号码",
    "front": "人像面",
    "back": "背面",
}


@dataclass(frozen=True)
class SituationRow:
    """Who is verified in one situation of a kind that the edition offers."""

    kind: Kind
    name: str
    situation: Situation
    who: str
    mode: str
    rule: str
    note: str


@dataclass(frozen=True)
class ValueRow:
    """One number or text. ``rule`` is blank, and ``value`` is ``NONE``, where the edition has no such value."""

    key: str
    label: str
    value: str
    rule: str


def matrix(edition: Edition) -> list[SituationRow]:
    """Kind by kind and situation by situation: who is verified, how many of them must pass, by which rule."""
    return [
        _situation_row(edition, kind, edition.kinds[kind].in_situation(situation))
        for kind in edition.offered_kinds
        for situation in SITUATIONS[kind]
    ]


def _situation_row(edition: Edition, kind: Kind, law: SituationLaw) -> SituationRow:
    joint = "或" if law.mode is Mode.ANY else "和"
    return SituationRow(
        kind=kind,
        name=edition.kind_name(kind),
        situation=law.when,
        who=joint.join(part.role_label for part in law.verify) or "不核验",
        mode=law.mode.label if law.verify else "",
        rule=law.rule,
        note=law.note,
    )


def values(edition: Edition) -> list[ValueRow]:
    """Every number and text of the edition, in the order of its file, with the rule that each comes from."""
    return list(_values(edition, ""))


def _values(law: BaseModel, prefix: str) -> Iterator[ValueRow]:
    for name, value in law:
        key = f"{prefix}{name}"
        match value:
            case Cited():
                yield ValueRow(key=key, label=_label(key), value=_text(value), rule=value.rule)
            case None if not prefix.startswith("kinds."):
                yield ValueRow(key=key, label=_label(key), value=NONE, rule="")
            case BaseModel():
                yield from _values(value, f"{key}.")
            case Mapping():
                for kind in Kind:
                    yield from _values(value[kind], f"{key}.{kind}.")
            case (InForce(), *_):
                yield from (_in_force(f"{key}.{place}", entry) for place, entry in enumerate(value))


def _label(key: str) -> str:
    return LABELS[key.rpartition(".")[2] if key.startswith("kinds.") else key]


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
        case tuple(codes):
            return _names(codes)
        case value if isinstance(cited, AnswerText) and cited.code is not None:
            return f"{value}（结果码 {cited.code}）"
        case value:
            return _CHOICES.get(value, str(value))
