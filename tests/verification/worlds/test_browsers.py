"""One browser, one world: in one sandbox at a time, with a way back to the others, and told how a visit ended."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests import world
from verification.models import Browser, Participant, Place, Sandbox
from verification.refusals import Refused
from verification.worlds import browsers, sandboxes

REAL = world.moment("2026-01-05 10:00")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The real time stands still unless the test moves it."""
    time_machine.move_to(REAL, tick=False)
    return time_machine


def participant(name: str = "小王", *, sandbox: Sandbox | None = None) -> Participant:
    home = sandbox or world.new_sandbox(is_shared=True)
    return Participant.objects.create(sandbox=home, name=name, joined_at=REAL)


def names_of(browser: Browser) -> list[str]:
    return [place.participant.name for place in browsers.places_of(browser)]


def ending_of(browser: Browser) -> tuple[str, str, str, str, int | None]:
    browser.refresh_from_db()
    shown = world.shown(browser.ended_at)
    return browser.ended, browser.ended_name, browser.ended_by, shown, browser.participant_id


NOT_ENDED = ("", "", "", "")


def test_browser_is_in_one_sandbox_and_may_go_back_to_the_others() -> None:
    first, second = participant("甲"), participant("乙")
    browser = browsers.enter(None, first)
    assert browsers.enter(browser, second) == browser
    assert Browser.objects.get() == browser
    assert (browser.participant, names_of(browser)) == (second, ["乙", "甲"])
    assert browsers.go_back(browser, first.pk) == first
    browser.refresh_from_db()
    assert (browser.participant, names_of(browser)) == (first, ["乙", "甲"])


def test_keys_are_long_and_unlike() -> None:
    keys = {browsers.enter(None, participant()).key for _ in range(3)}
    assert (len(keys), {len(key) for key in keys}) == (3, {22})


def test_browser_goes_back_only_to_where_it_was() -> None:
    mine, theirs = participant(), participant()
    browser = browsers.enter(None, mine)
    browsers.enter(None, theirs)
    gone = participant("丙")
    browsers.enter(browser, gone)
    sandboxes.close(gone.sandbox)
    for pk in (theirs.pk, gone.pk):
        with pytest.raises(Refused) as refusal:
            browsers.go_back(browser, pk)
        assert refusal.value.code == "no_way_back"
    assert names_of(browser) == ["小王"]
    browser.refresh_from_db()
    assert browser.participant is None


def test_leaving_keeps_the_way_back_and_forgetting_does_not() -> None:
    person = participant()
    browser = browsers.enter(None, person)
    browsers.leave(browser)
    assert ending_of(browser) == (*NOT_ENDED, None)
    assert names_of(browser) == ["小王"]
    browsers.forget(browser)
    assert (Browser.objects.count(), Place.objects.count()) == (0, 0)
    assert Participant.objects.filter(pk=person.pk).exists()


def test_person_is_found_again_by_sandbox_and_name() -> None:
    person = participant()
    code = person.sandbox.join_code
    browser = browsers.enter(None, person)
    browsers.leave(browser)
    assert browsers.find_again(browser, join_code=code, name=" 小王 ") == person
    assert browsers.find_again(browser, join_code=code, name="小李") is None
    assert browsers.find_again(browser, join_code=participant().sandbox.join_code, name="小王") is None
    assert browsers.find_again(None, join_code=code, name="小王") is None


# ── How visits end ───────────────────────────────────────────────────────────


def test_closing_tells_every_browser_in_it_who_closed_it_and_when(real_time: TimeMachineFixture) -> None:
    sandbox, elsewhere = world.new_sandbox(name="三班"), participant()
    teacher, pupil = participant("李老师", sandbox=sandbox), participant("小王", sandbox=sandbox)
    inside = [browsers.enter(None, person) for person in (teacher, pupil)]
    moved_on = browsers.enter(browsers.enter(None, pupil), elsewhere)
    real_time.shift(timedelta(hours=1))
    sandboxes.close(sandbox, by=world.By.participant(teacher))
    real_time.shift(timedelta(hours=1))
    sandboxes.close(sandbox, by=world.By.participant(pupil))
    sandboxes.delete_unused()
    expected = ("closed", "三班", "李老师", "2026-01-05 11:00", None)
    assert [ending_of(browser) for browser in inside] == [expected, expected]
    assert ending_of(moved_on) == (*NOT_ENDED, elsewhere.pk)
    assert [names_of(browser) for browser in (*inside, moved_on)] == [[], [], ["小王"]]


def test_closed_sandbox_keeps_the_name_of_who_closed_it() -> None:
    sandbox = world.new_sandbox()
    sandboxes.close(sandbox, by=world.TRAINER)
    sandboxes.close(sandbox, by=world.OFFICER)
    assert Sandbox.objects.get(pk=sandbox.pk).closed_by == "教员"


def test_removing_tells_the_browser() -> None:
    person = participant()
    browser = browsers.enter(None, person)
    sandboxes.remove(person, by=world.TRAINER)
    assert ending_of(browser) == ("removed", "测试", "教员", "2026-01-05 10:00", None)


def test_want_of_use_tells_the_browser(real_time: TimeMachineFixture) -> None:
    browser = browsers.enter(None, participant())
    real_time.shift(sandboxes.UNUSED_AFTER + timedelta(seconds=1))
    assert sandboxes.delete_unused() == 1
    assert ending_of(browser) == ("unused", "测试", "", "2026-02-04 10:00:01", None)


def test_word_of_an_ending_is_gone_with_the_next_sandbox() -> None:
    person, next_one = participant(), participant()
    browser = browsers.enter(None, person)
    sandboxes.close(person.sandbox)
    browser.refresh_from_db()
    browsers.enter(browser, next_one)
    assert ending_of(browser) == (*NOT_ENDED, next_one.pk)


# ── Use ──────────────────────────────────────────────────────────────────────


def test_use_is_noted_once_a_day_and_keeps_a_browser_for_a_year(real_time: TimeMachineFixture) -> None:
    browser = browsers.enter(None, participant())
    real_time.shift(timedelta(hours=23))
    browsers.note_use(browser)
    browser.refresh_from_db()
    assert browser.used_at == REAL
    real_time.shift(timedelta(hours=2))
    browsers.note_use(browser)
    browser.refresh_from_db()
    assert browser.used_at == REAL + timedelta(hours=25)
    real_time.shift(browsers.STALE_AFTER)
    assert browsers.delete_stale() == 0
    real_time.shift(timedelta(seconds=1))
    assert browsers.delete_stale() == 1
    assert not Browser.objects.exists()
