"""A part of the site dies in the midst of a class: nobody's try is lost, nothing happens twice, and all go on."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.pages import Node, page_of
from tests.stack_process import Stack
from tools import stack as parts

#: By part the process that is killed.
LEADERS = {"redis": "-server 127.0.0.1", "web": "granian", "worker": "--queues celery"}

#: Its first step is to let the deadline pass: a job returns the filing.
EXERCISE = "missed-deadline"
MEMBERS = 5
PATIENCE = 60.0

_RETURNED = """
SELECT COUNT(*) FROM verification_event AS event
JOIN verification_filing AS filing ON filing.id = event.filing_id
JOIN training_try AS try ON try.sandbox_id = filing.sandbox_id
JOIN training_member AS member ON member.id = try.member_id
JOIN training_course AS course ON course.id = member.course_id
WHERE course.code = ? AND event.kind = 'filing.returned'
"""


class Somebody:
    """A browser without scripts that tries again while the site is away, as people do."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def open(self, path: str) -> Node:
        """A page."""
        return page_of(_insist(lambda: self._http.get(path)))

    def send(self, page: str, to: str, /, **fields: str) -> str:
        """Send a form that stands on a page; the path of the page that answers."""
        token = self.open(page).all("input", name="csrfmiddlewaretoken")[0].attrs["value"]
        return _insist(lambda: self._http.post(to, data={**fields, "csrfmiddlewaretoken": token})).url.path


def _insist(ask: Callable[[], httpx.Response]) -> httpx.Response:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return answer
        assert time.monotonic() < give_up, answer
        time.sleep(0.1)


@pytest.fixture
def people(stack: Stack) -> Iterator[list[Somebody]]:
    """A trainer, then the members."""
    with ExitStack() as opened:
        yield [
            Somebody(
                opened.enter_context(httpx.Client(base_url=stack.url(""), follow_redirects=True, timeout=PATIENCE))
            )
            for _ in range(1 + MEMBERS)
        ]


def _until(holds: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


@pytest.mark.parametrize("part", LEADERS)
def test_class_goes_on_when_a_part_of_the_site_dies(stack: Stack, people: list[Somebody], part: str) -> None:
    trainer, *members = people
    form = {"name": f"班 {part}", "kind": "alone", "way": "practice", "exercises": EXERCISE}
    desk = trainer.send("/class/new/", "/class/new/", **form)
    base, code = desk.removesuffix("desk/"), desk.split("/")[2]
    for number, member in enumerate(members):
        member.send(base, f"{base}join/", nickname=f"学员{number}")
        member.send(base, f"{base}start/1/")

    for member in members[:2]:
        member.send("/clock/", "/clock/jump/")
    before = {process.pid for process in stack.processes(LEADERS[part])}
    min(stack.processes(LEADERS[part]), key=lambda process: process.create_time()).send_signal(signal.SIGKILL)
    for member in members[2:]:
        member.send("/clock/", "/clock/jump/")

    choices = parts.Choices(port=stack.port, data_dir=stack.data_dir, redis_url="")
    _until(lambda: not before & {process.pid for process in stack.processes(LEADERS[part])}, "the part is still there")
    _until(lambda: parts.ask_ready(choices)[0], "the site is not ready again")
    _until(lambda: stack.query(_RETURNED, code) == [(MEMBERS,)], "not all filings came back")
    _until(lambda: trainer.open(desk).text.count("第 2 / ") == MEMBERS, "the desk does not show it")
    for member in members:
        assert "第 2 步" in member.open("/provider/").one("aside", class_="lesson").text
        assert "进行中" in member.open(base).text
    assert stack.query(_RETURNED, code) == [(MEMBERS,)]
    trainer.send(f"{desk}close/", f"{desk}close/")
    assert stack.query("SELECT COUNT(*) FROM training_course WHERE code = ?", code) == [(0,)]
