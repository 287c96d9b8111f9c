"""A class of the running site is closed: no file of its data and no line of its log tells what was typed there."""

import time
from collections.abc import Set
from contextlib import suppress

import httpx

from tests.pages import page_of
from tests.stack_process import Stack

CLASS, NICKNAME, WORD, PERSON, PHONE = "金丝雀班", "金丝雀学员", "金丝雀的话", "金丝雀负责人", "13800777123"
CANARIES = {CLASS, NICKNAME, WORD, PERSON, PHONE}
PATIENCE = 60.0

#: A filing with a name and a phone in the sandbox of the only try.
FILE = f"""
from tests import world
from training.models import Try
provider = Try.objects.get().sandbox.providers.get()
world.submit_and_send(provider, world.first_filing(world.person(91, name="{PERSON}", phone="{PHONE}"), 92))
"""


def send(browser: httpx.Client, page: str, to: str, /, **fields: str | list[str]) -> httpx.Response:
    """Send a form that stands on a page."""
    token = page_of(browser.get(page)).all("input", name="csrfmiddlewaretoken")[0].attrs["value"]
    answer = browser.post(to, data={**fields, "csrfmiddlewaretoken": token})
    assert answer.status_code == 200, answer
    return answer


def found_in_files(stack: Stack) -> Set[str]:
    """Which of what was typed stands in a file of the data folder: database, its log, the cache's log."""
    found: set[str] = set()
    for path in stack.data_dir.rglob("*"):
        if path.is_file() and stack.static not in path.parents:
            with suppress(FileNotFoundError):  # renamed or removed meanwhile
                content = path.read_bytes()
                found |= {canary for canary in CANARIES if canary.encode() in content}
    return found


def test_no_file_tells_what_was_typed_in_a_closed_class(stack: Stack) -> None:
    with (
        httpx.Client(base_url=stack.url(""), follow_redirects=True, timeout=30) as trainer,
        httpx.Client(base_url=stack.url(""), follow_redirects=True, timeout=30) as member,
    ):
        tasks = ["first-verification", "one-person"]
        desk = send(
            trainer, "/class/new/", "/class/new/", name=CLASS, kind="alone", way="practice", exercises=tasks
        ).url.path
        base = desk.removesuffix("desk/")
        send(member, base, f"{base}join/", nickname=NICKNAME)
        there = send(member, base, f"{base}start/1/").url.path
        send(trainer, desk, f"{desk}say/", word=WORD)
        assert WORD in page_of(member.get(there)).text
        stack.manage("shell", text=FILE)
        assert found_in_files(stack) == CANARIES
        aof = b"".join(path.read_bytes() for path in (stack.data_dir / "redis").rglob("*.aof"))
        assert WORD.encode() in aof

        send(trainer, f"{desk}close/", f"{desk}close/")
        give_up = time.monotonic() + PATIENCE
        while found := found_in_files(stack):
            assert time.monotonic() < give_up, found
            time.sleep(0.2)
        assert not {canary for canary in CANARIES if canary in stack.log}
        assert "教员于" in page_of(member.get("/phone/")).text
