"""Every exercise, done to its goal by pressing what “show me” highlights; it leaves the rows that the machine does."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PATIENCE, WIDE, NewPage
from tests.browser.pressing import Broken, Presser, Wanderer, perform, replay
from tests.stack_process import Stack
from tools.groups import is_full
from training.files import exercises

NAMES = list(exercises())
#: On so small a phone, too, the bar covers nothing that must be pressed.
SMALLEST = (320, 640)
#: Done once more without scripts, and by keyboard alone; in the long form all are done by keyboard.
WITHOUT_SCRIPTS = ("first-verification", "corrected")
BY_KEYBOARD = NAMES if is_full() else ["one-person"]
#: How often the clock is moved is the presser's own matter.
_ATTEMPTS = "SELECT kind, outcome, piece FROM verification_attempt WHERE sandbox_id = ? AND kind <> 'move'"
_EVENTS = (
    "SELECT event.kind, event.reason FROM verification_event AS event JOIN verification_filing AS filing "
    "ON filing.id = event.filing_id WHERE filing.sandbox_id = ?"
)
_PLAYED = """
import json
from tests.training.played import play
print(json.dumps({name: play(name) for name in %r}))
"""

Rows = Counter[tuple[str, ...]]


@pytest.fixture(scope="module")
def sandboxes_of_machine(stack: Stack) -> dict[str, int]:
    """By exercise a sandbox in which the machine has done its steps by the domain's calls."""
    found: dict[str, int] = json.loads(stack.manage("shell", text=_PLAYED % NAMES).splitlines()[-1])
    return found


def rows_of(stack: Stack, sandbox: int) -> tuple[Rows, Rows]:
    """What was tried in a sandbox, and what has happened."""
    return Counter(stack.query(_ATTEMPTS, sandbox)), Counter(stack.query(_EVENTS, sandbox))


def widths(name: str) -> list[tuple[int, int]]:
    """Both, or one or the other, by the exercise's name."""
    return [WIDE, SMALLEST] if is_full() else [(WIDE, SMALLEST)[sum(name.encode()) % 2]]


@pytest.mark.parametrize(("name", "width_and_height"), [(name, width) for name in NAMES for width in widths(name)])
def test_exercise_is_done_by_what_is_shown(
    name: str, width_and_height: tuple[int, int], new_page: NewPage, stack: Stack, sandboxes_of_machine: dict[str, int]
) -> None:
    replay(Presser(new_page(width_and_height=width_and_height), stack, exercises()[name]))
    ((sandbox,),) = stack.query("SELECT sandbox_id FROM training_try WHERE exercise = ? ORDER BY id DESC LIMIT 1", name)
    assert rows_of(stack, sandbox) == rows_of(stack, sandboxes_of_machine[name])


@pytest.mark.parametrize("name", WITHOUT_SCRIPTS)
def test_exercise_is_done_without_scripts(name: str, new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=SMALLEST, javascript=False)
    replay(Presser(page, stack, exercises()[name], has_scripts=False))


@pytest.mark.parametrize("name", BY_KEYBOARD)
def test_exercise_is_done_by_keyboard(name: str, new_page: NewPage, stack: Stack) -> None:
    replay(Presser(new_page(), stack, exercises()[name], by_keyboard=True))


ENDS = [(name, end.id) for name, exercise in exercises().items() for end in exercise.ends] if is_full() else []


@pytest.mark.parametrize(("name", "end"), ENDS or [("sixth-entry", exercises()["sixth-entry"].ends[0].id)])
def test_failing_end_is_reached_by_pressing(name: str, end: str, new_page: NewPage, stack: Stack) -> None:
    exercise = exercises()[name]
    by = Wanderer(new_page(), stack, exercise, shows_the_way=False)
    by.begin()
    for act in next(each.play for each in exercise.ends if each.id == end):
        by.act = act
        perform(by, act)
    by.page.goto(stack.url("/phone/"))
    expect(by.bar).to_contain_text(exercise.sentences.ends[end].title)


# ── What breaks a replay ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def impatience() -> Iterator[None]:
    """What is missing is not waited for long, but the jobs are."""
    expect.set_options(timeout=3_000)
    yield
    expect.set_options(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("pages", "there", "instead", "step", "control"),
    [
        pytest.param("**/provider/*/", "不修改，直接重新提交", "再交一次", "resubmit", "provider.status", id="label"),
        pytest.param("**/clock/", 'data-guide="clock.jump"', "", "new-code", "clock.jump", id="control"),
        pytest.param("**/clock/", None, "", "miss", "clock.jump", id="page"),
    ],
)
@pytest.mark.usefixtures("impatience")
def test_change_of_the_site_breaks_the_replay_and_is_named(
    new_page: NewPage,
    stack: Stack,
    problems: list[str],
    pages: str,
    there: str | None,
    instead: str,
    step: str,
    control: str,
) -> None:
    def change(route: Route) -> None:
        if there is None:
            route.fulfill(status=404, body="<!doctype html><title>404</title>", content_type="text/html")
            return
        answer = route.fetch(max_redirects=0)
        route.fulfill(response=answer, body=answer.text().replace(there, instead))

    page = new_page()
    page.context.set_default_timeout(3_000)
    page.route(pages, change)
    with pytest.raises(Broken, match=f"exercise missed-deadline, step {step}, control {control}"):
        replay(Presser(page, stack, exercises()["missed-deadline"]))
    problems.clear()
