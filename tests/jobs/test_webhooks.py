"""Webhooks leave by a real worker, also by one that is killed in the middle."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from portal.celery import app
from tests import world
from tests.jobs.conftest import Jobs
from tests.receiver import OK, Received, Receiver, Reply
from verification import webhooks
from verification.clock import real_now
from verification.models import Filing, WebhookDelivery


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
