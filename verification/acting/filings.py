"""备案申请: submit, submit again, withdraw, review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from itertools import count
from textwrap import shorten

from verification import attempts, seeds
from verification.acting.persons import verification_of
from verification.asking import records
from verification.asking.data_check import errors_of
from verification.asking.drafting import Draft, PersonDraft, draft, from_filing
from verification.asking.faults import fields_of
from verification.asking.submissions import Submission
from verification.by import By
from verification.law.editions import Edition, edition_in_force, edition_to_show
from verification.law.faults import Fault
from verification.law.times import SHANGHAI
from verification.law.who import Verification, situation_of
from verification.law.words import Kind, Mode
from verification.models import (
    AttemptKind,
    EventKind,
    Filing,
    FilingPart,
    FilingState,
    Person,
    Provider,
    ReturnReason,
    Sandbox,
    Service,
)
from verification.refusals import Refused, SubmissionRefused
from verification.state import alarms, deciding
from verification.state.deciding import DETAIL_LENGTH
from verification.state.preparing import prepare_challenges
from verification.state.transitions import lock_filings, lock_sandbox, move_filings, note, return_filings
from verification.time import clock

#: Digits of a filing's number, behind its date.
_NUMBER_DIGITS = 6


# ── What may be done with a filing ───────────────────────────────────────────


def can_withdraw(filing: Filing) -> bool:
    """Whether the provider may take the filing back."""
    return filing.state in records.UNDECIDED


def can_resubmit(filing: Filing) -> bool:
    """Whether the filing may start its next round (D-04)."""
    return filing.state == FilingState.RETURNED


def can_resubmit_unchanged(filing: Filing) -> bool:
    """Whether to offer that it be submitted again as it is: what disagrees with the records would come back again."""
    return can_resubmit(filing) and filing.return_reason != ReturnReason.DATA_CHECK


def can_review(filing: Filing) -> bool:
    """Whether an officer may accept or reject the filing (D-06)."""
    return filing.state == FilingState.REVIEWING


def can_prereview(filing: Filing) -> bool:
    """Whether an officer may approve or reject the filing before its verification begins (W-23)."""
    return filing.state == FilingState.PREREVIEW


# ── Submitting ───────────────────────────────────────────────────────────────


def governing_edition(sandbox: Sandbox, province: str, *, at: datetime) -> Edition | None:
    """The edition under which a filing submitted now would be verified; ``None`` where none is in force (P-01)."""
    return edition_in_force(province, at=at, pinned=sandbox.pinned_edition or None)


def naming_edition(sandbox: Sandbox, province: str, *, at: datetime) -> Edition:
    """The edition that names and offers the kinds (N-06); where none governs, the latest at that date."""
    return edition_to_show(province, at=at, pinned=sandbox.pinned_edition or None)


def expected_verification(
    provider: Provider, submission: Submission, *, returned: Filing | None = None
) -> Verification | None:
    """Who would get a message if the submission were sent now, as the next round of ``returned`` if there is one.

    ``None`` where no verification is in force. Raises :class:`SubmissionRefused` with all mistakes of form.
    """
    now = clock.now(provider.sandbox)
    last_round = returned.parts.filter(round=returned.round).select_related("person") if returned else ()
    drafted = _checked_draft(provider, submission, at=now, last_round=tuple(last_round))
    edition = governing_edition(provider.sandbox, submission.province, at=now)
    return verification_of(edition, drafted) if edition else None


def submit(provider: Provider, submission: Submission, *, by: By) -> Filing:
    """Submit a new filing and return it in the state that it has reached.

    Raises :class:`SubmissionRefused` with all mistakes of form, and creates nothing then. A request that contradicts
    the records becomes a filing that is returned at once (W-24).
    """
    sandbox = provider.sandbox
    with attempts.trying(clock.tried(sandbox, AttemptKind.SUBMISSION, by=by)) as this:
        this.at = now = _now_of_settled_records(sandbox)
        drafted = _checked_draft(provider, submission, at=now)
        filing = _new_filing(provider, drafted, at=now)
        _lay_down_round(filing, drafted, at=now)
        note(Filing.objects.filter(pk=filing.pk), EventKind.SUBMITTED, at=now, by=by)
        _send_on(filing, drafted, at=now)
        this.filing_id = filing.pk
    return filing


def resubmit(filing: Filing, submission: Submission | None, *, by: By) -> Filing:
    """Submit a returned filing again, changed or (``None``) unchanged: its next round begins (D-04, D-07).

    Raises :class:`SubmissionRefused` for mistakes of form, :class:`Refused` if the filing is not with its provider.
    """
    with _acting_on(filing, AttemptKind.RESUBMISSION, by) as (locked, now):
        if not can_resubmit(locked):
            raise _not_now(locked, "重新提交", code="not_returned")
        wanted = submission or from_filing(locked)
        if (wanted.kind, wanted.province) != (locked.kind_law, locked.province):
            raise Refused("重新提交不能更换备案类型和省份，请新建一份备案申请。", code="kind_is_fixed")
        last_round = list(locked.parts.filter(round=locked.round).select_related("person"))
        drafted = _checked_draft(locked.provider, wanted, at=now, last_round=last_round)
        locked.round += 1
        _lay_down_round(locked, drafted, at=now)
        move_filings([locked.pk], FilingState.SUBMITTED, at=now, by=by)
        _send_on(locked, drafted, at=now)
    return filing


def _now_of_settled_records(sandbox: Sandbox) -> datetime:
    """Now, with the records as they are by then: a bureau that decides by itself has decided what was due."""
    if sandbox.decides_after is not None:
        locked = lock_sandbox(sandbox)
        now = clock.now(locked)
        alarms.decide_due(locked, now=now)
        return now
    return clock.now_anew(sandbox)


def _new_filing(provider: Provider, drafted: Draft, *, at: datetime) -> Filing:
    """A filing's row, with the number that it keeps through all rounds: date and six digits, unique in the sandbox.

    The digits follow from the sandbox's seed and what is filed by whom, so that two that are submitted at once need not
    wait for each other; where the number is taken, from that and the number of the try.
    """
    sandbox, submission = provider.sandbox, drafted.submission
    day = f"{at.astimezone(SHANGHAI):%Y%m%d}"
    about: list[seeds.Key] = [[part.name, part.domain, part.person.phone] for part in drafted.parts]
    record = drafted.subject.number if drafted.subject else ""
    what: list[seeds.Key] = [day, provider.name, submission.kind, submission.province, record, about]
    columns = {
        "provider": provider,
        "province": submission.province,
        "kind": submission.kind.value,
        "created_at": at,
        "submitted_at": at,
    }
    for attempt in count():
        number = day + seeds.digits(sandbox.seed, "filing", what, attempt, count=_NUMBER_DIGITS)
        filing, is_new = Filing.objects.get_or_create(sandbox=sandbox, number=number, defaults=columns)
        if is_new:
            return filing
    raise AssertionError("there is no last try")


def _checked_draft(
    provider: Provider, submission: Submission, *, at: datetime, last_round: Sequence[FilingPart] = ()
) -> Draft:
    subject = None
    if submission.kind is not Kind.FIRST_FILING:
        subject = records.find_subject(provider.sandbox, submission.province, submission.subject_number)
    drafted = draft(submission, provider=provider, subject=subject, last_round=last_round)
    errors = errors_of(drafted, naming_edition(provider.sandbox, submission.province, at=at))
    if errors:
        raise SubmissionRefused(errors)
    return drafted


def _lay_down_round(filing: Filing, drafted: Draft, *, at: datetime) -> None:
    """Write what the round asks for, and under which edition."""
    edition = governing_edition(filing.sandbox, filing.province, at=at)
    filing.submitted_at = at
    filing.edition_id = edition.id if edition else ""
    filing.service_types = ",".join(drafted.types)
    filing.situation = situation_of(filing.kind_law, drafted.touched).value
    filing.subject_record = drafted.subject
    filing.subject_number = drafted.submission.subject_number
    filing.new_province = drafted.submission.new_province
    filing.target_number = drafted.submission.target_number
    filing.noon_at = filing.deadline_at = None
    filing.mode = Mode.ALL.value
    filing.save()
    _write_parts(filing, drafted)


def _send_on(filing: Filing, drafted: Draft, *, at: datetime) -> None:
    """Move a submitted filing on to wherever the records and the law send it."""
    edition = filing.edition
    problems = records.problems_of(drafted, filing.provider, naming_edition(filing.sandbox, filing.province, at=at))
    verification = verification_of(edition, drafted) if edition and not problems else None
    if verification:
        problems = records.problems_of_persons(verification)
    if problems:
        detail = shorten(" ".join(problems), DETAIL_LENGTH, placeholder="…")
        return_filings([filing.pk], ReturnReason.DATA_CHECK, at=at, detail=detail)
        filing.refresh_from_db()
        return
    if edition and verification:
        prepare_challenges(filing, edition, verification)
    if edition and edition.kinds[filing.kind_law].prereview:
        move_filings([filing.pk], FilingState.PREREVIEW, at=at)
    else:
        deciding.begin_verification(filing, at=at)
    filing.refresh_from_db()


def _write_parts(filing: Filing, drafted: Draft) -> None:
    FilingPart.objects.bulk_create(
        FilingPart(
            filing=filing,
            round=filing.round,
            part=part.part.value,
            type=part.type,
            service_record=part.record if isinstance(part.record, Service) else None,
            serial=part.serial,
            name=part.name,
            nature=part.nature,
            domain=part.domain,
            domains=part.domains,
            platforms=[asdict(each) for each in part.platforms],
            server_ip=part.server_ip,
            remark=part.remark,
            person=_saved_person(filing.sandbox, part.person),
            is_touched=part.is_touched,
            before=part.before,
        )
        for part in drafted.parts
    )


def _saved_person(sandbox: Sandbox, drafted: PersonDraft) -> Person | None:
    if drafted.same_as is not None:
        return drafted.same_as
    if not (drafted.name or drafted.id_suffix or drafted.phone or drafted.emergency_phone):
        return None
    return Person.objects.create(
        sandbox=sandbox,
        name=drafted.name,
        id_type=drafted.id_type,
        id_suffix=drafted.id_suffix,
        id_back_suffix=drafted.id_back_suffix,
        id_masked=drafted.id_masked,
        phone=drafted.phone,
        emergency_phone=drafted.emergency_phone,
    )


# ── Withdrawing and reviewing ────────────────────────────────────────────────


def _not_now(filing: Filing, act: str, *, code: str) -> Refused:
    """What was asked for is not for a filing in this state, in which somebody else may have brought it meanwhile."""
    state = str(FilingState(filing.state).label)
    if filing.return_reason:
        state += f"：{ReturnReason(filing.return_reason).label}"
    return Refused(f"这份备案申请目前是“{state}”，不能{act}，请按目前的状态处理。", code=code)


def _locked_and_settled(filing: Filing) -> tuple[Filing, datetime]:
    """The filing under lock, and its sandbox, with everything done that is due by now."""
    sandbox = lock_sandbox(filing.sandbox)
    lock_filings([filing.pk])
    now = clock.now(sandbox)
    alarms.settle(sandbox, [filing.pk], now=now)
    return Filing.objects.select_related("sandbox", "provider", "subject_record").get(pk=filing.pk), now


@contextmanager
def _acting_on(filing: Filing, kind: AttemptKind, by: By) -> Iterator[tuple[Filing, datetime]]:
    """The filing under lock with nothing due any more, and the moment, for whoever does or tries something with it."""
    with attempts.trying(clock.tried(filing.sandbox, kind, by=by)) as this:
        this.filing_id = filing.pk
        locked, this.at = _locked_and_settled(filing)
        yield locked, this.at
    filing.refresh_from_db()


def withdraw(filing: Filing, *, by: By) -> None:
    """Take a filing back to its provider. Raises :class:`Refused` if it is there already or was accepted."""
    with _acting_on(filing, AttemptKind.WITHDRAWAL, by) as (locked, now):
        if not can_withdraw(locked):
            raise _not_now(locked, "撤回", code="cannot_withdraw")
        return_filings([locked.pk], ReturnReason.WITHDRAWN, at=now, by=by)


def approve(filing: Filing, *, by: By) -> None:
    """Approve a filing in pre-review: only now the five minutes and the window begin (W-23).

    Raises :class:`Refused` if the filing is not in pre-review.
    """
    with _acting_on(filing, AttemptKind.APPROVAL, by) as (locked, now):
        if not can_prereview(locked):
            raise _not_now(locked, "预审通过", code="not_in_prereview")
        deciding.approve(locked, at=now, by=by)


def accept(filing: Filing, *, by: By) -> None:
    """Accept a filing: the record is written and a 备案号 issued (D-06).

    Raises :class:`Refused` if it is not in review, or contradicts what was accepted since its submission.
    """
    with _acting_on(filing, AttemptKind.ACCEPTANCE, by) as (locked, now):
        if not can_review(locked):
            raise _not_now(locked, "通过", code="not_in_review")
        deciding.accept(locked, at=now, by=by)


def reject(filing: Filing, *, by: By, reason: str, field: str = "", suggestion: str = "") -> None:
    """Send a filing back with what the officer found (D-06): ``field`` is its path, blank for the whole.

    Raises :class:`Refused` without a reason, for a field that the filing does not have, or if it is not in review.
    """
    with _acting_on(filing, AttemptKind.REJECTION, by) as (locked, now):
        fault = Fault(checked_reason(reason), field, checked_suggestion(suggestion))
        if not (can_review(locked) or can_prereview(locked)):
            raise _not_now(locked, "驳回", code="not_in_review")
        if field not in fields_of(locked):
            raise Refused("这份备案申请没有这个项目，请从列表中选择有问题的项目。", code="unknown_field")
        deciding.reject(locked, fault, at=now, by=by)


def checked_suggestion(suggestion: str) -> str:
    """What the officer suggests, which may be nothing. Raises :class:`Refused` for more than fits."""
    stripped = suggestion.strip()
    if len(stripped) > DETAIL_LENGTH:
        raise Refused(f"修改建议最多 {DETAIL_LENGTH} 个字，请缩短。", code="suggestion_too_long")
    return stripped


def checked_reason(reason: str) -> str:
    """The officer's reason as it will stand in the history. Raises :class:`Refused` without one that fits."""
    stripped = reason.strip()
    if not stripped:
        raise Refused("请填写驳回原因，接入商要据此修改后重新提交。", code="reason_required")
    if len(stripped) > DETAIL_LENGTH:
        raise Refused(f"驳回原因最多 {DETAIL_LENGTH} 个字，请缩短。", code="reason_too_long")
    return stripped
