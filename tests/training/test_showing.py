"""看演示: the machine does a step when it could be read, goes when nobody asks, and leaves nothing to enter by."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from time_machine import TimeMachineFixture

from training import showing, tries
from training.facts import facts_in
from training.files import exercises
from training.models import Showing, Trainee, Try
from verification.models import ApiKey, Browser, Challenge, Provider, Sandbox
from verification.outside import keys, webhooks
from verification.refusals import Refused
from verification.time.clock import real_now
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db

NAME = "four-wrong"
#: So many may be watched at once.
MOST = 10


@pytest.fixture
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until the test moves it."""
    time_machine.move_to(real_now(), tick=False)
    return time_machine


def asked(found: Showing, wish: str = "") -> Showing:
    """The showing after a question."""
    again = showing.ask(found.key, wish)
    assert again is not None
    return again


def test_step_is_done_once_it_could_be_read_and_no_sooner(real_time: TimeMachineFixture) -> None:
    found = showing.start(NAME, most=MOST)
    said = exercises()[NAME].sentences.steps[exercises()[NAME].steps[0].id]
    time = timedelta(seconds=4) + timedelta(milliseconds=120) * len(said.do + said.why)
    real_time.shift(time - timedelta(microseconds=1))
    assert asked(found).done == 0
    real_time.shift(timedelta(microseconds=1))
    assert [asked(found).done, asked(found).done] == [1, 1]
    assert asked(found).said == "您的短信核验失败,请输入正确的信息。"
    assert Challenge.objects.get(sandbox=found.sandbox).tries == 1


def test_wishes_are_heeded(real_time: TimeMachineFixture) -> None:
    found = showing.start(NAME, most=MOST)
    assert asked(found, "next").done == 1
    paused = asked(found, "pause")
    real_time.shift(timedelta(seconds=59))
    assert (paused.is_paused, asked(found).done) == (True, 1)
    assert asked(found, "next").done == 2
    assert [asked(found, "faster").pace for _ in range(3)] == [2, 4, Showing.MOST_PACE]
    assert [asked(found, "slower").pace for _ in range(3)] == [2, 1, 1]
    assert asked(found, "go_on").is_paused is False
    assert asked(found, "next").done == asked(found, "next").done == 3
    assert showing.ask(found.key, "end") is None
    found.sandbox.refresh_from_db()
    assert found.sandbox.closed_at == real_now()


def test_nobody_asks_for_a_minute_and_it_is_gone(real_time: TimeMachineFixture) -> None:
    asked_again, swept, kept = (showing.start(NAME, most=MOST) for _ in range(3))
    real_time.shift(timedelta(seconds=30))
    asked(kept)
    real_time.shift(timedelta(seconds=31))
    assert showing.ask(asked_again.key) is None
    assert showing.close_forsaken() == 1
    assert set(Sandbox.objects.exclude(closed_at=None)) == {asked_again.sandbox, swept.sandbox}
    assert list(Showing.objects.all()) == [kept]
    assert showing.ask("nothing") is None


@pytest.mark.parametrize("name", exercises())
def test_whole_exercise_is_shown_and_leaves_neither_result_nor_key_nor_browser(name: str) -> None:
    found = showing.start(name, most=MOST)
    exercise = exercises()[name]
    for step in exercise.steps:
        told = showing.typed(found, exercise, step)
        assert all(each.label and each.text for each in told), step.id
        found = asked(found, "next")
    assert facts_in(exercise, found.filings, found.sandbox).hold(exercise.goal)
    assert found.sandbox.purpose == "showing"
    assert [model.objects.count() for model in (Try, Trainee, ApiKey, Browser)] == [0, 0, 0, 0]


def test_there_is_nothing_to_show_of_what_there_is_not() -> None:
    with pytest.raises(Refused, match="没有这个练习"):
        showing.start("nothing", most=MOST)
    found = showing.start(NAME, most=MOST)
    Showing.objects.filter(pk=found.pk).update(digest="of another file")
    assert showing.ask(found.key) is None


def test_so_many_are_watched_at_once_and_no_more(real_time: TimeMachineFixture) -> None:
    first, _ = (showing.start(NAME, most=2) for _ in range(2))
    with pytest.raises(Refused) as refused:
        showing.start(NAME, most=2)
    assert refused.value.code == "too_many_showings"
    real_time.shift(showing.FORSAKEN_AFTER + timedelta(seconds=1))
    assert showing.start(NAME, most=2).pk > first.pk  # those who have gone make room


def test_answer_to_a_message_that_is_asked_for_again_is_told() -> None:
    found, exercise = showing.start("third-resend", most=MOST), exercises()["third-resend"]
    said = []
    for step in exercise.steps:
        found = asked(found, "next")
        if step.act.do == "resend":
            said.append(found.said)
    assert len(said) >= 3
    assert all(said)
    assert said[-1] != said[0]  # the last one is refused


# ── Nothing from outside ─────────────────────────────────────────────────────


def test_nobody_enters_and_nothing_is_let_in() -> None:
    found = showing.start(NAME, most=MOST)
    assert found.sandbox.is_machine_played
    provider = Provider.objects.filter(sandbox=found.sandbox).earliest("id")
    for outside in (
        lambda: browsers.enter(None, found.participant),
        lambda: keys.make_key(provider, maker=found.participant, may_move_clock=True),
        lambda: webhooks.add_endpoint(provider, "https://example.com/hook"),
    ):
        with pytest.raises(Refused) as refused:
            outside()
        assert refused.value.code == "machine_played"
    for enter in (
        lambda: sandboxes.join(join_code=found.sandbox.join_code, name="路人"),
        lambda: sandboxes.recover(join_code=found.sandbox.join_code, recovery_code=""),
    ):
        with pytest.raises(Refused) as refused:
            enter()
        assert refused.value.code == "unknown_join_code"
    with pytest.raises(IntegrityError), transaction.atomic():
        Sandbox.objects.filter(pk=found.sandbox.pk).update(is_shared=True)
    this = tries.start(tries.new_trainee(), NAME)
    assert this.participant is not None
    assert browsers.enter(None, this.participant)  # an exercise that one does oneself
