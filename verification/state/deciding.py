"""The bureau's decisions on a filing, by an officer or by itself. The caller holds the sandbox's and its lock."""

from datetime import datetime
from textwrap import shorten

from verification.asking import records
from verification.by import AUTOMATIC_BUREAU, By
from verification.law.faults import Fault
from verification.law.times import deadline, first_sending, noon_resend
from verification.models import AlarmKind, EventKind, Filing, FilingState, ReturnReason, Sandbox
from verification.state.transitions import move_filings, note, return_filings

#: How long a reason may be.
DETAIL_LENGTH = 500


def begin_verification(filing: Filing, *, at: datetime) -> None:
    """Set the alarm to the first sending (C-03), or send the filing on to the review if nobody is to be verified."""
    edition = filing.edition
    if edition is None or not filing.challenges.filter(round=filing.round).exists():
        move_filings([filing.pk], FilingState.REVIEWING, at=at)
        return
    sending_at = first_sending(edition, submitted_at=at)
    move_filings(
        [filing.pk],
        FilingState.VERIFYING,
        at=at,
        alarm_at=sending_at,
        alarm_kind=AlarmKind.SEND.value,
        noon_at=noon_resend(edition, first_sent_at=sending_at),
        deadline_at=deadline(edition, first_sent_at=sending_at),
    )


def approve(filing: Filing, *, at: datetime, by: By) -> None:
    """End the pre-review: only now the five minutes and the window begin (W-23)."""
    note(Filing.objects.filter(pk=filing.pk), EventKind.APPROVED, at=at, by=by)
    begin_verification(filing, at=at)


def accept(filing: Filing, *, at: datetime, by: By) -> None:
    """Write the record and issue a 备案号 (D-06).

    Raises :class:`records.RecordsChanged`, with nothing written, if it contradicts what was accepted since.
    """
    subject = records.apply(filing, at=at)
    move_filings(
        [filing.pk],
        FilingState.ACCEPTED,
        at=at,
        by=by,
        detail=subject.number,
        subject_record=subject,
    )


def reject(filing: Filing, fault: Fault, *, at: datetime, by: By) -> None:
    """Send a filing back with what the bureau found (D-06), from review or pre-review.

    Under an edition whose refusals name no field, what is wrong is all that is kept.
    """
    told = fault if filing.names_faults else None
    return_filings([filing.pk], ReturnReason.REJECTED, at=at, by=by, detail=fault.error, fault=told)


def decide(filing: Filing, bureau: Sandbox) -> None:
    """Let the bureau decide by itself, by its setting, at the moment that was due.

    What an officer could not accept, since the records contradict it, is refused for that reason.
    """
    assert filing.alarm_at is not None, "only what is due is decided so"
    at, by = filing.alarm_at, AUTOMATIC_BUREAU
    if bureau.refuses(filing):
        reject(filing, Fault(bureau.refuses_with, suggestion=bureau.suggests), at=at, by=by)
    elif filing.state == FilingState.PREREVIEW:
        approve(filing, at=at, by=by)
    else:
        try:
            accept(filing, at=at, by=by)
        except records.RecordsChanged as changed:
            reject(filing, contradicted(changed), at=at, by=by)


def contradicted(changed: records.RecordsChanged) -> Fault:
    """What a bureau that decides by itself finds wrong with a filing that the records contradict."""
    return Fault(shorten(changed.reason, DETAIL_LENGTH, placeholder="…"))
