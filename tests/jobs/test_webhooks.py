"""Webhooks leave by a real worker, also by one that is killed in the middle."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from portal.celery import app
from tests import world
from tests.jobs_process import Jobs
from tests.receiver import OK, Received, Receiver, Reply
from tools import stack
from verification.models import Filing, WebhookAttempt, WebhookDelivery
from verification.outside import turns, webhooks
from verification.time.clock import real_now


@pytest.fixture
def receiver(jobs: Jobs, monkeypatch: pytest.MonkeyPatch, settings: object) -> Iterator[Receiver]:
    """A receiver on this machine, to which the workers may send."""
    settings.WEBHOOK_ALLOW_PRIVATE = True  # type: ignore[attr-defined]
    jobs.environment["WEBHOOK_ALLOW_PRIVATE"] = "1"
    with Receiver() as running:
        yield running


def filing_with_webhooks(receiver: Receiver) -> Filing:
    """A filing whose first two events wait to be sent."""
    provider = world.new_provider(world.new_sandbox())
    webhooks.add_endpoint(provider, receiver.url)
    return world.submit(provider)


def is_all_delivered() -> bool:
    return not WebhookDelivery.objects.exclude(state="delivered").exists()


@pytest.mark.rule("D-05")
def test_beat_and_worker_send_what_is_in_the_outbox(jobs: Jobs, receiver: Receiver) -> None:
    filing = filing_with_webhooks(receiver)
    jobs.start_worker()
    jobs.start_beat()
    jobs.wait_for(is_all_delivered)
    assert receiver.kinds == world.whats(filing)


def test_worker_killed_between_sending_and_recording_sends_once_more_with_the_same_id(
    jobs: Jobs, receiver: Receiver
) -> None:
    has_arrived, may_answer = threading.Event(), threading.Event()

    def hold(_: Received) -> Reply:
        has_arrived.set()
        may_answer.wait(30)
        return OK

    receiver.reply = hold
    filing = filing_with_webhooks(receiver)
    worker = jobs.start_worker()
    app.send_task("verification.deliver_webhooks")
    assert has_arrived.wait(30), jobs.log
    jobs.kill_with_children(worker)
    may_answer.set()
    first = WebhookDelivery.objects.order_by("id")[0]
    assert (first.state, first.attempts, first.tries.count()) == ("pending", 1, 0)

    WebhookDelivery.objects.update(due_at=real_now())  # the dead worker's lease has run out
    jobs.start_worker()
    jobs.start_beat()
    jobs.wait_for(is_all_delivered)
    assert receiver.kinds == [world.whats(filing)[0], *world.whats(filing)]
    assert sorted(Counter(receiver.ids).values()) == [1, 2]


@pytest.mark.rule("D-02", "D-05")
def test_receiver_that_hangs_holds_up_no_deadline(jobs: Jobs, receiver: Receiver) -> None:
    may_answer = threading.Event()

    def hang(_: Received) -> Reply:
        may_answer.wait(30)
        return OK

    receiver.reply = hang
    filing = filing_with_webhooks(receiver)
    busy = stack.WEBHOOK_THREADS * turns.FOR_ENDPOINT_AMONG_FEW
    for n in range(1, busy):
        world.submit(filing.provider, world.first_filing(1, domain=n + 2))
    for name in ("worker", "webhooks"):
        jobs.start_part(name)
    for _ in range(stack.WEBHOOK_THREADS + stack.JOB_PROCESSES):
        app.send_task("verification.deliver_webhooks")
    jobs.wait_for(lambda: len(receiver.received) == busy)  # every thread has all that it may

    world.move_without_jobs(filing.sandbox, world.DEADLINE)
    app.send_task("verification.tick")
    jobs.wait_for(lambda: world.standing(filing)[:2] == ("returned", "deadline"))
    has_answered = WebhookAttempt.objects.exists()
    may_answer.set()
    assert not has_answered, "the deadline waited until the receiver was given up"
    jobs.start_beat()
    jobs.wait_for(is_all_delivered)
    assert [got.kind for got in receiver.received if got.content["data"]["filing"] == filing.number] == world.whats(
        filing
    )
