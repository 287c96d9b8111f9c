"""Operations on the world around the filings: sandbox, clock, phones, portals, editions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Router, Status

from portal.api.access import KeyRequest, repeatable
from portal.api.cursors import Cursor, PageSize, listing, page_of
from portal.api.problems import OPEN_PROBLEMS, READ_PROBLEMS, WRITE_PROBLEMS, Forbidden, Problem, TooMany
from portal.api.schemas import (
    AnswerOut,
    BureauIn,
    BureauOut,
    ClockIn,
    ClockOut,
    EditionDetail,
    EditionOut,
    EntryIn,
    Id,
    MessageOut,
    MessagePage,
    PhoneOut,
    PhonePage,
    ProviderOut,
    ProvinceOut,
    ResendIn,
    SandboxIn,
    SandboxOut,
    SituationOut,
    ValueOut,
)
from portal.shared.visit.limits import STARTS
from verification.acting import challenges
from verification.by import By
from verification.law import entries, tables
from verification.law.editions import Edition, edition_in_force, edition_of_portal, editions, provinces
from verification.models import ApiKey, Message, MessageCause, MessageStatus, Phone, Sandbox
from verification.outside.keys import make_key
from verification.refusals import FieldError, Refused, SubmissionRefused
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes
from verification.worlds.bureau import checked_review, set_review

router = Router()

#: What reading without any parameter may answer besides its own.
_PLAIN_PROBLEMS = {status: READ_PROBLEMS[status] for status in (401, 429)}


# ── Sandbox ──────────────────────────────────────────────────────────────────


_START_PROBLEMS = {status: model for status, model in OPEN_PROBLEMS.items() if status not in (404, 409)}


@router.post(
    "/sandboxes",
    response={201: SandboxOut, **_START_PROBLEMS},
    auth=None,
    operation_id="start_sandbox",
    summary="建立演练环境",
    description="不需要密钥：建立一个演练环境，回答中有第一个密钥，只显示这一次。按网络地址限制次数。",
    tags=["演练环境"],
)
def start_sandbox(request: HttpRequest, payload: SandboxIn) -> Status[SandboxOut]:
    """Make a sandbox and get its first key; needs no key itself, and is limited per network address."""
    if wait := STARTS.wait_of_address(request):
        raise TooMany(wait)
    started = sandboxes.start(
        scenario=payload.scenario,
        starts_at=payload.starts_at,
        shared=True,
        pinned_edition=payload.edition or "",
        participant_name="API",
    )
    sandbox = started.sandbox
    name = payload.provider.strip()
    provider = sandbox.providers.get_or_create(name=name)[0] if name else sandbox.providers.order_by("id")[0]
    new_key = make_key(provider, maker=started.participant, name="API", may_move_clock=True)
    made = SandboxOut(
        **_provider_out(new_key.key).model_dump(),
        api_key=new_key.secret,
        join_code=sandbox.join_code,
        recovery_code=started.recovery_code,
    )
    return Status(201, made)


def _provider_out(key: ApiKey) -> ProviderOut:
    sandbox = key.provider.sandbox
    return ProviderOut(
        provider=key.provider.name,
        sandbox=sandbox.name,
        starts_at=sandbox.starts_at,
        now=clock.now(sandbox),
        pinned_edition=sandbox.pinned_edition,
        may_move_clock=key.moves_clock,
    )


@router.get(
    "/me",
    response={200: ProviderOut, **_PLAIN_PROBLEMS},
    operation_id="read_me",
    summary="我是谁",
    description="密钥所属的接入商和演练环境。",
    tags=["演练环境"],
)
def read_me(request: KeyRequest) -> ProviderOut:
    """The provider and the sandbox that the key opens."""
    return _provider_out(request.auth)


# ── Clock ────────────────────────────────────────────────────────────────────


def _clock_out(sandbox: Sandbox) -> ClockOut:
    upcoming = alarms.next_alarm(sandbox)
    return ClockOut(
        now=clock.now(sandbox),
        speed=sandbox.clock_speed,
        paused=sandbox.clock_paused,
        next_alarm_at=upcoming.alarm_at if upcoming else None,
        due=alarms.remaining(sandbox),
    )


@router.get(
    "/clock",
    response={200: ClockOut, **_PLAIN_PROBLEMS},
    operation_id="read_clock",
    summary="看时钟",
    description="演练环境的时间，以及下一个到期的时刻。",
    tags=["时钟"],
)
def read_clock(request: KeyRequest) -> ClockOut:
    """The sandbox's time, and when something is due next."""
    return _clock_out(request.auth.provider.sandbox)


@router.post(
    "/clock",
    response={200: ClockOut, 403: Problem, **WRITE_PROBLEMS},
    operation_id="move_clock",
    summary="拨时钟",
    description=(
        "向前拨时钟，to、by_seconds、to_next_alarm 三者给一个。"
        "新的时间立即生效，到期的事项由后台任务随后完成，due 变为 0 即已做完。"
    ),
    tags=["时钟"],
)
@repeatable
def move_clock(request: KeyRequest, payload: ClockIn) -> ClockOut:
    """Move the clock forward. The new time holds at once; what has become due follows as a job, until ``due`` is 0."""
    if not request.auth.moves_clock:
        raise Forbidden("这个密钥不能拨时钟，请由可以拨时钟的人另建一个密钥。")
    sandbox = request.auth.provider.sandbox
    clock.move_to(sandbox, _target(sandbox, payload), by=By.key(request.auth))
    return _clock_out(sandbox)


def _target(sandbox: Sandbox, payload: ClockIn) -> datetime:
    """The moment that one of the three ways names."""
    ways = (payload.to is not None, payload.by_seconds is not None, payload.to_next_alarm)
    if sum(ways) != 1:
        raise SubmissionRefused([FieldError("to", "请在 to、by_seconds、to_next_alarm 中给出一个。", "one_of")])
    if payload.to is not None:
        return payload.to
    now = clock.now(sandbox)
    if payload.by_seconds is not None:
        return now + timedelta(seconds=payload.by_seconds)
    upcoming = alarms.next_alarm(sandbox)
    if upcoming is None or upcoming.alarm_at is None:
        raise Refused("没有任何等待到期的事项，请先提交备案申请，或指定时刻。", code="no_alarm")
    return max(now, upcoming.alarm_at)


# ── Bureau ───────────────────────────────────────────────────────────────────


def _bureau_out(sandbox: Sandbox) -> BureauOut:
    return BureauOut(
        after_working_days=sandbox.decides_after,
        refuse_every=sandbox.refuses_every,
        reason=sandbox.refuses_with,
        suggestion=sandbox.suggests,
    )


@router.get(
    "/bureau",
    response={200: BureauOut, **_PLAIN_PROBLEMS},
    operation_id="read_bureau",
    summary="看管局自动审核",
    description="演练环境的管局是否自动审核，几个工作日后，驳回哪些申请。",
    tags=["管局"],
)
def read_bureau(request: KeyRequest) -> BureauOut:
    """Whether the sandbox's bureau decides by itself."""
    return _bureau_out(request.auth.provider.sandbox)


@router.post(
    "/bureau",
    response={200: BureauOut, 403: Problem, **WRITE_PROBLEMS},
    operation_id="set_bureau",
    summary="设定管局自动审核",
    description=(
        "让演练环境的管局在若干工作日后自动审核，全部通过，或按申请编号驳回一部分。对整个演练环境有效，密钥须能拨时钟。"
        "已在管局等待的申请从进入管局时算起；因与备案库矛盾而不能通过的，总是驳回。"
    ),
    tags=["管局"],
)
@repeatable
def set_bureau(request: KeyRequest, payload: BureauIn) -> BureauOut:
    """Let the sandbox's bureau decide by itself, or its officers again."""
    if not request.auth.moves_clock:
        raise Forbidden("这个密钥不能设定管局自动审核，请由可以拨时钟的人另建一个密钥。")
    sandbox = request.auth.provider.sandbox
    set_review(sandbox, checked_review(**payload.model_dump()))
    return _bureau_out(sandbox)


# ── Phones and portals ───────────────────────────────────────────────────────


def _phones(request: KeyRequest) -> QuerySet[Phone]:
    """The phones of this provider's filings. Addresses name them by id, so that no log gets to hold a number."""
    return Phone.objects.filter(challenges__filing__provider=request.auth.provider).distinct()


@router.get(
    "/phones",
    response={200: PhonePage, **READ_PROBLEMS},
    operation_id="list_phones",
    summary="列出手机",
    description="本接入商的申请所涉及的手机，新的在前。",
    tags=["手机与核验"],
)
@listing
def list_phones(request: KeyRequest, cursor: Cursor = "", limit: PageSize = 50) -> PhonePage:
    """The phones of those whom this provider's filings name, newest first."""
    found, next_cursor = page_of(_phones(request), cursor=cursor, limit=limit)
    items = [
        PhoneOut(
            id=phone.pk,
            number=phone.number,
            has_signal=phone.has_signal,
            has_spam_filter=phone.has_spam_filter,
            in_other_handset=phone.in_other_handset,
        )
        for phone in found
    ]
    return PhonePage(items=items, next_cursor=next_cursor)


@router.get(
    "/phones/{phone_id}/messages",
    response={200: MessagePage, **READ_PROBLEMS},
    operation_id="list_messages",
    summary="读一部手机上的短信",
    description="一部手机收到的、与本接入商的申请有关的短信，新的在前，未送达的也列出。",
    tags=["手机与核验"],
)
@listing
def list_messages(request: KeyRequest, phone_id: Id, cursor: Cursor = "", limit: PageSize = 50) -> MessagePage:
    """The messages to a phone about this provider's filings, newest first, those not arrived included."""
    phone = _phones(request).filter(pk=phone_id).first()
    if phone is None:
        raise Http404
    own = phone.messages.filter(challenge__filing__provider=request.auth.provider, deleted_at__isnull=True)
    found, next_cursor = page_of(own.select_related("challenge__filing"), cursor=cursor, limit=limit)
    return MessagePage(items=[_message_out(item) for item in found], next_cursor=next_cursor)


def _message_out(message: Message) -> MessageOut:
    return MessageOut(
        id=message.pk,
        filing=message.challenge.filing.number,
        cause=MessageCause(message.cause),
        sender=message.sender,
        text=message.text,
        code=message.challenge.code,
        sent_at=message.sent_at,
        status=MessageStatus(message.status),
        arrived_at=message.arrived_at,
    )


def _cleaned(**typed: tuple[str, Callable[[str], str]]) -> dict[str, str]:
    """Check the shape of an entry, all pieces at once (V-13)."""
    cleaned, errors = {}, []
    for name, (text, clean) in typed.items():
        try:
            cleaned[name] = clean(text)
        except ValueError as error:
            errors.append(FieldError(name, str(error), "malformed"))
    if errors:
        raise SubmissionRefused(errors)
    return cleaned


def _answer_out(answer: challenges.Answer) -> AnswerOut:
    return AnswerOut(
        outcome=answer.outcome, text=answer.text, hint=answer.hint, result_code=answer.code, edition=answer.edition.id
    )


def _sandbox_where(request: KeyRequest, province: str | None) -> Sandbox:
    """The sandbox, if at its time the portal verifies at all: what no page would take, the API does not either."""
    sandbox = request.auth.provider.sandbox
    now, pinned = clock.now(sandbox), sandbox.pinned_edition or None
    if edition_of_portal(province, at=now, pinned=pinned) is not None:
        return sandbox
    if province and edition_in_force(province, at=now, pinned=pinned) is not None:
        raise Refused(
            "此时短信核验和重发统一在全国网站办理，请不要给出 province。",
            code="verifies_nationally",
        )
    raise Refused(
        "该省此时没有施行短信核验，请核对省份和演练时间。"
        if province
        else "此时全国网站不办理短信核验，请在 province 中给出申请所在的省份。",
        code="no_verification_here",
    )


@router.post(
    "/verifications",
    response={200: AnswerOut, **WRITE_PROBLEMS},
    operation_id="check_entry",
    summary="像负责人一样核验",
    description="像在省管局网站上一样填写验证码、手机号码和证件号码后六位，但不需要图形验证码。与页面上的填写同样计次。",
    tags=["手机与核验"],
)
@repeatable
def check_entry(request: KeyRequest, payload: EntryIn) -> AnswerOut:
    """Type a code on a portal, without its captcha; counts like an entry on the page."""
    cleaned = _cleaned(
        code=(payload.code, entries.clean_code),
        phone=(payload.phone, entries.clean_phone),
        id_suffix=(payload.id_suffix, entries.clean_id_suffix),
    )
    sandbox = _sandbox_where(request, payload.province)
    return _answer_out(challenges.check_entry(sandbox, province=payload.province, by=By.key(request.auth), **cleaned))


@router.post(
    "/resends",
    response={200: AnswerOut, **WRITE_PROBLEMS},
    operation_id="send_again",
    summary="像负责人一样重发短信",
    description="像在省管局网站上一样请求重发短信，但不需要图形验证码。",
    tags=["手机与核验"],
)
@repeatable
def send_again(request: KeyRequest, payload: ResendIn) -> AnswerOut:
    """Ask a portal for the message again, without its captcha."""
    cleaned = _cleaned(
        phone=(payload.phone, entries.clean_phone), id_suffix=(payload.id_suffix, entries.clean_id_suffix)
    )
    sandbox = _sandbox_where(request, payload.province)
    return _answer_out(challenges.send_again(sandbox, province=payload.province, by=By.key(request.auth), **cleaned))


# ── Editions ─────────────────────────────────────────────────────────────────


def _edition_out(edition: Edition) -> EditionOut:
    return EditionOut(
        id=edition.id, name=edition.name, document=edition.document, provinces=list(edition.provinces.value)
    )


@router.get(
    "/editions",
    response={200: list[EditionOut]},
    auth=None,
    operation_id="list_editions",
    summary="规则版本",
    description="各份文件的规则版本。",
    tags=["规则"],
)
def list_editions(request: HttpRequest) -> list[EditionOut]:
    """The five editions, oldest document first."""
    return [_edition_out(edition) for edition in editions().values()]


@router.get(
    "/editions/{edition_id}",
    response={200: EditionDetail, 404: Problem},
    auth=None,
    operation_id="read_edition",
    summary="一个规则版本的全部内容",
    description="一个规则版本：每种情形核验谁，以及每个数值、每条文字和它的规则编号。",
    tags=["规则"],
)
def read_edition(request: HttpRequest, edition_id: str) -> EditionDetail:
    """An edition with who is verified in each situation, and every number and text with its rule."""
    edition = editions().get(edition_id)
    if edition is None:
        raise Http404
    matrix = [
        SituationOut(
            kind=kind,
            name=edition.kind_name(kind),
            situation=law.when,
            verify=list(law.verify),
            mode=law.mode,
            rule=law.rule,
            note=law.note,
        )
        for kind in edition.offered_kinds
        for law in edition.kinds[kind].situations
    ]
    values = [ValueOut(key=row.key, label=row.label, value=row.value, rule=row.rule) for row in tables.values(edition)]
    return EditionDetail(**_edition_out(edition).model_dump(), matrix=matrix, values=values)


@router.get(
    "/provinces",
    response={200: list[ProvinceOut], **_PLAIN_PROBLEMS},
    operation_id="list_provinces",
    summary="省份及其现行规则",
    description="31 个省份，以及按演练环境的时间在该省执行的规则版本；尚未执行的为 null。",
    tags=["规则"],
)
def list_provinces(request: KeyRequest) -> list[ProvinceOut]:
    """The 31 provinces, each with the edition in force at the sandbox's time; null where there is none (P-01)."""
    sandbox = request.auth.provider.sandbox
    now = clock.now(sandbox)
    return [
        ProvinceOut(code=code, name=province.name, edition=edition.id if edition else None)
        for code, province in provinces().items()
        for edition in [edition_in_force(code, at=now, pinned=sandbox.pinned_edition or None)]
    ]
