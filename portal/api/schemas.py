"""What goes in and out. Moments are ISO 8601 in Asia/Shanghai, on the sandbox's clock unless said otherwise."""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from verification.law.editions import editions, provinces
from verification.law.services import Platform
from verification.law.times import SHANGHAI
from verification.law.words import IdType, Kind, Outcome, Part, ServiceType, Situation
from verification.models import (
    AlarmKind,
    ChallengeState,
    DeliveryState,
    EventKind,
    FilingState,
    MessageCause,
    MessageStatus,
    ReturnReason,
    SubjectNature,
)
from verification.models.sandbox import MOST_WORKING_DAYS
from verification.worlds.bureau import MOST_REFUSED_EVERY
from verification.worlds.sandboxes import SCENARIOS

# ── Building blocks ──────────────────────────────────────────────────────────

LARGEST_ID = 2**63 - 1
_LARGEST_SERIAL = 2**31 - 1
#: Characters of a public key, with room for the largest in PEM.
_LONGEST_KEY = 4000
_TEN_YEARS = 10 * 366 * 86400
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MOMENT_SCHEMA = {"type": "string", "format": "date-time"}


def _read_moment(sent: Any) -> datetime:
    """A moment as RFC 3339 writes it, and nothing that merely could be read as one."""
    try:
        if isinstance(sent, str) and _MOMENT.fullmatch(sent):
            return datetime.fromisoformat(sent.upper())
    except ValueError:
        pass
    raise PydanticCustomError("datetime", "not a moment with an offset")


def _read_whole_number(sent: Any) -> int:
    """A number without a fraction, as JSON Schema has it: 1 and 1.0, but neither "1" nor true."""
    if isinstance(sent, float) and sent.is_integer():
        return int(sent)
    if isinstance(sent, int) and not isinstance(sent, bool):
        return sent
    raise PydanticCustomError("int_type", "not a whole number")


def _write_moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat()


def _one_of(values: Collection[str]) -> Callable[[str], str]:
    def check(sent: str) -> str:
        if sent not in values:
            raise PydanticCustomError("enum", "not one of the values")
        return sent

    return check


def _choice(values: Collection[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(values)})


Moment = Annotated[datetime, PlainSerializer(_write_moment, return_type=str), WithJsonSchema(_MOMENT_SCHEMA)]
MomentIn = Annotated[datetime, BeforeValidator(_read_moment), WithJsonSchema(_MOMENT_SCHEMA)]
_whole = BeforeValidator(_read_whole_number)
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
#: One line of text; how long it may be in the end, the data check says.
Line = Annotated[str, Field(max_length=500, pattern=_ONE_LINE)]
#: What a person pastes: lines and all.
Pasted = Annotated[str, Field(max_length=2000)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
FilingNumber = Annotated[str, Field(pattern=r"^[0-9]{14}$", description="申请编号")]
RecordNumber = Annotated[
    str, Field(min_length=1, max_length=30, pattern=_ONE_LINE, description="主体备案号，如 陇ICP备17000001号")
]
ProvinceCode = Annotated[str, AfterValidator(_one_of(provinces())), _choice(provinces())]
EditionId = Annotated[str, AfterValidator(_one_of(editions())), _choice(editions())]
ScenarioId = Annotated[str, AfterValidator(_one_of(SCENARIOS)), _choice(SCENARIOS)]


class _In(Schema):
    """Unknown fields are mistakes, not noise."""

    model_config = ConfigDict(extra="forbid")


# ── In ───────────────────────────────────────────────────────────────────────


class PersonIn(_In):
    """A responsible person; on a change or resubmission a blank field means "as before"."""

    name: Line = ""
    id_type: IdType | None = None
    id_number: Annotated[Line, Field(description="证件号码全文；只保存后六位和隐去中间的形式")] = ""
    id_back_number: Annotated[Line, Field(description="港澳居民来往内地通行证背面的香港或澳门身份证件号码")] = ""
    phone: Annotated[Line, Field(description="联系方式1，验证码只发到这个号码")] = ""
    emergency_phone: Line = ""


class SubjectIn(_In):
    """主体."""

    name: Line = ""
    nature: SubjectNature | None = None
    person: PersonIn = PersonIn()
    remark: Line | None = None


class WebsiteIn(_In):
    """网站; ``serial`` names one on record."""

    serial: Annotated[int, Field(ge=1, le=_LARGEST_SERIAL), _whole] | None = None
    name: Line = ""
    domain: Annotated[Line, Field(description="网站的域名")] = ""
    server_ip: Line = ""
    person: PersonIn = PersonIn()
    remark: Line | None = None


class PlatformIn(_In):
    """By what a platform knows an APP or a 小程序; on a change a blank field means "as before"."""

    platform: Platform
    identifier: Annotated[Line, Field(description="包名、Bundle ID 或 AppID")] = ""
    public_key: Annotated[
        str, Field(max_length=_LONGEST_KEY, description="APP 的公钥：PEM，或商店显示的十六进制模数")
    ] = ""
    md5: Annotated[Line, Field(description="APP 证书的 MD5 指纹，32 位十六进制，可用冒号隔开")] = ""


class ServiceIn(WebsiteIn):
    """A service of any type: 网站, APP or 小程序."""

    type: Annotated[ServiceType | None, Field(description="服务类型；新增的空着即网站，已备案的可以空着")] = None
    domains: Annotated[list[Line], Field(max_length=50, description="APP 或小程序使用的域名")] = []
    platforms: Annotated[list[PlatformIn], Field(max_length=20, description="APP 或小程序运行的平台")] = []


class ContentIn(_In):
    """The content of a filing's round; its services are ``services``, or ``websites`` where all are, never both."""

    subject_number: Annotated[Line, Field(description="已备案主体的备案号；首次备案留空")] = ""
    subject: SubjectIn | None = None
    services: Annotated[list[ServiceIn] | None, Field(max_length=50, description="网站、APP 和小程序")] = None
    websites: Annotated[
        list[WebsiteIn] | None, Field(max_length=50, description="都是网站时可以代替 services；两者不能同时填")
    ] = None
    new_province: Annotated[ProvinceCode | None, Field(description="变更主体：主体迁往的省份")] = None
    target_number: Annotated[Line, Field(description="网站迁移：迁入主体的备案号")] = ""


class FilingIn(ContentIn):
    """One request of the provider."""

    kind: Kind
    province: ProvinceCode


class Decision(StrEnum):
    """What the bureau says."""

    APPROVE = "approve"
    ACCEPT = "accept"
    REJECT = "reject"


class DecisionIn(_In):
    """A decision in the place of the bureau; a rejection needs its reason."""

    decision: Annotated[Decision, Field(description="approve 预审通过，accept 审核通过，reject 驳回")]
    reason: Annotated[Line, Field(description="驳回原因：有什么问题")] = ""
    field: Annotated[Line, Field(description="有问题的项目，如 services.0.domain；空即申请整体；较早的版本不记录")] = ""
    suggestion: Annotated[Line, Field(description="修改建议；较早的版本不记录")] = ""


class ResubmissionIn(_In):
    """The next round; without ``content`` the last round's is sent again unchanged."""

    content: ContentIn | None = None


class EntryIn(_In):
    """What a person types on the verify page."""

    province: ProvinceCode | None = Field(None, description="省份代码；空为全国网站")
    code: Pasted
    phone: Pasted
    id_suffix: Pasted


class ResendIn(_In):
    """What a person types on the resend page."""

    province: ProvinceCode | None = Field(None, description="省份代码；空为全国网站")
    phone: Pasted
    id_suffix: Pasted


class ClockIn(_In):
    """Where to move the clock: to a moment, by seconds, or to the next alarm; exactly one of them."""

    to: MomentIn | None = None
    by_seconds: Annotated[int, Field(ge=0, le=_TEN_YEARS), _whole] | None = None
    to_next_alarm: StrictBool = False


class BureauIn(_In):
    """Whether the bureau decides by itself; null for ``after_working_days`` turns it off."""

    after_working_days: Annotated[
        Annotated[int, Field(ge=1, le=MOST_WORKING_DAYS), _whole] | None,
        Field(description="几个工作日（周一至周五，不考虑节假日）后自动审核；null 即由管局人员审核"),
    ]
    refuse_every: Annotated[
        Annotated[int, Field(ge=1, le=MOST_REFUSED_EVERY), _whole] | None,
        Field(description="申请编号后六位（每重新提交一次加 1）能被它整除的驳回；null 即全部通过"),
    ] = None
    reason: Annotated[Line, Field(description="驳回原因")] = ""
    suggestion: Annotated[Line, Field(description="修改建议，现行规则的驳回才有")] = ""


class SandboxIn(_In):
    """A new sandbox."""

    scenario: ScenarioId = "2017-gs"
    starts_at: MomentIn | None = Field(None, description="2010 年至 2099 年；空则由演练场景决定")
    edition: EditionId | None = Field(None, description="固定的规则版本；空则由日期和省份决定")
    provider: Annotated[Line, Field(max_length=60, description="接入商名称；空则用示例接入商")] = ""


class EndpointIn(_In):
    """A webhook's address."""

    url: Line


# ── Out ──────────────────────────────────────────────────────────────────────


class ChallengeOut(Schema):
    """核验: one phone of one round; its messages stand at ``/phones/{phone_id}/messages``."""

    id: int
    round: int
    phone: str
    phone_id: int
    name: str
    roles: list[Part]
    state: ChallengeState
    first_sent_at: Moment | None
    deadline_at: Moment | None
    closed_at: Moment | None
    id_errors: int
    tries: int
    resends: int


class AuditOut(Schema):
    """What the bureau found: ``field`` is a path in the submission, blank for the filing as a whole."""

    field: str
    label: str
    error: str
    suggestion: str


class EventOut(Schema):
    """One line of the history."""

    id: int
    kind: EventKind
    label: str
    at: Moment
    round: int
    challenge: int | None
    reason: str
    detail: str
    actor: str
    audit: Annotated[AuditOut | None, Field(description="驳回所指的项目、问题和建议；其他事项及 2023 年以前为 null")]


class FilingOut(Schema):
    """A filing in a list."""

    number: str
    kind: Kind
    kind_name: str
    situation: Situation
    province: str
    state: FilingState
    state_label: str
    filer_sees: str
    round: int
    edition: str
    created_at: Moment
    submitted_at: Moment
    deadline_at: Moment | None
    next_alarm_at: Moment | None
    next_alarm: AlarmKind | None
    overdue: Annotated[bool, Field(description="next_alarm_at 已到，而后台任务还没有做完，或因出错搁置")]
    sms_verify_status: Annotated[
        int | None,
        Field(
            description="审核中的短信核验状态：1 待核验，2 已核验，3 已超时；其他状态、以及 2023 年以前的版本为 null"
        ),
    ]
    return_reason: ReturnReason | None
    return_detail: str
    return_audit: Annotated[AuditOut | None, Field(description="管局驳回时所指的项目、问题和建议；其他情况为 null")]
    subject_number: str


class FilingDetail(FilingOut):
    """A filing with its challenges and history, oldest first."""

    challenges: list[ChallengeOut]
    history: list[EventOut]


class FilingPage(Schema):
    """A page of filings, newest first; ``next_cursor`` leads to the next page and is null on the last."""

    items: list[FilingOut]
    next_cursor: str | None


class PhoneOut(Schema):
    """手机, with what keeps messages away from it."""

    id: int
    number: str
    has_signal: bool
    has_spam_filter: bool
    in_other_handset: bool


class PhonePage(Schema):
    """A page of phones, newest first."""

    items: list[PhoneOut]
    next_cursor: str | None


class MessageOut(Schema):
    """短信."""

    id: int
    filing: str
    cause: MessageCause
    sender: str
    text: str
    code: str
    sent_at: Moment
    status: MessageStatus
    arrived_at: Moment | None


class MessagePage(Schema):
    """A page of messages, newest first."""

    items: list[MessageOut]
    next_cursor: str | None


class AnswerOut(Schema):
    """What the portal answers; ``result_code`` where the edition has one (V-17)."""

    outcome: Outcome
    text: str
    hint: str
    result_code: int | None
    edition: str


class ClockOut(Schema):
    """The sandbox's clock. ``due`` counts the filings with something due that the jobs have not done yet."""

    now: Moment
    speed: int
    paused: bool
    next_alarm_at: Moment | None
    due: int


class BureauOut(Schema):
    """Whether the bureau decides by itself: null for ``after_working_days`` where its officers do."""

    after_working_days: int | None
    refuse_every: int | None
    reason: str
    suggestion: str


class RecordPersonOut(Schema):
    """A responsible person on record, masked; ``is_verified_contact`` tells whether the phone has passed (W-25)."""

    name: str
    id_type: IdType
    id_masked: str
    phone_masked: str
    is_verified_contact: bool


class RecordWebsiteOut(Schema):
    """网站 on record."""

    number: str
    serial: int
    name: str
    domain: str
    responsible: RecordPersonOut | None
    providers: list[str]
    accepted_at: Moment
    cancelled_at: Moment | None


class RecordPlatformOut(Schema):
    """By what a platform knows a service on record."""

    platform: Platform
    identifier: str
    public_key: str
    md5: str


class RecordServiceOut(RecordWebsiteOut):
    """A service on record; ``domain`` is blank where it is no website."""

    type: ServiceType
    domains: list[str]
    platforms: list[RecordPlatformOut]


class RecordOut(Schema):
    """主体 on record with its services; persons, platforms' keys and providers of one's own records only."""

    number: str
    province: ProvinceCode
    name: str
    nature: SubjectNature
    is_own: bool
    responsible: RecordPersonOut | None
    services: list[RecordServiceOut]
    websites: Annotated[list[RecordWebsiteOut] | None, Field(description="services 都是网站时与它相同，否则为 null")]
    accepted_at: Moment
    cancelled_at: Moment | None


class RecordPage(Schema):
    """A page of records, newest first; ``next_cursor`` leads to the next page and is null on the last."""

    items: list[RecordOut]
    next_cursor: str | None


class ProviderOut(Schema):
    """接入商 and the sandbox that it works in."""

    provider: str
    sandbox: str
    starts_at: Moment
    now: Moment
    pinned_edition: str
    may_move_clock: bool


class SandboxOut(ProviderOut):
    """A new sandbox with its first key, which is shown this once. ``join_code`` lets people in by browser."""

    api_key: str
    join_code: str
    recovery_code: str


class SituationOut(Schema):
    """Who is verified in one situation of a kind."""

    kind: Kind
    name: str
    situation: Situation
    verify: list[Part]
    mode: str
    rule: str
    note: str


class ValueOut(Schema):
    """One number or text of an edition, and the rule that it comes from."""

    key: str
    label: str
    value: str
    rule: str


class EditionOut(Schema):
    """规则版本."""

    id: str
    name: str
    document: str
    provinces: list[str]


class EditionDetail(EditionOut):
    """An edition with its matrix and every value."""

    matrix: list[SituationOut]
    values: list[ValueOut]


class ProvinceOut(Schema):
    """A province, and the edition in force there at the sandbox's time."""

    code: str
    name: str
    edition: str | None


class EndpointOut(Schema):
    """A webhook's address; ``set_aside_until`` is in real time, and null unless it has lately not answered in time."""

    id: int
    url: str
    set_aside_until: Moment | None


class NewEndpointOut(EndpointOut):
    """A webhook's address just registered; ``secret`` is shown this once."""

    secret: str


class DeliveryOut(Schema):
    """A webhook: one event for one address. ``due_at`` is in real time."""

    id: int
    message_id: str
    endpoint: int
    filing: str
    event: int
    kind: EventKind
    state: DeliveryState
    attempts: int
    due_at: Moment | None


class AttemptOut(Schema):
    """One attempt at a webhook, in real time: what was sent and what came back."""

    at: Moment
    status_code: int | None
    request: str
    response: str
    error: str
    took_ms: int


class DeliveryDetail(DeliveryOut):
    """A webhook with its attempts, oldest first."""

    tries: list[AttemptOut]


class DeliveryPage(Schema):
    """A page of webhooks, newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None
