"""Webhooks on a real receiver: content, signature, order per filing, retries, addresses that are refused."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests import world
from tests.receiver import OK, Received, Receiver, Reply
from verification.models import Event, Provider, Sandbox, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from verification.outside import posting, turns, webhooks
from verification.refusals import Refused
from verification.time.clock import real_now
from verification.worlds import sandboxes

SUBMITTED_KINDS = ["filing.submitted", "filing.verifying"]


@pytest.fixture(autouse=True)
def receivers_here_are_allowed(settings: Any) -> None:
    """The receivers of these tests listen on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes everything."""
    with Receiver() as running:
        yield running


@pytest.fixture
def endpoint(provider: Provider, receiver: Receiver) -> WebhookEndpoint:
    """The receiver's address, registered."""
    return webhooks.add_endpoint(provider, receiver.url)


def answering(status: int) -> Callable[[Received], Reply]:
    """Answer everything with this status."""
    return lambda _: (status, {}, b"no")


def make_due() -> None:
    """Let the time pass that pending webhooks wait for: a retry's pause, a dead worker's lease."""
    WebhookDelivery.objects.filter(state="pending").update(due_at=real_now())


def states() -> list[str]:
    """What became of each webhook, in the order of the events."""
    return list(WebhookDelivery.objects.order_by("id").values_list("state", flat=True))


# ── The outbox ───────────────────────────────────────────────────────────────


@pytest.mark.rule("D-05")
def test_every_event_of_a_filing_is_sent_in_order(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    filing = world.submit_and_send(provider)
    world.pass_all(filing)
    world.accept(filing)
    webhooks.deliver_due()
    assert receiver.kinds == world.whats(filing)
    assert len(receiver.kinds) == 8
    assert set(states()) == {"delivered"}


def test_event_that_did_not_happen_is_not_sent(provider: Provider, endpoint: WebhookEndpoint) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        world.submit(provider)
        raise RuntimeError
    assert (Event.objects.count(), WebhookDelivery.objects.count()) == (0, 0)


def test_sweep_of_many_filings_leaves_a_webhook_for_each_event(provider: Provider, endpoint: WebhookEndpoint) -> None:
    for serial in range(1, 6):
        world.submit(provider, world.first_filing(serial, serial + 10, domain=serial))
    world.move(provider.sandbox, world.DEADLINE)
    events = Event.objects.order_by("id").values_list("id", "filing_id")
    assert list(WebhookDelivery.objects.order_by("id").values_list("event_id", "filing_id")) == list(events)


def test_only_the_own_provider_hears_of_it_from_the_registration_on(
    provider: Provider, receiver: Receiver, sandbox: Sandbox
) -> None:
    world.submit(provider)
    webhooks.add_endpoint(provider, receiver.url)
    other = world.new_provider(sandbox, "别家云")
    world.submit(other, world.first_filing(3, 4, domain=3))
    assert WebhookDelivery.objects.count() == 0


def test_each_address_gets_its_own_copy(provider: Provider, endpoint: WebhookEndpoint) -> None:
    with Receiver(answering(500)) as second:
        webhooks.add_endpoint(provider, second.url)
        world.submit(provider)
        webhooks.deliver_due()
        assert second.kinds == SUBMITTED_KINDS[:1]
    assert states() == ["delivered", "pending", "delivered", "pending"]


def test_webhooks_go_with_their_sandbox(provider: Provider, endpoint: WebhookEndpoint) -> None:
    world.submit(provider)
    webhooks.deliver_due()
    sandboxes.delete_everything_of(provider.sandbox_id)
    assert WebhookEndpoint.objects.count() == WebhookDelivery.objects.count() == WebhookAttempt.objects.count() == 0


# ── What is sent ─────────────────────────────────────────────────────────────


def test_content_says_what_happened_when_and_to_which_filing(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    filing = world.submit(provider)
    webhooks.deliver_due()
    event = Event.objects.order_by("id")[0]
    assert receiver.received[0].verified(endpoint.secret) == {
        "type": "filing.submitted",
        "timestamp": "2017-12-20T09:30:00+08:00",
        "data": {
            "event": event.pk,
            "filing": filing.number,
            "kind": "first_filing",
            "province": "gs",
            "round": 1,
            "reason": "",
            "detail": "",
            "challenge": None,
        },
    }
    assert receiver.received[0].path == "/hook"
    assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"


def test_signature_of_another_secret_does_not_verify(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    world.submit(provider)
    webhooks.deliver_due()
    other = webhooks.add_endpoint(provider, receiver.url)
    with pytest.raises(Exception, match="No matching signature"):
        receiver.received[0].verified(other.secret)


def test_attempt_is_written_down_as_it_travelled(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = lambda _: (200, {"x-shop": "1"}, b"ok\x00" + "好".encode() + b"\xff")
    world.submit(provider)
    webhooks.deliver_due()
    attempt = WebhookAttempt.objects.order_by("id")[0]
    head, _, body = attempt.request.partition("\n\n")
    got = receiver.received[0]
    assert head.splitlines()[0] == f"POST {receiver.url}"
    assert f"webhook-signature: {got.headers['webhook-signature']}" in head.splitlines()
    assert body.encode() == got.body
    assert attempt.response.splitlines()[0] == "HTTP/1.1 200"
    assert attempt.response.endswith("\n\nok\ufffd好\ufffd")


# ── Retries ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_what_may_change_is_tried_again_with_the_same_id(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver, status: int
) -> None:
    receiver.reply = answering(status)
    world.submit(provider)
    webhooks.deliver_due()
    assert receiver.kinds == SUBMITTED_KINDS[:1]  # the second waits for the first
    receiver.reply = lambda _: OK
    make_due()
    webhooks.deliver_due()
    assert receiver.kinds == [SUBMITTED_KINDS[0], *SUBMITTED_KINDS]
    assert receiver.ids[0] == receiver.ids[1]
    assert receiver.received[0].body == receiver.received[1].body
    assert states() == ["delivered", "delivered"]


def test_nothing_is_tried_before_its_time(provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.reply = answering(500)
    world.submit(provider)
    assert (turns.has_due(), webhooks.deliver_due()) == (True, 1)
    assert webhooks.deliver_due() == 0


def test_pauses_grow_by_the_schedule_and_then_it_is_given_up(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = answering(503)
    world.submit(provider)
    first = WebhookDelivery.objects.order_by("id")[0]
    pauses = []
    while first.state == "pending":
        WebhookDelivery.objects.filter(pk=first.pk).update(due_at=real_now())
        webhooks.deliver_due()
        first.refresh_from_db()
        pauses.append(first.due_at - real_now())
    expected = [5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600]
    assert [round(pause.total_seconds() / 5) * 5 for pause in pauses[:-1]] == expected
    assert (first.state, first.attempts, first.tries.count()) == ("given_up", 8, 8)


def test_one_that_is_given_up_does_not_hold_back_the_later_ones(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = lambda got: (400, {}, b"") if got.kind == "filing.submitted" else OK
    world.submit(provider)
    webhooks.deliver_due()
    assert receiver.kinds == SUBMITTED_KINDS
    assert states() == ["given_up", "delivered"]


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 404, 410, 422])
def test_other_answers_are_final_and_no_redirect_is_followed(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver, status: int
) -> None:
    receiver.reply = lambda _: (status, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"}, b"")
    world.submit(provider)
    webhooks.deliver_due()
    assert [got.path for got in receiver.received] == ["/hook", "/hook"]
    assert states() == ["given_up", "given_up"]


def test_receiver_that_hangs_up_or_is_away_is_tried_again(provider: Provider, endpoint: WebhookEndpoint) -> None:
    with Receiver(lambda _: None) as second:
        gone = webhooks.add_endpoint(provider, second.url)
        world.submit(provider)
        webhooks.deliver_due()
    make_due()
    webhooks.deliver_due()
    first = gone.deliveries.order_by("id")[0]
    assert (first.state, first.attempts) == ("pending", 2)
    assert [attempt.error.partition(":")[0] for attempt in first.tries.all()] == ["RemoteProtocolError", "ConnectError"]


def test_receiver_that_drips_its_answer_is_cut_off() -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(100):
            time.sleep(0.05)
            yield b"x"

    with Receiver(lambda _: (200, {"content-length": "100"}, drip())) as slow:
        began = time.monotonic()
        with pytest.raises(posting.Unreachable, match=r"0\.3 秒内没有收到完整的回答"):
            posting.post(slow.url, headers={}, body=b"{}", deadline=0.3)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("addresses", [["127.0.0.1", "127.0.0.9"], ["127.0.0.9", "127.0.0.1"]])
def test_name_of_several_addresses_is_reached_at_one_that_answers(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    monkeypatch.setattr(posting, "addresses_of", lambda _: addresses)
    assert posting.post(receiver.url, headers={}, body=b"{}").status == 200


def test_answer_is_read_only_so_far(receiver: Receiver) -> None:
    receiver.reply = lambda _: (200, {}, b"x" * 5_000_000)
    assert len(posting.post(receiver.url, headers={}, body=b"{}").body) == posting.LONGEST_ANSWER


# ── By hand ──────────────────────────────────────────────────────────────────


def test_sent_again_by_hand_has_the_same_id_and_holds_nobody_back(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    filing = world.submit(provider)
    webhooks.deliver_due()
    receiver.reply = lambda got: (500, {}, b"") if got.kind == "filing.submitted" else OK
    webhooks.send_again(WebhookDelivery.objects.order_by("id")[0])
    world.withdraw(filing)
    webhooks.deliver_due()
    assert sorted(receiver.kinds[2:]) == [
        "challenge.dropped",
        "challenge.dropped",
        "filing.returned",
        "filing.submitted",
    ]
    assert receiver.ids.count(receiver.ids[0]) == 2
    assert states() == ["pending", *["delivered"] * 4]


def test_pending_one_that_is_sent_again_keeps_its_place(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = answering(500)
    world.submit(provider)
    webhooks.deliver_due()
    first, second = WebhookDelivery.objects.order_by("id")
    webhooks.send_again(second)
    assert webhooks.deliver_due() == 0
    webhooks.send_again(first)
    assert webhooks.deliver_due() == 1
    assert receiver.kinds == ["filing.submitted"] * 2


def test_nothing_goes_to_an_address_that_was_removed(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    filing = world.submit(provider)
    webhooks.remove_endpoint(endpoint)
    world.withdraw(filing)
    assert (webhooks.deliver_due(), states()) == (0, ["given_up", "given_up"])
    with pytest.raises(Refused) as refused:
        webhooks.send_again(WebhookDelivery.objects.select_related("endpoint")[0])
    assert refused.value.code == "endpoint_removed"


# ── Addresses ────────────────────────────────────────────────────────────────

PRIVATE = [
    "http://localhost/",
    "http://a.localhost:8000/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_private_address_is_refused(provider: Provider, settings: Any, url: str) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(Refused) as refused:
        webhooks.add_endpoint(provider, url)
    assert refused.value.code == "private_address"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://example.com:22/",
        "https://example.com:1023/",
        "https://exa\x00mple.com/",
        "http://xn--/",
        "http://xn--a/",
        "http://./",
        "http://%/",
        "http://a..b/",
        "http://-a.example.com/",
        "http://a b.example.com/",
        "http://a,b/",
        "http://" + "a" * 64 + ".example.com/",
        "http://" + "a." * 130 + "example.com/",
        "https://example.com/" + "x" * 500,
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_is_refused(provider: Provider, url: str) -> None:
    with pytest.raises(Refused) as refused:
        webhooks.add_endpoint(provider, url)
    assert refused.value.code == "invalid_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=1",
        "https://example.com.:1024/",
        "http://a_b.example.com:80/",
        "https://example.com:65535/",
        "http://1.1.1.1:8080/",
        "http://[2606:4700:4700::1111]:443/",
        "https://例子.测试/收",
    ],
)
def test_public_address_is_taken(provider: Provider, settings: Any, url: str) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    assert webhooks.add_endpoint(provider, url).url.isascii()


def test_name_that_leads_into_a_private_network_gets_nothing(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    world.submit(provider)
    webhooks.deliver_due()
    assert receiver.received == []
    assert WebhookAttempt.objects.get().error == "接收地址指向内部网络，已拒绝发送"
    assert states() == ["pending", "pending"]


def test_provider_has_a_bounded_number_of_addresses(provider: Provider, receiver: Receiver) -> None:
    for _ in range(webhooks.MOST_ENDPOINTS):
        webhooks.add_endpoint(provider, receiver.url)
    with pytest.raises(Refused) as refused:
        webhooks.add_endpoint(provider, receiver.url)
    assert refused.value.code == "too_many_endpoints"


@pytest.mark.django_db(transaction=True)
def test_of_addresses_added_at_the_same_instant_no_more_are_taken_than_a_provider_may_have(
    transactional_db: None,
) -> None:
    provider = world.new_provider(world.new_sandbox())

    def add() -> str:
        try:
            webhooks.add_endpoint(Provider.objects.get(pk=provider.pk), "https://example.com/hook")
        except Refused as refused:
            return refused.code
        return "done"

    heard = Counter(world.at_once(*[add] * 24))
    assert heard == {"done": webhooks.MOST_ENDPOINTS, "too_many_endpoints": 24 - webhooks.MOST_ENDPOINTS}
    assert webhooks.endpoints_of(provider).count() == webhooks.MOST_ENDPOINTS


# ── Several workers ──────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_webhook_once_and_in_order(transactional_db: None) -> None:
    provider = world.new_provider(world.new_sandbox())
    with Receiver() as receiver:
        webhooks.add_endpoint(provider, receiver.url)
        for serial in range(1, 9):
            filing = world.submit(provider, world.first_filing(serial, serial + 10, domain=serial))
            world.withdraw(filing)

        def work(_: int) -> None:
            try:
                while WebhookDelivery.objects.filter(state="pending").exists():
                    webhooks.deliver_due()
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as workers:
            list(workers.map(work, range(3)))
    assert len(receiver.ids) == len(set(receiver.ids)) == Event.objects.count()
    by_filing: dict[str, list[int]] = {}
    for got in receiver.received:
        by_filing.setdefault(got.content["data"]["filing"], []).append(got.content["data"]["event"])
    assert len(by_filing) == 8
    assert all(events == sorted(events) for events in by_filing.values())


def test_worker_that_lost_its_lease_does_not_decide(
    provider: Provider, endpoint: WebhookEndpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.submit(provider)
    (late,) = turns.claim([])
    make_due()
    webhooks.deliver_due()
    result = webhooks._Result(late, real_now(), 1, "POST", 400, "HTTP/1.1 400")
    webhooks._record(result)
    assert states() == ["delivered", "delivered"]


def test_worker_whose_delivery_another_has_claimed_meanwhile_does_not_decide(
    provider: Provider, endpoint: WebhookEndpoint
) -> None:
    world.submit(provider)
    (late,) = turns.claim([])
    make_due()
    assert [delivery.pk for delivery in turns.claim([])] == [late.pk]
    webhooks._record(webhooks._Result(late, real_now(), 1, "POST", 400, "HTTP/1.1 400"))
    assert states() == ["pending", "pending"]


def test_lease_outlasts_what_an_attempt_can_take() -> None:
    assert timedelta(seconds=posting.DEADLINE) * 3 < turns.LEASE
