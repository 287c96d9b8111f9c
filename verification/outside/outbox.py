"""The outbox: for every event a row for each endpoint of its provider, in the event's own transaction (D-05)."""

from typing import Any

from django.db import connection
from django.db.models import F, FilteredRelation, Q, QuerySet

from verification.models import Event, WebhookDelivery, WebhookEndpoint
from verification.models.bulk import insert_from
from verification.time.clock import real_now


def last_event_id() -> int | None:
    """The highest id so far: what is written next lies above it. ``None`` where nobody has an endpoint."""
    events, endpoints = Event._meta.db_table, WebhookEndpoint._meta.db_table
    with connection.cursor() as cursor:
        # Asked before every event. Django would take longer to put it into words than the database to answer.
        cursor.execute(
            f"SELECT (SELECT COALESCE(MAX(id), 0) FROM {events}) "  # noqa: S608  # our own tables
            f"WHERE EXISTS (SELECT 1 FROM {endpoints} WHERE removed_at IS NULL)"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def enqueue(filing_ids: QuerySet[Any, Any], *, after: int | None) -> None:
    """Put the events of these filings above ``after``, a :func:`last_event_id`, into the outbox.

    The caller holds the filings' locks, so that no one else writes events of theirs at the same time.
    """
    if after is None:
        return
    # What is above `after` was written a moment ago and is read as it lies there. Where others may be writing too, it
    # is told from theirs; the sum keeps the database from going through the index of all events of the filings.
    events = Event.objects.filter(id__gt=after)
    if connection.features.has_select_for_update:  # SQLite lets one write at a time
        events = events.alias(owner=F("filing_id") + 0).filter(owner__in=filing_ids)
    wanted = events.annotate(
        endpoint=FilteredRelation(
            "filing__provider__webhook_endpoints",
            condition=Q(filing__provider__webhook_endpoints__removed_at__isnull=True),
        )
    ).filter(endpoint__isnull=False)
    insert_from(
        WebhookDelivery,
        wanted,
        endpoint_id=F("endpoint__id"),
        event_id=F("id"),
        filing_id=F("filing_id"),
        due_at=real_now(),
    )
