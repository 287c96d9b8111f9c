"""Whose turn it is: nobody waits for the receivers of others, what hangs is set aside, what waits is not looked at."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.receiver import OK, Received, Receiver, Reply
from verification.models import DeliveryState, Filing, Provider, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from verification.outside import posting, turns, webhooks
from verification.refusals import Refused
from verification.time.clock import real_now
from verification.worlds import sandboxes

PATIENCE = 30.0  # seconds, on a busy machine


@pytest.fixture(autouse=True)
def receivers_here_are_allowed(settings: Any) -> None:
    """The receivers of these tests listen on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True


class Hanging(Receiver):
    """Takes everything and answers nothing, until it is let go."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        super().__init__(self._hang)

    def _hang(self, _: Received) -> Reply:
        self.may_answer.wait(PATIENCE)
        return OK


@pytest.fixture
def hanging(transactional_db: None) -> Iterator[Hanging]:
    """Hangs until the test ends."""
    with Hanging() as running:
        yield running
        running.may_answer.set()


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A receiver has half a second for its answer, until one calls for patience again."""
    monkeypatch.setattr(posting, "DEADLINE", 0.5)
    return lambda: monkeypatch.setattr(posting, "DEADLINE", PATIENCE)


def new_endpoint(receiver: Receiver) -> WebhookEndpoint:
    """The receiver's address, registered by a provider in a sandbox of its own."""
    return webhooks.add_endpoint(world.new_provider(world.new_sandbox()), receiver.url)


def submit(endpoint: WebhookEndpoint, count: int = 1) -> list[Filing]:
    """Filings, the first event of each of which is due at the address; the second waits for it."""
    provider = Provider.objects.select_related("sandbox").get(pk=endpoint.provider_id)
    return [world.submit(provider, world.first_filing(1, domain=n + 2)) for n in range(count)]


def deliveries(endpoint: WebhookEndpoint) -> dict[str, int]:
    """How many attempts of an address there are by the state of its deliveries."""
    found: dict[str, int] = {}
    for state, attempts in endpoint.deliveries.values_list("state", "attempts"):
        found[state] = found.get(state, 0) + attempts
    return found


def wait_until(is_so: Callable[[], object]) -> None:
    """Return once it is so."""
    give_up = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@contextmanager
def delivering() -> Iterator[None]:
    """A worker that delivers what is due meanwhile."""

    def work() -> None:
        try:
            webhooks.deliver_due()
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        worker.join()


# ── Nobody waits for the receivers of others ─────────────────────────────────


def time_to_arrive(quick: Receiver, endpoint: WebhookEndpoint) -> float:
    """How long it takes until an event that is written now has arrived."""
    before = len(quick.received)
    submit(endpoint)
    begun = time.monotonic()
    wait_until(lambda: len(quick.received) > before)
    return time.monotonic() - begun


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("hanging_endpoints", "filings_of_each"), [(20, 3), (1, 64)], ids=["twenty receivers", "one sandbox"]
)
def test_hanging_receivers_delay_a_quick_one_by_less_than_a_second(
    hanging: Hanging, hanging_endpoints: int, filings_of_each: int
) -> None:
    for _ in range(hanging_endpoints):
        submit(new_endpoint(hanging), filings_of_each)
    with Receiver() as quick:
        endpoint = new_endpoint(quick)
        with delivering():
            wait_until(lambda: len(hanging.received) >= hanging_endpoints)
            took = time_to_arrive(quick, endpoint)
            hanging.may_answer.set()
    assert took < 1


@pytest.mark.django_db(transaction=True)
def test_what_is_under_way_is_bounded_in_all_and_for_each_sandbox_and_address(hanging: Hanging) -> None:
    one = world.new_provider(world.new_sandbox())
    others = [world.new_provider(world.new_sandbox()) for _ in range(24)]
    for provider in [*[one] * 5, *others, *others]:
        webhooks.add_endpoint(provider, hanging.url)
    for provider in [one, *others]:
        for n in range(4):
            world.submit(provider, world.first_filing(1, domain=n + 2))
    under_way = list(turns.claim([]))
    assert len(under_way) == 64
    assert {delivery.endpoint_id for delivery in under_way} == set(WebhookEndpoint.objects.values_list("id", flat=True))
    assert list(turns.claim(under_way)) == []
    # The others have come back, and the first sandbox gets no more than its part of the room.
    of_one = [delivery for delivery in under_way if delivery.endpoint.provider_id == one.pk]
    while claimed := [each for each in turns.claim(of_one) if each.endpoint.provider_id == one.pk]:
        of_one += claimed
    assert len(of_one) == 16


def test_addresses_are_served_in_turn(provider: Provider) -> None:
    endpoints = [webhooks.add_endpoint(provider, "https://example.com/") for _ in range(3)]
    submit(endpoints[0], 3)

    def next_of_all() -> int:
        (first, *_) = turns._Room([]).candidates(real_now())
        turns._claim_of(first.pk, 1, now=real_now())
        return first.pk

    assert [next_of_all() for _ in range(6)] == [endpoint.pk for endpoint in endpoints] * 2


def test_one_address_alone_gets_more_than_its_share(provider: Provider) -> None:
    endpoint = webhooks.add_endpoint(provider, "https://example.com/")
    submit(endpoint, 9)
    under_way = list(turns.claim([]))
    assert len(under_way) == 8
    assert list(turns.claim(under_way)) == []


def waiting(addresses: int, of_each: int, *, hangs: int = 0) -> list[WebhookEndpoint]:
    """Addresses in sandboxes of their own, with so much due at each; so many of their last attempts got no answer."""
    found = []
    for _ in range(addresses):
        provider = world.new_provider(world.new_sandbox())
        found.append(webhooks.add_endpoint(provider, "https://example.com/"))
        submit(found[-1], of_each)
    WebhookEndpoint.objects.filter(pk__in=[each.pk for each in found]).update(hangs=hangs)
    return found


@pytest.mark.parametrize(("addresses", "begun"), [(2, 8), (8, 16), (9, 18)])
def test_addresses_share_what_is_for_few_and_get_two_each_beyond(db: None, addresses: int, begun: int) -> None:
    waiting(addresses, 4)
    assert len(list(turns.claim([]))) == begun


def test_addresses_that_may_hang_get_one_each_and_leave_half_of_all_to_the_others(db: None) -> None:
    doubtful = waiting(34, 2, hangs=1)
    under_way = list(turns.claim([]))
    assert len(under_way) == len({each.endpoint_id for each in under_way}) == 32
    assert list(turns.claim(under_way)) == []
    (good,) = waiting(1, 1)
    assert [each.endpoint_id for each in turns.claim(under_way)] == [good.pk]
    # What is under way for the others leaves their part to these.
    WebhookEndpoint.objects.filter(pk__in=[each.pk for each in doubtful]).update(hangs=0)
    others = list(
        WebhookDelivery.objects.filter(pk__in=[each.pk for each in under_way]).select_related("endpoint__provider")
    )
    (last,) = waiting(1, 1, hangs=1)
    assert last.pk in {each.endpoint_id for each in turns.claim(others)}


# ── An address that hangs is set aside ───────────────────────────────────────


@pytest.fixture
def endpoint(hanging: Hanging, impatience: Callable[[], None]) -> WebhookEndpoint:
    """An address that hangs, with sixty-four filings of which it is to hear."""
    found = new_endpoint(hanging)
    submit(found, 64)
    return found


def let_the_time_pass(endpoint: WebhookEndpoint) -> None:
    """The address has been set aside for long enough, and the failed attempts lie long behind."""
    past = real_now() - timedelta(seconds=1)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(set_aside_until=past)
    endpoint.deliveries.filter(due_at__gt=past).update(due_at=past)


def minutes_left(endpoint: WebhookEndpoint) -> int:
    """For how long it is set aside."""
    endpoint.refresh_from_db()
    until = webhooks.set_aside_until(endpoint)
    assert until is not None
    return round((until - real_now()) / timedelta(minutes=1))


def test_address_that_hangs_is_set_aside_with_all_that_waits_for_it(endpoint: WebhookEndpoint) -> None:
    made = webhooks.deliver_due()
    assert made == turns.FOR_ENDPOINT_AMONG_FEW == deliveries(endpoint)["pending"]
    assert minutes_left(endpoint) == 1
    assert (turns.has_due(), webhooks.deliver_due()) == (False, 0)
    assert set(endpoint.deliveries.values_list("tries__error", flat=True)) == {None, "0.5 秒内没有收到完整的回答"}


def test_address_that_was_set_aside_is_tried_once_after_a_while_and_each_time_later(
    endpoint: WebhookEndpoint, hanging: Hanging, impatience: Callable[[], None]
) -> None:
    webhooks.deliver_due()
    seen = []
    for _ in range(4):
        let_the_time_pass(endpoint)
        assert turns.has_due()
        seen.append((webhooks.deliver_due(), minutes_left(endpoint)))
    assert seen == [(1, 5), (1, 15), (1, 60), (1, 60)]
    hanging.may_answer.set()
    impatience()
    let_the_time_pass(endpoint)
    webhooks.deliver_due()
    endpoint.refresh_from_db()
    assert (endpoint.hangs, endpoint.set_aside_until) == (0, None)
    assert set(deliveries(endpoint)) == {"delivered"}


def test_address_is_given_back_by_hand(
    endpoint: WebhookEndpoint, hanging: Hanging, impatience: Callable[[], None]
) -> None:
    webhooks.deliver_due()
    hanging.may_answer.set()
    impatience()
    webhooks.resume(endpoint)
    assert webhooks.deliver_due() == 2 * 64 - turns.FOR_ENDPOINT_AMONG_FEW * 2  # those wait for their next attempt
    endpoint.refresh_from_db()
    assert webhooks.set_aside_until(endpoint) is None


def test_webhook_sent_again_by_hand_gives_its_address_back(
    endpoint: WebhookEndpoint, hanging: Hanging, impatience: Callable[[], None]
) -> None:
    webhooks.deliver_due()
    hanging.may_answer.set()
    impatience()
    again = endpoint.deliveries.order_by("id")[0]
    webhooks.send_again(again)
    webhooks.deliver_due()
    again.refresh_from_db()
    assert again.state == "delivered"


def test_any_answer_shows_that_an_address_does_not_hang(provider: Provider, impatience: Callable[[], None]) -> None:
    answers: Iterator[Reply] = iter([(500, {}, b""), None, (404, {}, b"")])
    with Hanging() as receiver:
        found = webhooks.add_endpoint(provider, receiver.url)
        submit(found)
        webhooks.deliver_due()
        hangs = [WebhookEndpoint.objects.get().hangs]
        impatience()
        receiver.reply = lambda _: next(answers)
        for _ in range(3):
            WebhookEndpoint.objects.update(hangs=1)
            let_the_time_pass(found)
            webhooks.deliver_due()
            hangs.append(WebhookEndpoint.objects.get().hangs)
        receiver.may_answer.set()
    assert hangs == [1, 0, 0, 0]


# ── What becomes of one is nothing to the others ─────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_sandbox_deleted_while_its_webhook_is_under_way_disturbs_no_other(transactional_db: None) -> None:
    gone_is_asked, gone_is_deleted = threading.Event(), threading.Event()

    def hold(_: Received) -> Reply:
        gone_is_asked.set()
        gone_is_deleted.wait(PATIENCE)
        return OK

    with Receiver(hold) as first, Receiver() as second:
        gone, other = new_endpoint(first), new_endpoint(second)
        submit(gone)
        submit(other)
        with delivering():
            assert gone_is_asked.wait(PATIENCE)
            sandboxes.delete_everything_of(gone.provider.sandbox_id)
            gone_is_deleted.set()
        assert webhooks.deliver_due() == 0
    assert len(second.ids) == len(set(second.ids)) == 2
    assert list(WebhookAttempt.objects.values_list("delivery__endpoint", flat=True)) == [other.pk] * 2
    assert deliveries(other) == {"delivered": 2}


def test_address_that_cannot_even_be_read_disturbs_no_other(provider: Provider) -> None:
    broken = WebhookEndpoint.objects.create(
        provider=provider, url="http://999.1.1.1/", secret="whsec_c2VjcmV0", created_at=real_now()
    )
    with Receiver() as receiver:
        good = webhooks.add_endpoint(provider, receiver.url)
        submit(good)
        webhooks.deliver_due()
    assert (deliveries(broken), deliveries(good)) == ({"pending": 1}, {"delivered": 2})
    assert [attempt.error.partition(":")[0] for attempt in broken.deliveries.get(attempts=1).tries.all()] == [
        "InvalidURL"
    ]


# ── A removed address ────────────────────────────────────────────────────────


def test_nothing_is_sent_again_to_an_address_that_was_removed_after_it_was_looked_at(provider: Provider) -> None:
    with Receiver() as receiver:
        found = webhooks.add_endpoint(provider, receiver.url)
        submit(found)
        looked_at = WebhookDelivery.objects.select_related("endpoint").order_by("id")[0]
        webhooks.remove_endpoint(found)
        with pytest.raises(Refused) as refused:
            webhooks.send_again(looked_at)
        assert (refused.value.code, webhooks.deliver_due(), receiver.received) == ("endpoint_removed", 0, [])


def _written_while_it_is_removed(endpoint: WebhookEndpoint) -> None:
    """An event is written and committed only when its address has been removed."""
    is_written, is_removed = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            submit(endpoint)
            is_written.set()
            assert is_removed.wait(PATIENCE)

    def remove() -> None:
        assert is_written.wait(PATIENCE)
        webhooks.remove_endpoint(endpoint)
        is_removed.set()

    world.at_once(write, remove)


@pytest.mark.django_db(transaction=True)
def test_event_written_while_its_address_is_removed_is_not_sent(transactional_db: None) -> None:
    with Receiver() as receiver:
        found = new_endpoint(receiver)
        if connection.features.has_select_for_update:
            _written_while_it_is_removed(found)
        else:  # one writes after the other here; a row may still be left by somebody who ended in the middle
            submit(found)
            WebhookEndpoint.objects.update(removed_at=real_now())
        assert list(found.deliveries.values_list("state", flat=True)) == ["pending"] * 2
        assert (turns.has_due(), webhooks.deliver_due(), receiver.received) == (False, 0, [])
    assert webhooks.give_up_removed() == 2
    assert list(found.deliveries.values_list("state", flat=True)) == ["given_up"] * 2


# ── What waits behind another is not looked at ───────────────────────────────


def test_webhooks_that_wait_for_a_failing_one_are_looked_at_once(provider: Provider) -> None:
    with Receiver(lambda _: (500, {}, b"")) as receiver:
        found = webhooks.add_endpoint(provider, receiver.url)
        (filing,) = submit(found)
        world.withdraw(filing)
        first = found.deliveries.order_by("id")[0]
        WebhookDelivery.objects.bulk_create(_copies(first, 250))
        webhooks.deliver_due()
        waiting = found.deliveries.exclude(pk=first.pk)
        assert set(waiting.values_list("state", "due_at", "attempts")) == {("pending", None, 0)}
        with CaptureQueriesContext(connection) as queries:
            assert (turns.has_due(), webhooks.deliver_due()) == (False, 0)
        assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT"]
        receiver.reply = lambda _: OK
        WebhookDelivery.objects.filter(pk=first.pk).update(due_at=real_now())
        webhooks.deliver_due()
    assert receiver.ids[1:] == [each.message_id for each in found.deliveries.order_by("id")]
    assert set(deliveries(found)) == {"delivered"}


def _copies(delivery: WebhookDelivery, count: int) -> Iterator[WebhookDelivery]:
    """Webhooks of so many further events of the filing."""
    for _ in range(count):
        event = delivery.event
        event.pk = None
        event.save(force_insert=True)
        yield WebhookDelivery(
            endpoint_id=delivery.endpoint_id, event_id=event.pk, filing_id=delivery.filing_id, due_at=delivery.due_at
        )


@pytest.mark.django_db(transaction=True)
def test_next_one_is_never_forgotten_however_the_looking_and_the_settling_meet(transactional_db: None) -> None:
    provider = world.new_provider(world.new_sandbox())
    found = webhooks.add_endpoint(provider, "https://example.com/")
    for _ in range(20):
        (filing,) = submit(found)
        (first,) = turns.claim([])

        def settle(delivery: WebhookDelivery) -> None:
            with transaction.atomic():
                both = turns.hold(delivery)
                assert both is not None
                turns.settle(both[0], DeliveryState.DELIVERED)

        looked, _ = world.at_once(lambda: list(turns.claim([])), partial(settle, first))
        following = found.deliveries.filter(filing=filing).latest("id")
        assert following.due_at is not None, "it waits for nothing"
        ids = [delivery.pk for delivery in looked]
        assert ids in ([], [following.pk])
        found.deliveries.filter(filing=filing).update(state=DeliveryState.GIVEN_UP)
