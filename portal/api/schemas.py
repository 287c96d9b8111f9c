"""What goes in and out. Moments are ISO 8601 in Asia/Shanghai, on the sandbox's clock unless said otherwise."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, PlainSerializer

from verification.law.times import SHANGHAI
from verification.law.words import IdType, Kind, Outcome, Part, Situation
from verification.models import (
    AlarmKind,
    ChallengeState,
    EventKind,
    FilingState,
    MessageCause,
    MessageStatus,
    ReturnReason,
    SubjectNature,
)

Moment = Annotated[datetime, PlainSerializer(lambda at: at.astimezone(SHANGHAI).isoformat(), return_type=str)]


class _In(Schema):
    """Unknown fields are mistakes, not noise."""

    model_config = ConfigDict(extra="forbid")


# ── In ───────────────────────────────────────────────────────────────────────


class PersonIn(_In):
    """A responsible person; on a change or resubmission a blank field means "as before"."""

    name: str = ""
    id_type: IdType | None = None
    id_number: Annotated[str, Field(description="证件号码全文；只保存后六位和隐去中间的形式")] = ""
    id_back_number: Annotated[str, Field(description="港澳居民来往内地通行证背面的香港或澳门身份证件号码")] = ""
    phone: Annotated[str, Field(description="联系方式1，验证码只发到这个号码")] = ""
    emergency_phone: str = ""


class SubjectIn(_In):
    """主体."""

    name: str = ""
    nature: SubjectNature | None = None
    person: PersonIn = PersonIn()
    remark: str | None = None


class WebsiteIn(_In):
    """网站; ``serial`` names one on record."""

    serial: int | None = Field(None, ge=1, le=2_147_483_647)
    name: str = ""
    domain: str = ""
    server_ip: str = ""
    person: PersonIn = PersonIn()
    remark: str | None = None


class ContentIn(_In):
    """The content of a filing's round."""

    subject_number: str = ""
    subject: SubjectIn | None = None
    websites: list[WebsiteIn] = Field([], max_length=50)
    new_province: str = ""
    target_number: str = ""


class FilingIn(ContentIn):
    """One request of the provider."""

    kind: Kind
    province: str


class ResubmissionIn(_In):
    """The next round; without ``content`` the last round's is sent again unchanged."""

    content: ContentIn | None = None


class EntryIn(_In):
    """What a person types on the verify page."""

    province: str | None = Field(None, description="省份代码；空为全国网站")
    code: str
    phone: str
    id_suffix: str


class ResendIn(_In):
    """What a person types on the resend page."""

    province: str | None = None
    phone: str
    id_suffix: str


class ClockIn(_In):
    """Where to move the clock: to a moment, by seconds, or to the next alarm; exactly one of them."""

    to: AwareDatetime | None = None
    by_seconds: int | None = Field(None, ge=0, le=10 * 366 * 86400)
    to_next_alarm: bool = False


class SandboxIn(_In):
    """A new sandbox."""

    scenario: str = "2017-gs"
    starts_at: AwareDatetime | None = None
    edition: str = Field("", description="固定的规则版本；空则由日期和省份决定")
    provider: str = Field("", max_length=60, description="接入商名称；空则用示例接入商")


class EndpointIn(_In):
    """A webhook's address."""

    url: str = Field(max_length=500)


# ── Out ──────────────────────────────────────────────────────────────────────


class ChallengeOut(Schema):
    """核验: one phone of one round."""

    id: int
    round: int
    phone: str
    name: str
    roles: list[Part]
    state: ChallengeState
    first_sent_at: Moment | None
    deadline_at: Moment | None
    closed_at: Moment | None
    id_errors: int
    tries: int
    resends: int


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
    return_reason: ReturnReason | None
    return_detail: str
    subject_number: str


class FilingDetail(FilingOut):
    """A filing with its challenges and history, oldest first."""

    challenges: list[ChallengeOut]
    history: list[EventOut]


class FilingPage(Schema):
    """A page of filings, newest first; ``next_cursor`` leads to the next page and is null on the last."""

    items: list[FilingOut]
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


class ProviderOut(Schema):
    """接入商 and the sandbox that it works in."""

    provider: str
    sandbox: str
    starts_at: Moment
    now: Moment
    pinned_edition: str


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
    """A webhook's address. ``secret`` is shown when it is made."""

    id: int
    url: str
    secret: str | None = None


class DeliveryOut(Schema):
    """A webhook."""

    id: int
    message_id: str
    endpoint: int
    filing: str
    event: int
    state: str
    attempts: int
