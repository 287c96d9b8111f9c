from datetime import timedelta

import pytest
from django.core.cache import cache
from time_machine import TimeMachineFixture

from tests import world
from verification import tasks
from verification.models import Browser, BurntKey, Change, Filing, IdempotentAnswer, Provider, Sandbox
from verification.outside import keys, webhooks
from verification.time import limits
from verification.time.clock import real_now
from verification.worlds import sandboxes


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sandboxes that a tick handed to workers, which are on holiday."""
    ids: list[int] = []

    def note(args: tuple[int], *, expires: int) -> None:
        ids.append(args[0])
        assert expires > 0

    monkeypatch.setattr(tasks.run_due, "apply_async", note)
    return ids


def test_tasks_have_the_names_that_the_schedule_knows() -> None:
    assert [task.name for task in (tasks.tick, tasks.run_due, tasks.clean_up)] == [
        "verification.tick",
        "verification.run_due",
        "verification.clean_up",
    ]


def test_tick_hands_over_the_sandboxes_in_which_something_is_due(provider: Provider, handed_over: list[int]) -> None:
    idle, closed = (world.new_provider(world.new_sandbox()) for _ in range(2))
    for one in (provider, idle, closed):
        world.submit(one)
    for one in (provider, closed):
        world.move_without_jobs(one.sandbox, world.SENT)
    sandboxes.close(closed.sandbox)
    tasks.tick()
    assert handed_over == [provider.sandbox_id]


@pytest.mark.django_db
def test_tick_leaves_word_of_itself(handed_over: list[int], time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(world.moment("2026-01-05 10:00"), tick=False)
    tasks.tick()
    assert cache.get(tasks.LAST_TICK_KEY) == "2026-01-05T02:00:00+00:00"
    assert limits.burn("test", limits.new_nonce(), seconds=60, issued_at=world.moment("2026-01-05 10:00")) is True


def test_job_does_what_is_due_in_its_sandbox(provider: Provider) -> None:
    filing = world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    tasks.run_due(provider.sandbox_id)
    assert world.states(filing) == {"演甲1": "open", "演乙2": "open"}


def test_job_of_a_sandbox_that_is_closed_or_gone_does_nothing(provider: Provider) -> None:
    filing = world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    sandboxes.close(provider.sandbox)
    tasks.run_due(provider.sandbox_id)
    tasks.run_due(provider.sandbox_id + 999)
    assert world.states(filing) == {"演甲1": "waiting", "演乙2": "waiting"}


def test_tick_hands_over_the_webhooks_that_are_due(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, int]] = []
    monkeypatch.setattr(tasks.deliver_webhooks, "apply_async", lambda **options: begun.append(options))
    tasks.tick()
    assert begun == []
    webhooks.add_endpoint(provider, "https://example.com/")
    world.submit(provider)
    tasks.tick()
    assert begun == [{"expires": 10}]


def test_clean_up_forgets_what_nobody_asks_for_any_more(provider: Provider) -> None:
    endpoint = webhooks.add_endpoint(provider, "https://example.com/")
    world.submit(provider)
    endpoint.removed_at = real_now()
    endpoint.save()
    key = keys.make_key(provider, maker=None, may_move_clock=False).key
    for age in (timedelta(days=1, minutes=1), timedelta(hours=23)):
        IdempotentAnswer.objects.create(api_key=key, key=str(age), fingerprint="", created_at=real_now() - age)
    tasks.clean_up()
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {"given_up"}
    assert list(IdempotentAnswer.objects.values_list("key", flat=True)) == ["23:00:00"]
    assert Change.objects.filter(sandbox=provider.sandbox).count() == 1


def test_clean_up_takes_unused_sandboxes_stale_browsers_and_old_keys(provider: Provider) -> None:
    kept = world.new_sandbox()
    sandboxes.close(provider.sandbox)
    BurntKey.objects.create(key="old", burnt_at=real_now() - timedelta(days=2))
    long_ago = real_now() - timedelta(days=366)
    Browser.objects.create(created_at=long_ago, used_at=long_ago)
    tasks.clean_up()
    assert list(Sandbox.objects.all()) == [kept]
    assert (Filing.objects.count(), Browser.objects.count(), BurntKey.objects.count()) == (0, 0, 0)
