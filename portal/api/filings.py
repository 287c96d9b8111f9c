"""Operations on filings."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404
from ninja import Router, Status

from portal.api.access import KeyRequest, repeatable
from portal.api.cursors import Cursor, PageSize, listing, page_of
from portal.api.problems import READ_PROBLEMS, WRITE_PROBLEMS, Forbidden, Problem
from portal.api.schemas import (
    AuditOut,
    ChallengeOut,
    ContentIn,
    Decision,
    DecisionIn,
    EventOut,
    FilingDetail,
    FilingIn,
    FilingNumber,
    FilingOut,
    FilingPage,
    PersonIn,
    ProvinceCode,
    ResubmissionIn,
    ServiceIn,
    WebsiteIn,
)
from portal.shared.filing.words import filer_status, kind_name
from verification.acting import filings
from verification.asking.submissions import PersonData, PlatformData, ServiceData, SubjectData, Submission
from verification.by import By
from verification.law.faults import Fault
from verification.law.words import Kind, Part, ServiceType, Situation
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Event,
    EventKind,
    Filing,
    FilingState,
    ReturnReason,
)
from verification.refusals import FieldError, SubmissionRefused
from verification.time import clock

router = Router(tags=["备案申请"])


def _own(request: KeyRequest) -> QuerySet[Filing]:
    return Filing.objects.filter(provider=request.auth.provider)


def _get(request: KeyRequest, number: str) -> Filing:
    filing = _own(request).select_related("provider", "sandbox").filter(number=number).first()
    if filing is None:
        raise Http404
    return filing


# ── In ───────────────────────────────────────────────────────────────────────


def _person(data: PersonIn) -> PersonData:
    return PersonData(
        name=data.name,
        id_type=data.id_type.value if data.id_type else "",
        id_number=data.id_number,
        id_back_number=data.id_back_number,
        phone=data.phone,
        emergency_phone=data.emergency_phone,
    )


def _service(data: ServiceIn | WebsiteIn) -> ServiceData:
    """A service; what ``websites`` holds are websites, and can be no others."""
    shared = ServiceData(
        type=ServiceType.WEBSITE.value,
        name=data.name,
        domain=data.domain,
        person=_person(data.person),
        remark=data.remark,
        server_ip=data.server_ip,
        serial=data.serial,
    )
    if not isinstance(data, ServiceIn):
        return shared
    return replace(
        shared,
        type=data.type.value if data.type else "",
        domains=tuple(data.domains),
        platforms=tuple(PlatformData(**each.model_dump(mode="json")) for each in data.platforms),
    )


def _submission(kind: Kind, province: str, content: ContentIn) -> Submission:
    subject = content.subject
    return Submission(
        kind=kind,
        province=province,
        subject_number=content.subject_number,
        subject=SubjectData(
            name=subject.name,
            nature=subject.nature.value if subject.nature else "",
            person=_person(subject.person),
            remark=subject.remark,
        )
        if subject
        else None,
        services=tuple(_service(site) for site in content.services or content.websites or ()),
        new_province=content.new_province or "",
        target_number=content.target_number,
    )


@contextmanager
def _told_by(content: ContentIn | None) -> Iterator[None]:
    """Mistakes of services stand where the request has them: under ``websites`` if that is what it says."""
    if content is not None and content.services is not None and content.websites is not None:
        sentence = "services 和 websites 只能填其中一个，请把网站也填在 services 中，或者去掉 services。"
        raise SubmissionRefused([FieldError("websites", sentence, "unexpected")])
    try:
        yield
    except SubmissionRefused as refusal:
        if content is None or content.websites is None:
            raise
        first = re.compile(r"^services\b")
        raise SubmissionRefused(
            replace(error, path=first.sub("websites", error.path)) for error in refusal.errors
        ) from refusal


# ── Out ──────────────────────────────────────────────────────────────────────


def filing_out(filing: Filing, *, now: datetime) -> FilingOut:
    """A filing as the provider sees it at ``now``; the filer is told 管局审核中 from the submission on (D-08)."""
    return FilingOut(
        number=filing.number,
        kind=filing.kind_law,
        kind_name=kind_name(filing),
        situation=Situation(filing.situation),
        province=filing.province,
        state=FilingState(filing.state),
        state_label=FilingState(filing.state).label,
        filer_sees=filer_status(filing),
        round=filing.round,
        edition=filing.edition_id,
        created_at=filing.created_at,
        submitted_at=filing.submitted_at,
        deadline_at=filing.deadline_at,
        next_alarm_at=filing.alarm_at,
        next_alarm=AlarmKind(filing.alarm_kind) if filing.alarm_kind else None,
        overdue=filing.is_overdue(now),
        sms_verify_status=filing.verify_status(now),
        return_reason=ReturnReason(filing.return_reason) if filing.return_reason else None,
        return_detail=filing.return_detail,
        return_audit=_audit(filing.fault),
        subject_number=filing.subject_record.number if filing.subject_record else filing.subject_number,
    )


def _challenge_out(challenge: Challenge) -> ChallengeOut:
    return ChallengeOut(
        id=challenge.pk,
        round=challenge.round,
        phone=challenge.phone.number,
        phone_id=challenge.phone_id,
        name=challenge.name,
        roles=[Part(role) for role in challenge.roles.split(",")],
        state=ChallengeState(challenge.state),
        first_sent_at=challenge.first_sent_at,
        deadline_at=challenge.deadline_at,
        closed_at=challenge.closed_at,
        id_errors=challenge.id_errors,
        tries=challenge.tries,
        resends=challenge.resends,
    )


def _audit(fault: Fault | None) -> AuditOut | None:
    return AuditOut(**fault.told) if fault else None


def _event_out(event: Event) -> EventOut:
    return EventOut(
        id=event.pk,
        kind=EventKind(event.kind),
        label=event.get_kind_display(),
        at=event.at,
        round=event.round,
        challenge=event.challenge_id,
        reason=event.reason,
        detail=event.detail,
        actor=event.actor,
        audit=_audit(event.fault),
    )


def _detail(number: str, request: KeyRequest) -> FilingDetail:
    filing = _own(request).select_related("subject_record").get(number=number)
    return FilingDetail(
        **filing_out(filing, now=clock.now(request.auth.provider.sandbox)).model_dump(),
        challenges=[_challenge_out(item) for item in filing.challenges.select_related("phone")],
        history=[_event_out(item) for item in filing.events.all()],
    )


# ── Operations ───────────────────────────────────────────────────────────────


@router.post(
    "",
    response={201: FilingDetail, **WRITE_PROBLEMS},
    operation_id="submit_filing",
    summary="提交备案申请",
    description="提交任何一种备案类型。格式错误整份拒绝（422），一次列出全部错误，什么也不建立；与备案库矛盾的申请会建立，并立即退回（data_check）。",
)
@repeatable
def submit(request: KeyRequest, payload: FilingIn) -> Status[FilingDetail]:
    """Submit a filing of any kind. What contradicts the records is created and returned at once (data_check)."""
    submission = _submission(payload.kind, payload.province, payload)
    with _told_by(payload):
        filing = filings.submit(request.auth.provider, submission, by=By.key(request.auth))
    return Status(201, _detail(filing.number, request))


@router.get(
    "",
    response={200: FilingPage, **READ_PROBLEMS},
    operation_id="list_filings",
    summary="列出备案申请",
    description="本接入商的申请，新的在前，按游标分页。",
)
@listing
def list_filings(
    request: KeyRequest,
    state: FilingState | None = None,
    kind: Kind | None = None,
    province: ProvinceCode | None = None,
    cursor: Cursor = "",
    limit: PageSize = 50,
) -> FilingPage:
    """The provider's filings, newest first, a page at a time."""
    wanted = {"state": state, "kind": kind, "province": province}
    rows = _own(request).filter(**{name: value for name, value in wanted.items() if value})
    items, next_cursor = page_of(rows.select_related("subject_record"), cursor=cursor, limit=limit)
    now = clock.now(request.auth.provider.sandbox)
    return FilingPage(items=[filing_out(filing, now=now) for filing in items], next_cursor=next_cursor)


@router.get(
    "/{number}",
    response={200: FilingDetail, **READ_PROBLEMS},
    operation_id="read_filing",
    summary="查看备案申请",
    description="一份申请，连同每一轮的核验和全部历史。",
)
def read(request: KeyRequest, number: FilingNumber) -> FilingDetail:
    """One filing with its challenges and history."""
    return _detail(_get(request, number).number, request)


@router.post(
    "/{number}/resubmissions",
    response={201: FilingDetail, **WRITE_PROBLEMS},
    operation_id="resubmit_filing",
    summary="重新提交",
    description="让已退回的申请开始下一轮。不带 content 即原样重发；带 content 时，空着的项目沿用上一轮。",
)
@repeatable
def resubmit(request: KeyRequest, number: FilingNumber, payload: ResubmissionIn) -> Status[FilingDetail]:
    """Begin the next round of a returned filing, changed or unchanged (D-04, D-07)."""
    filing = _get(request, number)
    content = payload.content
    submission = _submission(filing.kind_law, filing.province, content) if content else None
    with _told_by(content):
        filings.resubmit(filing, submission, by=By.key(request.auth))
    return Status(201, _detail(number, request))


@router.post(
    "/{number}/withdrawal",
    response={200: FilingDetail, **WRITE_PROBLEMS},
    operation_id="withdraw_filing",
    summary="撤回",
    description="把仍在管局的申请收回：已下发的验证码立即失效，申请变为已退回。",
)
@repeatable
def withdraw(request: KeyRequest, number: FilingNumber) -> FilingDetail:
    """Take a filing back that the bureau still has."""
    filings.withdraw(_get(request, number), by=By.key(request.auth))
    return _detail(number, request)


@router.post(
    "/{number}/decision",
    response={200: FilingDetail, 403: Problem, **WRITE_PROBLEMS},
    operation_id="decide_filing",
    summary="代管局审核",
    description=(
        "在测试中代替管局作出决定：预审通过（approve）、审核通过（accept）或驳回（reject，须给出原因）。"
        "只对本接入商的申请有效，密钥须能拨时钟。"
    ),
)
@repeatable
def decide(request: KeyRequest, number: FilingNumber, payload: DecisionIn) -> FilingDetail:
    """Decide in the place of the bureau, so that a test can go on without a browser (W-23, D-06)."""
    if not request.auth.may_move_clock:
        raise Forbidden("这个密钥不能代管局审核，请由可以拨时钟的人另建一个密钥。")
    filing, by = _get(request, number), By.key(request.auth)
    match payload.decision:
        case Decision.APPROVE:
            filings.approve(filing, by=by)
        case Decision.ACCEPT:
            filings.accept(filing, by=by)
        case Decision.REJECT:
            filings.reject(filing, by=by, reason=payload.reason, field=payload.field, suggestion=payload.suggestion)
    return _detail(number, request)
