"""The clock of an exercise stops by itself once nobody has asked for a minute; an end that was reached stays."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from time_machine import TimeMachineFixture

from portal.shared.page import news as page_news
from tests.pages import page_of
from tests.portal.exercises.test_exercises import bar_of, begun, pass_all
from tests.visitors import anybody
from training import presence, tries
from training.files import EXERCISES_DIR, exercises
from training.judging import GOAL
from training.models import Try
from training.presence import ALONE_AFTER
from verification.acting import filings
from verification.by import By
from verification.models import Filing, Sandbox
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

BY = By.machine("测试")


def is_running(this: Try) -> bool:
    """Whether the try's clock runs."""
    return not Sandbox.objects.get(exercise_try=this).clock_paused


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until the test moves it."""
    time_machine.move_to(clock.real_now(), tick=False)
    return time_machine


@pytest.fixture
def browser(real_time: TimeMachineFixture) -> Client:
    """Somebody at an exercise."""
    client = anybody()
    begun(client)
    return client


@pytest.mark.parametrize("is_there", [True, False])
def test_clock_that_runs_for_nobody_stops(browser: Client, real_time: TimeMachineFixture, *, is_there: bool) -> None:
    cache.clear()
    this = Try.objects.get()
    browser.post("/clock/set/", {"action": "resume"})
    assert is_running(this)
    assert presence.stop_forsaken_clocks() == 0
    cache.clear()  # as after a minute
    real_time.shift(ALONE_AFTER + timedelta(seconds=1))
    if is_there:
        browser.get("/phone/")
    assert presence.stop_forsaken_clocks() == (0 if is_there else 1)
    assert is_running(this) is is_there


def test_page_that_asks_for_news_keeps_the_clock_running(browser: Client, real_time: TimeMachineFixture) -> None:
    this = Try.objects.get()
    assert this.sandbox is not None
    assert "+" not in page_news.address_for(this.sandbox)
    clock.resume(this.sandbox, by=BY)
    address = page_news.address_for(this.sandbox)
    cache.clear()
    real_time.shift(ALONE_AFTER + timedelta(seconds=1))
    assert browser.get(address).status_code == 200
    assert presence.stop_forsaken_clocks() == 0


def test_clocks_of_plain_sandboxes_run_on(real_time: TimeMachineFixture) -> None:
    sandbox = sandboxes.start(scenario="2020").sandbox
    real_time.shift(timedelta(hours=1))
    assert presence.stop_forsaken_clocks() == 0
    sandbox.refresh_from_db()
    assert not sandbox.clock_paused


def test_end_that_was_reached_stays_whatever_happens_then(browser: Client) -> None:
    this = Try.objects.get()
    pass_all(this)
    browser.post("/lesson/seen/", {"step": exercises()[this.exercise].steps[0].id, "next": "/"})
    this.refresh_from_db()
    assert (this.reached, this.end, this.ended_at) == (GOAL, "", None)
    filings.withdraw(Filing.objects.get(sandbox=this.sandbox), by=BY)
    assert this.sandbox is not None
    looked = tries.look(this, this.sandbox)
    assert looked is not None
    assert looked.standing.is_good
    assert "看复盘" in bar_of(page_of(browser.get("/phone/"))).text
    assert tries.finish(this)
    assert (this.end, this.debrief["filings"][0]["state"]) == (GOAL, "已退回")


def test_looking_settles_nothing(browser: Client) -> None:
    this = Try.objects.get()
    pass_all(this)
    browser.get("/phone/")
    this.refresh_from_db()
    assert this.reached == ""


def test_checker_counts_what_has_no_english(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_exercise", str(EXERCISES_DIR / "two-codes.toml"))
    steps = len(exercises()["two-codes"].steps)
    assert f"Of {2 * steps} sentences {2 * steps} have no English yet." in capsys.readouterr().out
