"""The outbox: for every event a row for each endpoint of its provider, in the event's own transaction (D-05)."""

from django.db.models import F, FilteredRelation, Max, Q, QuerySet

from verification.clock import real_now
from verification.models import Event, Filing, WebhookDelivery, WebhookEndpoint
from verification.models.bulk import insert_from


def last_event_id() -> int:
    """The highest id so far: what is written next lies above it."""
    return Event.objects.aggregate(last=Max("id"))["last"] or 0


def enqueue(filings: QuerySet[Filing], *, after: int) -> None:
    """Put the events of these filings above ``after`` into the outbox.

    The caller holds the filings' locks, so that no one else writes events of theirs at the same time.
    """
    if not WebhookEndpoint.objects.filter(removed_at__isnull=True).exists():
        return
    events = Event.objects.filter(id__gt=after, filing_id__in=filings.values("id"))
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
