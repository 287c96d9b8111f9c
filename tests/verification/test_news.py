"""The tag of a sandbox: every change gives another, nothing else does, and a lost drop heals by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.redis_process import RedisProcess
from tests.visitors import owner_of
from verification import news
from verification.acting import phones
from verification.models import Change, Filing, Message, Participant, Provider, Role, Sandbox
from verification.refusals import Refused
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes
from verification.worlds.bureau import AutomaticReview, set_review

pytestmark = pytest.mark.django_db(transaction=True)  # a tag changes with a commit


@contextmanager
def changes(sandbox: Sandbox) -> Iterator[None]:
    """The tag is another afterwards, for those who ask the cache and for those who ask the database."""
    before = news.tag(sandbox.pk)
    yield
    after = news.tag(sandbox.pk)
    assert after != before
    assert after == news._read(sandbox.pk)


@contextmanager
def stays(sandbox: Sandbox) -> Iterator[None]:
    """The tag is the same afterwards."""
    before = news.tag(sandbox.pk)
    yield
    assert news.tag(sandbox.pk) == before == news._read(sandbox.pk)


def test_whatever_becomes_of_a_filing_and_its_messages_changes_the_tag(sandbox: Sandbox, provider: Provider) -> None:
    with changes(sandbox):
        filing = world.submit(provider)
    phone = world.phone_of(sandbox, 1)
    with changes(sandbox):
        phones.switch(phone, has_signal=False, by=world.FILER)
    with changes(sandbox):
        clock.move_to(sandbox, world.moment(world.SENT), by=world.TRAINER)
    with changes(sandbox):
        alarms.run_due(sandbox)
    with changes(sandbox):  # the message that was held arrives
        phones.switch(phone, has_signal=True, by=world.FILER)
    with changes(sandbox):
        phones.delete_message(Message.objects.select_related("phone__sandbox").get(phone=phone), by=world.FILER)
    with changes(sandbox):
        assert world.send_again(filing, 1).outcome == "resent"
    with changes(sandbox):
        assert world.verify(filing, 1, id_suffix=world.WRONG_ID).outcome == "wrong_id"
    with changes(sandbox):
        assert world.verify(filing, 1).outcome == "partial"
    clock.move_to(sandbox, world.moment(world.NOON), by=world.TRAINER)
    with changes(sandbox):
        assert alarms.run_due(sandbox) == 1
    with changes(sandbox):
        world.withdraw(filing)
    with changes(sandbox):
        world.resubmit(filing)
    world.pass_all(filing)
    with changes(sandbox):
        world.accept(filing)


def test_clock_switches_and_people_change_the_tag(sandbox: Sandbox, provider: Provider) -> None:
    owner_of(sandbox)
    Sandbox.objects.filter(pk=sandbox.pk).update(is_shared=True)
    acts: list[Callable[[], object]] = [
        lambda: clock.resume(sandbox, by=world.TRAINER),
        lambda: clock.set_speed(sandbox, 60, by=world.TRAINER),
        lambda: clock.pause(sandbox, by=world.TRAINER),
        lambda: sandboxes.pin_edition(sandbox, "miit-2018"),
        lambda: sandboxes.set_fault(sandbox, on=True),
        lambda: set_review(sandbox, AutomaticReview(5)),
        lambda: sandboxes.join(join_code=sandbox.join_code, name="小王"),
        lambda: sandboxes.set_roles(Participant.objects.get(name="小王"), roles={Role.BUREAU}, may_move_clock=True),
        lambda: sandboxes.remove(Participant.objects.get(name="小王")),
        lambda: sandboxes.close(sandbox),
    ]
    for act in acts:
        with changes(sandbox):
            act()


def test_what_raises_is_set_aside_and_tried_again_with_another_tag(sandbox: Sandbox, provider: Provider) -> None:
    filing = world.submit(provider)
    # What must stand in the tables once the codes are out, cannot.
    Filing.objects.filter(pk=filing.pk).update(noon_at=None, deadline_at=None)
    clock.move_to(sandbox, world.moment(world.SENT), by=world.TRAINER)
    with changes(sandbox):
        alarms.run_due(sandbox)
    assert alarms.set_aside(sandbox).count() == 1
    with changes(sandbox):
        alarms.retry(sandbox)


def test_tag_stays_while_nothing_happens(sandbox: Sandbox, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    elsewhere = world.new_provider(world.new_sandbox())
    with stays(sandbox):
        world.submit_and_send(elsewhere)
    with stays(sandbox):
        assert alarms.run_due(sandbox) == 0
        sandboxes.note_use(sandbox)
    with changes(sandbox):  # that somebody tried it is news to whoever teaches
        assert world.verify(filing, 1, code="", phone="13900009999").outcome == "not_found"
    with changes(sandbox), pytest.raises(Refused):
        world.accept(filing)
    with stays(sandbox), transaction.atomic():
        clock.move_to(sandbox, world.moment(world.NOON), by=world.TRAINER)
        transaction.set_rollback(True)


def test_sandbox_in_which_nothing_was_done_is_told_from_one_that_is_no_more() -> None:
    owner = sandboxes.open_empty(name="", begins=world.moment("2017-12-20 09:30"), columns={})
    before = news.tag(owner.sandbox_id)
    sandboxes.close(owner.sandbox)
    sandboxes.delete_everything_of(owner.sandbox_id)
    assert news._read(owner.sandbox_id) != before


def test_look_asks_the_cache_and_after_a_change_one_statement(sandbox: Sandbox) -> None:
    news.tag(sandbox.pk)
    with CaptureQueriesContext(connection) as queries:
        news.tag(sandbox.pk)
    assert len(queries) == 0
    news.note_change([sandbox.pk])
    with CaptureQueriesContext(connection) as queries:
        news.tag(sandbox.pk)
    assert len(queries) == 1


def test_one_transaction_is_one_piece_of_news_but_for_what_is_rolled_back(sandbox: Sandbox) -> None:
    with changes(sandbox), transaction.atomic():
        with transaction.atomic():
            news.note_change([sandbox.pk])
            transaction.set_rollback(True)
        assert Change.objects.count() == 0
        news.note_change([sandbox.pk])
        with transaction.atomic():
            news.note_change([sandbox.pk])
        assert Change.objects.count() == 1
    with changes(sandbox):
        news.note_change([sandbox.pk])


def test_statement_takes_the_index_of_the_sandbox(sandbox: Sandbox) -> None:
    Change.objects.bulk_create(Change(sandbox_id=sandbox.pk + n % 50) for n in range(20_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + news._ROWS, [sandbox.pk])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    # PostgreSQL looks into the table as well, as long as its rows were written lately.
    assert ("COVERING INDEX change_of_sandbox" if connection.vendor == "sqlite" else "change_of_sandbox") in plan


def test_lost_drop_heals_by_itself(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "KEPT_SECONDS", 1)
    before = news.tag(sandbox.pk)
    Change.objects.create(sandbox=sandbox)  # committed by somebody who then did not come to drop what is kept
    assert news.tag(sandbox.pk) == before
    while cache.get(news._key(sandbox.pk)) is not None:
        pass
    assert news.tag(sandbox.pk) == news._read(sandbox.pk) != before


def test_tag_is_told_while_the_cache_is_away(sandbox: Sandbox, redis_process: RedisProcess) -> None:
    redis_process.kill()
    try:
        with changes(sandbox):
            news.note_change([sandbox.pk])
    finally:
        redis_process.start()


def test_what_is_forgotten_leaves_one_row_a_sandbox_and_no_tag_comes_twice(sandbox: Sandbox) -> None:
    other = world.new_sandbox()
    tags = [news.tag(sandbox.pk)]
    for pk in (sandbox.pk, other.pk, sandbox.pk, sandbox.pk):
        news.note_change([pk])
        tags.append(news.tag(sandbox.pk))
    assert news.forget_old() == 2
    tags.append(news.tag(sandbox.pk))
    assert [tags[0] == tags[1], tags[1] == tags[2]] == [False, True]
    assert len(set(tags)) == 5
    assert list(Change.objects.values_list("sandbox", flat=True)) == [other.pk, sandbox.pk]
    assert news.forget_old() == 0


def test_lower_id_that_is_committed_later_changes_the_tag(sandbox: Sandbox) -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("one transaction at a time writes on SQLite")
    written, others_done = threading.Event(), threading.Event()

    def write_first_and_commit_last() -> None:
        with transaction.atomic():
            news.note_change([sandbox.pk])
            written.set()
            assert others_done.wait(10)
        connection.close()

    slow = threading.Thread(target=write_first_and_commit_last)
    slow.start()
    try:
        assert written.wait(10)
        with changes(sandbox):
            news.note_change([sandbox.pk])  # nobody waits for the other
        before = news.tag(sandbox.pk)
    finally:
        others_done.set()
        slow.join(10)
    assert news.tag(sandbox.pk) == news._read(sandbox.pk) != before
    ids = list(Change.objects.order_by("pk").values_list("pk", flat=True))
    assert before.endswith(str(ids[-1]))
    assert before != news.tag(sandbox.pk)
