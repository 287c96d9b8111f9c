"""手机: what reached a simulated phone, and the switches that keep messages away (C-10)."""

from datetime import datetime

from django.db.models import QuerySet

from verification import attempts
from verification.by import By
from verification.models import AttemptKind, Challenge, Message, MessageStatus, Phone
from verification.state import alarms
from verification.state.messages import deliver_held
from verification.state.transitions import lock_filings, lock_sandbox
from verification.time import clock


def inbox(phone: Phone) -> QuerySet[Message]:
    """The messages on the phone, newest first."""
    return phone.messages.filter(status=MessageStatus.ARRIVED, deleted_at__isnull=True).order_by("-arrived_at", "-id")


def not_arrived(phone: Phone) -> QuerySet[Message]:
    """The messages that the phone does not show: held back without signal, swallowed, or deleted; newest first."""
    return phone.messages.exclude(status=MessageStatus.ARRIVED, deleted_at__isnull=True).order_by("-sent_at", "-id")


def switch(
    phone: Phone,
    *,
    has_signal: bool | None = None,
    has_spam_filter: bool | None = None,
    in_other_handset: bool | None = None,
    by: By,
) -> None:
    """Turn switches of the phone; ``None`` leaves one as it is.

    What is due by now is done first, so that a message of an hour ago meets the phone as it was. When the signal is
    back, what was held is delivered (C-10).
    """
    wanted = {"has_signal": has_signal, "has_spam_filter": has_spam_filter, "in_other_handset": in_other_handset}
    changes = {name: value for name, value in wanted.items() if value is not None}
    with attempts.trying(clock.tried(phone.sandbox, AttemptKind.SWITCH, by=by)) as this:
        this.phone_id, this.at = phone.pk, _now_of_settled(phone)
        Phone.objects.filter(pk=phone.pk).update(**changes)
        phone.refresh_from_db(fields=list(wanted))
        if has_signal:
            deliver_held(phone, at=this.at)


def _now_of_settled(phone: Phone) -> datetime:
    """Now, with what was due for the phone done, and its filings under lock."""
    sandbox = phone.sandbox
    if sandbox.decides_after is not None:
        sandbox = lock_sandbox(sandbox)
    concerned = Challenge.objects.filter(phone=phone, filing__alarm_at__isnull=False)
    ids = set(concerned.values_list("filing_id", flat=True))
    lock_filings(ids)
    now = clock.now_anew(sandbox)
    alarms.settle(sandbox, ids, now=now)
    return now


def delete_message(message: Message, *, by: By) -> None:
    """Delete a message from the phone; its code must be sent again to be read (C-10)."""
    with attempts.trying(clock.tried(message.phone.sandbox, AttemptKind.DELETION, by=by)) as this:
        this.phone_id, this.challenge_id = message.phone_id, message.challenge_id
        this.at = clock.now_anew(message.phone.sandbox)
        Message.objects.filter(pk=message.pk, deleted_at__isnull=True).update(deleted_at=this.at)
