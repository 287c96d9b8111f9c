"""Whose turn it is: what is due is claimed in turn among the addresses; one that hangs is set aside for a while.

What is asked about all addresses is one step in an index for each. The rows of one address are looked at and changed
under the lock of its row, so that a delivery that begins to wait for an earlier one is never forgotten by whoever
settles that one. Whoever holds a delivery may wait for its address; whoever holds an address skips deliveries that
others hold.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from verification.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from verification.time.clock import real_now

#: Deliveries that may be under way at a time: in all, for one sandbox, for one address.
IN_ALL, FOR_SANDBOX, FOR_ENDPOINT = 64, 16, 2
#: While there are fewer than so many in all, one address may have more of them.
FEW, FOR_ENDPOINT_AMONG_FEW = 16, 8
#: Of all, for addresses whose last attempt got no answer in time, one for each: the others always have room.
FOR_DOUBTFUL = 32
#: After so many attempts in a row without an answer in time an address is set aside.
HANGS = 2
#: For how long, the first time and each time that the one attempt afterwards hangs as well.
SET_ASIDE_FOR = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
#: How long a claimed delivery stays with the worker that claimed it; longer than an attempt can take.
LEASE = timedelta(seconds=60)
#: Rows of an address that one transaction looks at.
_LOOK = 100


# ── Claiming ─────────────────────────────────────────────────────────────────


def _ready(now: datetime) -> QuerySet[WebhookEndpoint]:
    """The live addresses that are not set aside."""
    is_ready = Q(set_aside_until__isnull=True) | Q(set_aside_until__lte=now)
    return WebhookEndpoint.objects.filter(is_ready, removed_at__isnull=True)


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now)


def _with_due(now: datetime) -> QuerySet[WebhookEndpoint]:
    # The first one by its moment, and not whether there is one: PostgreSQL might look for that among all of an address.
    waiting = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), state=DeliveryState.PENDING, due_at__isnull=False)
    first = waiting.order_by("due_at", "id").values("due_at")[:1]
    return _ready(now).alias(first_due_at=Subquery(first)).filter(first_due_at__lte=now)


def has_due() -> bool:
    """Whether anything waits to be sent now; one query that takes a step in the index for each address."""
    return _with_due(real_now()).exists()


class _Room:
    """How many more may be under way beside these."""

    def __init__(self, under_way: Collection[WebhookDelivery]) -> None:
        self._in_all = len(under_way)
        self._doubtful = sum(delivery.endpoint.hangs > 0 for delivery in under_way)
        self._of_endpoint = Counter(delivery.endpoint_id for delivery in under_way)
        self._of_sandbox = Counter(delivery.endpoint.provider.sandbox_id for delivery in under_way)

    @property
    def _most_for_endpoint(self) -> int:
        return FOR_ENDPOINT_AMONG_FEW if self._in_all < FEW else FOR_ENDPOINT

    def candidates(self, now: datetime) -> list[WebhookEndpoint]:
        """Addresses with something due and room for it, the one that was served longest ago first."""
        full = [pk for pk, count in self._of_endpoint.items() if count >= self._most_for_endpoint]
        full_sandboxes = [pk for pk, count in self._of_sandbox.items() if count >= FOR_SANDBOX]
        found = _with_due(now).exclude(pk__in=full).exclude(provider__sandbox_id__in=full_sandboxes)
        found = found.exclude(pk__in=list(self._of_endpoint), hangs__gt=0)
        if self._doubtful >= FOR_DOUBTFUL:
            found = found.filter(hangs=0)
        return list(found.select_related("provider").order_by("served_at", "id")[: IN_ALL - self._in_all])

    def take(self, endpoint: WebhookEndpoint) -> bool:
        """Take a place for one delivery of the address, if there is one."""
        is_doubtful, sandbox_id = endpoint.hangs > 0, endpoint.provider.sandbox_id
        has_place = (
            self._in_all < IN_ALL
            and self._of_endpoint[endpoint.pk] < (1 if is_doubtful else self._most_for_endpoint)
            and self._of_sandbox[sandbox_id] < FOR_SANDBOX
            and not (is_doubtful and self._doubtful >= FOR_DOUBTFUL)
        )
        if has_place:
            self._in_all += 1
            self._doubtful += is_doubtful
            self._of_endpoint[endpoint.pk] += 1
            self._of_sandbox[sandbox_id] += 1
        return has_place

    def places(self, now: datetime) -> Counter[int]:
        """How many deliveries of each address may begin: one of each, then a second, and so on."""
        candidates = self.candidates(now)
        rounds = range(FOR_ENDPOINT_AMONG_FEW)
        return Counter(endpoint.pk for _ in rounds for endpoint in candidates if self.take(endpoint))


def claim(under_way: Collection[WebhookDelivery]) -> Iterator[WebhookDelivery]:
    """Take under a lease what is due and has room beside what is ``under_way``."""
    now = real_now()
    for endpoint_id, places in _Room(under_way).places(now).items():
        if ids := _claim_of(endpoint_id, places, now=now):
            claimed = WebhookDelivery.objects.filter(id__in=ids).order_by("id")
            yield from claimed.select_related("endpoint__provider", "event", "filing")


def _claim_of(endpoint_id: int, places: int, *, now: datetime) -> list[int]:
    """Claim so many deliveries of an address, in transactions that look at so many rows, however many there are."""
    claimed: list[int] = []
    while len(claimed) < places:
        ids, is_all = _look(endpoint_id, places - len(claimed), now=now)
        claimed += ids
        if is_all:
            break
    return claimed


@transaction.atomic
def _look(endpoint_id: int, places: int, *, now: datetime) -> tuple[list[int], bool]:
    """Claim what is due first; what waits for an earlier one is due no more until that is settled.

    Returns what was claimed, and whether that was all.
    """
    ours = _ready(now).select_for_update(skip_locked=True, no_key=True).filter(pk=endpoint_id)
    if ours.first() is None:
        return [], True
    earlier = _in_order().filter(
        filing_id=OuterRef("filing_id"), endpoint_id=OuterRef("endpoint_id"), id__lt=OuterRef("id")
    )
    rows = _due(now).filter(endpoint_id=endpoint_id).annotate(has_earlier=Exists(earlier)).order_by("due_at", "id")
    rows = rows.select_for_update(skip_locked=True, of=("self",))
    looked = list(rows.values_list("id", "is_in_order", "has_earlier")[:_LOOK])
    waiting = [pk for pk, is_in_order, has_earlier in looked if is_in_order and has_earlier]
    claimed = [pk for pk, is_in_order, has_earlier in looked if not (is_in_order and has_earlier)][:places]
    if waiting:
        WebhookDelivery.objects.filter(id__in=waiting).update(due_at=None)
    if claimed:
        WebhookDelivery.objects.filter(id__in=claimed).update(attempts=F("attempts") + 1, due_at=now + LEASE)
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(served_at=now)
    return claimed, len(looked) < _LOOK


def _in_order() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=DeliveryState.PENDING, is_in_order=True)


# ── Settling ─────────────────────────────────────────────────────────────────


def hold(delivery: WebhookDelivery) -> tuple[WebhookDelivery, WebhookEndpoint] | None:
    """The delivery and its address as they are now, locked, the delivery first; ``None`` if it has been deleted."""
    held = WebhookDelivery.objects.select_for_update().filter(pk=delivery.pk).first()
    if held is None:
        return None
    return held, WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=held.endpoint_id)


def settle(held: WebhookDelivery, state: DeliveryState) -> None:
    """End a delivery, so that the next one of its filing becomes due. The caller holds it and its address."""
    WebhookDelivery.objects.filter(pk=held.pk).update(state=state)
    lane = _in_order().filter(filing_id=held.filing_id, endpoint_id=held.endpoint_id).order_by("id")
    # Whoever holds the next one is about to send it or to delete it.
    following = lane.select_for_update(skip_locked=True).first()
    if following is not None and following.due_at is None:
        WebhookDelivery.objects.filter(pk=following.pk).update(due_at=real_now())


# ── Addresses that hang ──────────────────────────────────────────────────────


def note_answer(endpoint: WebhookEndpoint) -> None:
    """The address has answered, or said that it does not: it does not hang. The caller holds it."""
    if endpoint.hangs:
        give_back(endpoint)


def note_hang(endpoint: WebhookEndpoint, *, begun_at: datetime) -> None:
    """An attempt that began at ``begun_at`` got no answer in time. The caller holds the address."""
    if endpoint.set_aside_until is not None and endpoint.set_aside_until > begun_at:
        return  # another attempt beside it has set it aside
    hangs = endpoint.hangs + 1
    until = None
    if hangs >= HANGS:
        until = real_now() + SET_ASIDE_FOR[min(hangs - HANGS, len(SET_ASIDE_FOR) - 1)]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(hangs=hangs, set_aside_until=until)


def give_back(endpoint: WebhookEndpoint) -> None:
    """Let an address that was set aside take its turn again at once, as if it had never hung."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(hangs=0, set_aside_until=None)
