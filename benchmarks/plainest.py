"""The floor of a sweep: the plainest SQL that writes the same rows, without chunks, locks or checks of any kind."""

from django.db import connection, transaction

from benchmarks.crowd import NOW, SANDBOXES
from verification.models import AlarmKind, Sandbox

# The sandboxes are named for the index, which begins with them and holds no decision: without it SQLite reads the whole
# table.
_SANDBOXES = ", ".join(f"%(sandbox{number})s" for number in range(SANDBOXES))
_IS_DUE = f"""
filing.sandbox_id IN ({_SANDBOXES})
AND filing.alarm_at <= %(now)s AND filing.alarm_kind = %(kind)s AND filing.alarm_error = ''
AND NOT (filing.alarm_kind = 'decision')
"""
_DUE_CHALLENGES = f"""
verification_filing AS filing JOIN verification_challenge AS challenge ON challenge.filing_id = filing.id
WHERE {_IS_DUE} AND challenge.state = 'open'
"""
_EVENTS_OF_CHALLENGES = f"""
INSERT INTO verification_event (filing_id, round, kind, challenge_id, at, reason, detail, actor, field,
    suggestion)
SELECT filing.id, challenge.round, %(event)s, challenge.id, filing.alarm_at, '', '', '', '', ''
FROM {_DUE_CHALLENGES}
"""  # noqa: S608 constants only, as in all of these
_EVENTS_OF_FILINGS = f"""
INSERT INTO verification_event (filing_id, round, kind, challenge_id, at, reason, detail, actor, field,
    suggestion)
SELECT id, round, 'filing.returned', NULL, alarm_at, 'deadline', '', '', '', ''
FROM verification_filing AS filing WHERE {_IS_DUE}
"""  # noqa: S608
_OUTBOX = """
INSERT INTO verification_webhookdelivery (endpoint_id, event_id, filing_id, state, attempts, due_at, is_in_order)
SELECT endpoint.id, event.id, event.filing_id, 'pending', 0, %(now)s, TRUE
FROM verification_event AS event JOIN verification_filing AS filing ON filing.id = event.filing_id
JOIN verification_webhookendpoint AS endpoint ON endpoint.provider_id = filing.provider_id
"""
_MESSAGES = f"""
INSERT INTO verification_message (phone_id, challenge_id, cause, sender, text, sent_at, status, arrived_at, deleted_at)
SELECT challenge.phone_id, challenge.id, 'noon', challenge.sender, REPLACE(challenge.text, '{{code}}', challenge.code),
    filing.alarm_at, 'arrived', filing.alarm_at, NULL
FROM {_DUE_CHALLENGES}
"""  # noqa: S608
_EXPIRE = f"""
UPDATE verification_challenge SET state = 'expired', closed_at = deadline_at
WHERE state = 'open' AND filing_id IN (SELECT id FROM verification_filing AS filing WHERE {_IS_DUE})
"""  # noqa: S608
_RETURN = f"""
UPDATE verification_filing AS filing
SET state = 'returned', return_reason = 'deadline', alarm_at = NULL, alarm_kind = '' WHERE {_IS_DUE}
"""  # noqa: S608
_MOVE_ON = f"""
UPDATE verification_filing AS filing SET alarm_at = deadline_at, alarm_kind = 'deadline' WHERE {_IS_DUE}
"""  # noqa: S608

_STATEMENTS = {
    AlarmKind.DEADLINE: (_EVENTS_OF_CHALLENGES, _EVENTS_OF_FILINGS, _OUTBOX, _EXPIRE, _RETURN),
    AlarmKind.NOON: (_EVENTS_OF_CHALLENGES, _OUTBOX, _MESSAGES, _MOVE_ON),
}
_EVENTS = {AlarmKind.DEADLINE: "challenge.expired", AlarmKind.NOON: "challenge.noon_resent"}


def write(kind: AlarmKind) -> None:
    """Do what is due of this kind: one statement for each kind of row, all rows at once, in one transaction."""
    now = connection.ops.adapt_datetimefield_value(NOW)
    ids = Sandbox.objects.order_by("id").values_list("id", flat=True)
    values = {"now": now, "kind": kind.value, "event": _EVENTS[kind]}
    values |= {f"sandbox{number}": str(pk) for number, pk in enumerate(ids)}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _STATEMENTS[kind]:
            cursor.execute(statement, values)
