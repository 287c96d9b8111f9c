"""Operations on the world around the filings: sandbox, clock, phones, portals, editions."""

from datetime import timedelta

from django.http import Http404, HttpRequest
from ninja import Router

from portal.api.access import KeyRequest, repeatable
from portal.api.problems import PROBLEMS, TooMany
from portal.api.schemas import (
    AnswerOut,
    ClockIn,
    ClockOut,
    EditionDetail,
    EditionOut,
    EntryIn,
    MessageOut,
    ProviderOut,
    ProvinceOut,
    ResendIn,
    SandboxIn,
    SandboxOut,
    SituationOut,
    ValueOut,
)
from portal.views.lobby import HOUR, STARTS_AN_HOUR
from portal.visits import address_of_client
from verification import alarms, challenges, clock, limits, sandboxes
from verification.keys import make_key
from verification.law import entries, tables
from verification.law.editions import Edition, edition_in_force, editions, provinces
from verification.models import Message, MessageCause, MessageStatus, Phone, Sandbox
from verification.refusals import FieldError, Refused, SubmissionRefused

router = Router()


# ── Sandbox ──────────────────────────────────────────────────────────────────


@router.post(
    "/sandboxes",
    response={201: SandboxOut, **PROBLEMS},
    auth=None,
    operation_id="start_sandbox",
    summary="建立演练环境",
    tags=["演练环境"],
)
def start_sandbox(request: HttpRequest, payload: SandboxIn) -> tuple[int, SandboxOut]:
    """Make a sandbox and get its first key; needs no key itself, and is limited per network address."""
    if not limits.allow(f"lobby:start:{address_of_client(request)}", limit=STARTS_AN_HOUR, seconds=HOUR):
        raise TooMany(HOUR)
    started = sandboxes.start(
        scenario=payload.scenario,
        starts_at=payload.starts_at,
        shared=True,
        pinned_edition=payload.edition,
        participant_name="API",
    )
    sandbox = started.sandbox
    name = payload.provider.strip()
    provider = sandbox.providers.get_or_create(name=name)[0] if name else sandbox.providers.order_by("id")[0]
    return 201, SandboxOut(
        provider=provider.name,
        sandbox=sandbox.name,
        starts_at=sandbox.starts_at,
        now=clock.now(sandbox),
        pinned_edition=sandbox.pinned_edition,
        api_key=make_key(provider, name="API").secret,
        join_code=sandbox.join_code,
        recovery_code=started.recovery_code,
    )


@router.get("/me", response={200: ProviderOut, **PROBLEMS}, operation_id="read_me", summary="我是谁", tags=["演练环境"])
def read_me(request: KeyRequest) -> ProviderOut:
    """The provider and the sandbox that the key opens."""
    sandbox = request.auth.provider.sandbox
    return ProviderOut(
        provider=request.auth.provider.name,
        sandbox=sandbox.name,
        starts_at=sandbox.starts_at,
        now=clock.now(sandbox),
        pinned_edition=sandbox.pinned_edition,
    )


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


@router.get("/clock", response={200: ClockOut, **PROBLEMS}, operation_id="read_clock", summary="看时钟", tags=["时钟"])
def read_clock(request: KeyRequest) -> ClockOut:
    """The sandbox's time, and when something is due next."""
    return _clock_out(request.auth.provider.sandbox)


@router.post("/clock", response={200: ClockOut, **PROBLEMS}, operation_id="move_clock", summary="拨时钟", tags=["时钟"])
@repeatable
def move_clock(request: KeyRequest, payload: ClockIn) -> ClockOut:
    """Move the clock forward. The new time holds at once; what has become due follows as a job, until ``due`` is 0."""
    sandbox = request.auth.provider.sandbox
    now = clock.now(sandbox)
    upcoming = alarms.next_alarm(sandbox)
    if payload.to_next_alarm and upcoming is None:
        raise Refused("没有任何等待到期的事项，请先提交备案申请，或指定时刻。", code="no_alarm")
    targets = [
        payload.to,
        now + timedelta(seconds=payload.by_seconds) if payload.by_seconds is not None else None,
        max(now, upcoming.alarm_at) if payload.to_next_alarm and upcoming and upcoming.alarm_at else None,
    ]
    given = [target for target in targets if target is not None]
    if len(given) != 1:
        raise SubmissionRefused([FieldError("to", "请在 to、by_seconds、to_next_alarm 中给出一个。", "one_of")])
    clock.move_to(sandbox, given[0], actor=str(request.auth.provider))
    return _clock_out(sandbox)


# ── Phones and portals ───────────────────────────────────────────────────────


@router.get(
    "/phones/{number}/messages",
    response={200: list[MessageOut], **PROBLEMS},
    operation_id="list_messages",
    summary="读一部手机上的短信",
    tags=["手机与核验"],
)
def list_messages(request: KeyRequest, number: str) -> list[MessageOut]:
    """The latest 200 messages to a phone about this provider's filings, newest first, those not arrived included."""
    phone = Phone.objects.filter(sandbox=request.auth.provider.sandbox, number=number).first()
    if phone is None:
        raise Http404
    own = phone.messages.filter(challenge__filing__provider=request.auth.provider)
    return [_message_out(item) for item in own.select_related("challenge__filing").order_by("-id")[:200]]


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


def _cleaned(fields: dict[str, tuple[str, object]]) -> dict[str, str]:
    """Check the shape of an entry, all pieces at once (V-13)."""
    cleaned, errors = {}, []
    for name, (text, clean) in fields.items():
        try:
            cleaned[name] = clean(text)  # type: ignore[operator]
        except ValueError as error:
            errors.append(FieldError(name, str(error), "malformed"))
    if errors:
        raise SubmissionRefused(errors)
    return cleaned


def _known_province(code: str | None) -> str | None:
    if code is not None and code not in provinces():
        raise SubmissionRefused([FieldError("province", "没有这个省份，请从 /provinces 中选择。", "unknown_province")])
    return code


def _answer_out(answer: challenges.Answer) -> AnswerOut:
    return AnswerOut(
        outcome=answer.outcome, text=answer.text, hint=answer.hint, result_code=answer.code, edition=answer.edition.id
    )


@router.post(
    "/verifications",
    response={200: AnswerOut, **PROBLEMS},
    operation_id="check_entry",
    summary="像负责人一样核验",
    tags=["手机与核验"],
)
@repeatable
def check_entry(request: KeyRequest, payload: EntryIn) -> AnswerOut:
    """Type a code on a portal, without its captcha; counts like an entry on the page."""
    cleaned = _cleaned(
        {
            "code": (payload.code, entries.clean_code),
            "phone": (payload.phone, entries.clean_phone),
            "id_suffix": (payload.id_suffix, entries.clean_id_suffix),
        }
    )
    sandbox, province = request.auth.provider.sandbox, _known_province(payload.province)
    return _answer_out(challenges.check_entry(sandbox, province=province, **cleaned))


@router.post(
    "/resends",
    response={200: AnswerOut, **PROBLEMS},
    operation_id="send_again",
    summary="像负责人一样重发短信",
    tags=["手机与核验"],
)
@repeatable
def send_again(request: KeyRequest, payload: ResendIn) -> AnswerOut:
    """Ask a portal for the message again, without its captcha."""
    cleaned = _cleaned(
        {"phone": (payload.phone, entries.clean_phone), "id_suffix": (payload.id_suffix, entries.clean_id_suffix)}
    )
    sandbox, province = request.auth.provider.sandbox, _known_province(payload.province)
    return _answer_out(challenges.send_again(sandbox, province=province, **cleaned))


# ── Editions ─────────────────────────────────────────────────────────────────


def _edition_out(edition: Edition) -> EditionOut:
    return EditionOut(
        id=edition.id, name=edition.name, document=edition.document, provinces=list(edition.provinces.value)
    )


@router.get(
    "/editions", response=list[EditionOut], auth=None, operation_id="list_editions", summary="规则版本", tags=["规则"]
)
def list_editions(request: HttpRequest) -> list[EditionOut]:
    """The five editions, oldest document first."""
    return [_edition_out(edition) for edition in editions().values()]


@router.get(
    "/editions/{edition_id}",
    response={200: EditionDetail, **PROBLEMS},
    auth=None,
    operation_id="read_edition",
    summary="一个规则版本的全部内容",
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
    response={200: list[ProvinceOut], **PROBLEMS},
    operation_id="list_provinces",
    summary="省份及其现行规则",
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
