"""The outbox: for every event a row for each endpoint of its provider, in the event's own transaction (D-05)."""

from typing import Any

from django.db.models import F, FilteredRelation, Max, Q, QuerySet

from verification.clock import real_now
from verification.models import Event, WebhookDelivery, WebhookEndpoint
from verification.models.bulk import insert_from


def last_event_id() -> int:
    """The highest id so far: what is written next lies above it."""
    return Event.objects.aggregate(last=Max("id"))["last"] or 0


def enqueue(filing_ids: QuerySet[Any, Any], *, after: int) -> None:
    """Put the events of these filings above ``after`` into the outbox.

    The caller holds the filings' locks, so that no one else writes events of theirs at the same time.
    """
    if not WebhookEndpoint.objects.filter(removed_at__isnull=True).exists():
        return
    # What is above `after` was written a moment ago and is read as it lies there; the sum keeps the database from going
    # through the index of all events of the filings.
    events = Event.objects.alias(owner=F("filing_id") + 0).filter(id__gt=after, owner__in=filing_ids)
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
