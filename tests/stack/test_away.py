"""Broker or database away for a while: the site answers as it can, and resumes without a restart of any part."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from portal.portals.captcha.tokens import Verdict
from tests.redis_process import RedisProcess
from tests.stack_process import Stack
from tests.stack_visitor import Entry, Visitor
from tools import postgres, redis_server
from tools.postgres import PostgresServer

PARTS = ("granian", " worker ", " beat ")
PATIENCE = 60.0
NOT_FOUND = "该条验证库里找不到记录。"
ONE_OF_TWO = "您的短信核验完成,请等待其他核验人进行短信核验。"
RESENT = "您的短信已发送成功。"
OPEN = """
    SELECT challenge.code, phone.number, challenge.id_suffix
    FROM verification_challenge challenge JOIN verification_phone phone ON phone.id = challenge.phone_id
    WHERE challenge.state = 'open' ORDER BY challenge.id
"""
WAITING_FOR_NOON = "SELECT id FROM verification_filing WHERE alarm_kind = 'noon'"
SENT = "SELECT cause, count(*), count(DISTINCT challenge_id) FROM verification_message GROUP BY cause ORDER BY cause"

Query = Callable[[str], list[tuple[Any, ...]]]
NewVisitor = Callable[[Stack, Query], Visitor]


def wait_for(is_so: Callable[[], bool], stack: Stack) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < give_up, stack.log
        time.sleep(0.1)


def is_ready(stack: Stack) -> bool:
    return bool(stack.get_json("/readyz")["ready"])


def parts_of(stack: Stack) -> dict[str, set[int]]:
    """The leading processes of the parts; their children come and go."""
    found = {name: stack.processes(name) for name in PARTS}
    return {name: {process.pid for process in found[name] if process.parent() not in found[name]} for name in PARTS}


@pytest.fixture
def new_visitor(settings: Settings) -> Iterator[NewVisitor]:
    """Brings a visitor whose filings have got their codes."""
    with ExitStack() as to_close:

        def make(stack: Stack, query: Query) -> Visitor:
            settings.SECRET_KEY = (stack.data_dir / "secret-key").read_text()
            visitor = to_close.enter_context(closing(Visitor(stack, scenario="2017-gs")))
            visitor.send("/clock/", "/clock/jump/")
            wait_for(lambda: query(OPEN) != [], stack)
            return visitor

        yield make


def right_entries(query: Query) -> list[Entry]:
    """What the persons of all open challenges have to enter."""
    return [{"code": code, "phone": phone, "id_suffix": suffix} for code, phone, suffix in query(OPEN)]


def entry_without_code(entry: Entry) -> Entry:
    return {name: text for name, text in entry.items() if name != "code"}


# ── The broker, which is the cache, too ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RedisProcess]:
    """A broker that forgets everything when it is killed."""
    process = RedisProcess(redis_server.prepare(tmp_path / "redis", persistent=False))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def stack_on_broker(broker: RedisProcess, tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path, REDIS_URL=broker.url)
    stack.start()
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()


@pytest.mark.rule("V-12", "C-04")
def test_site_goes_on_while_the_broker_is_away_and_after_it_has_forgotten_everything(
    stack_on_broker: Stack, broker: RedisProcess, new_visitor: NewVisitor
) -> None:
    stack = stack_on_broker
    visitor, entries = new_visitor(stack, stack.query), right_entries(stack.query)
    used_before, parts, count = visitor.new_captcha(), parts_of(stack), len(entries)
    assert visitor.enter("verify", {**entries[0], "id_suffix": "00000X"}, used_before) == NOT_FOUND

    broker.kill()
    assert visitor.enter("verify", entries[0], used_before) == Verdict.STALE
    used_meanwhile = visitor.new_captcha()
    assert visitor.enter("verify", entries[0], used_meanwhile) == ONE_OF_TWO
    assert visitor.enter("resend", entry_without_code(entries[1])) == RESENT
    assert "limits fall back" in stack.log
    visitor.move_clock("2017-12-21T13:00")
    assert visitor.status("/readyz") == 503

    broker.start()
    wait_for(lambda: stack.query(WAITING_FOR_NOON) == [], stack)
    wait_for(lambda: is_ready(stack), stack)
    assert [visitor.enter("verify", entries[1], used) for used in (used_before, used_meanwhile)] == [Verdict.STALE] * 2
    assert stack.query(SENT) == [("first", count, count), ("manual", 1, 1), ("noon", count - 1, count - 1)]
    assert parts_of(stack) == parts


# ── The database ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Database:
    """A PostgreSQL that the test may end, as in a crash, and start again."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server

    def start(self) -> None:
        self._process = subprocess.Popen(self.server.command, user=self.server.user, stderr=subprocess.DEVNULL)
        self.server.wait()

    def crash(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # at once, without a checkpoint; the next start recovers
        self._process.wait()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg.connect(self.server.url)) as connection:
            return connection.execute(sql.encode()).fetchall()


@pytest.fixture
def database() -> Iterator[Database]:
    with postgres.prepared() as server:
        database = Database(server)
        database.start()
        yield database
        database.crash()


@pytest.fixture
def stack_on_database(database: Database, tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path, DATABASE_URL=database.server.url)
    stack.start()
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()


@pytest.mark.rule("C-04")
def test_site_resumes_by_itself_after_the_database_was_restarted(
    stack_on_database: Stack, database: Database, new_visitor: NewVisitor
) -> None:
    stack = stack_on_database
    visitor, entries = new_visitor(stack, database.query), right_entries(database.query)
    parts, count = parts_of(stack), len(entries)
    visitor.move_clock("2017-12-21T13:00")

    database.crash()
    assert visitor.status("/provider/") == 500
    assert stack.get_json("/readyz")["parts"]["database"]["ok"] is False

    database.start()
    assert visitor.enter("verify", entries[0]) == ONE_OF_TWO
    assert visitor.enter("resend", entry_without_code(entries[1])) == RESENT
    wait_for(lambda: database.query(WAITING_FOR_NOON) == [], stack)
    wait_for(lambda: is_ready(stack), stack)
    assert database.query(SENT) == [("first", count, count), ("manual", 1, 1), ("noon", count, count)]
    assert parts_of(stack) == parts
