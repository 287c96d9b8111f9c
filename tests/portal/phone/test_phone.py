"""The simulated phones: what arrives, what does not and why, the switches, and the fragment that the page asks for."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.visitors import browser_of
from tests.world import TRAINER
from verification.acting import phones
from verification.by import By
from verification.law.times import SHANGHAI
from verification.models import Message, MessageStatus, Person, Phone, Sandbox
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

MORNING = datetime(2017, 12, 20, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture
def sandbox() -> Sandbox:
    """The scenario of 2017, its clock standing still at half past nine; three filings wait for their messages."""
    with time_machine.travel(0, tick=False):
        sandbox = sandboxes.start(scenario="2017-gs", shared=True).sandbox
        clock.pause(sandbox, by=TRAINER)
    return sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """The browser of who made the sandbox."""
    return browser_of(sandbox.participants.get(is_owner=True))


@pytest.fixture
def phone(sandbox: Sandbox) -> Phone:
    """A phone that a message is on its way to."""
    phone = Phone.objects.filter(sandbox=sandbox, challenges__isnull=False).order_by("id").first()
    assert phone is not None
    return phone


def go_on(sandbox: Sandbox, **time: int) -> None:
    """Move the clock and let the jobs do what is due."""
    sandbox.refresh_from_db()
    clock.move_to(sandbox, clock.now(sandbox) + timedelta(**time), by=By.machine("test"))
    alarms.run_due(sandbox)


def text_of(response: object) -> str:
    """A page's text without its tags."""
    content: bytes = response.content  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


# ── The pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_index_shows_every_phone_with_what_came_last(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    text = text_of(client.get("/phone/"))
    for number in sandbox.phones.values_list("number", flat=True):
        assert number in text
    owner = Person.objects.get(sandbox=sandbox, phone=phone.number)
    assert f"{phone.number} {owner.name} · 移动 1 条短信，最近一条 2017-12-20 09:35" in text


def test_index_costs_as_much_for_many_phones(client: Client, sandbox: Sandbox) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get("/phone/")
    Phone.objects.bulk_create(Phone(sandbox=sandbox, number=f"1588888{serial:04}") for serial in range(60))
    with CaptureQueriesContext(connection) as many:
        client.get("/phone/")
    assert len(many) == len(few)
    found = re.findall("<h2 class=.card__title digits.>(.*?)</h2>", client.get("/phone/?q=88880059").content.decode())
    assert found == ["15888880059"]


def test_message_shows_sender_time_code_and_the_way_to_verify(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    page = client.get(f"/phone/{phone.pk}/").content.decode()
    message = Message.objects.select_related("challenge").get(phone=phone)
    code = message.challenge.code
    assert f'<span class="sms__code digits">{code}</span>' in page
    assert f'data-copy="{code}"' in page
    assert f'<span class="digits">{message.sender}</span>' in page
    assert "2017-12-20 09:35:00</time>" in page
    assert 'href="/go/gs?to=/verify/"' in page


def test_page_says_who_answers_the_phone_and_what_only_they_know(
    client: Client, sandbox: Sandbox, phone: Phone
) -> None:
    (person,) = Person.objects.filter(sandbox=sandbox, phone=phone.number)
    assert f"机主：{person.name} 证件号码后六位 {person.id_suffix}" in text_of(client.get(f"/phone/{phone.pk}/"))


def test_newest_message_comes_first(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    go_on(sandbox, days=1, hours=3)
    page = client.get(f"/phone/{phone.pk}/").content.decode()
    assert re.findall(r"(2017-12-\d\d \d\d:\d\d):\d\d</time></p>", page) == ["2017-12-21 12:00", "2017-12-20 09:35"]


def test_phone_of_another_sandbox_is_not_there(phone: Phone) -> None:
    stranger = browser_of(sandboxes.start(scenario="2017-gs").participant)
    assert stranger.get(f"/phone/{phone.pk}/").status_code == 404
    assert stranger.get(f"/phone/{phone.pk}/messages/").status_code == 404
    assert stranger.post(f"/phone/{phone.pk}/switch/", {"switch": "no_signal", "on": "1"}).status_code == 404


def test_next_moment_is_offered_to_who_may_move_the_clock(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    pupil = browser_of(sandboxes.join(join_code=sandbox.join_code, name="小王"))
    assert "2017-12-20 09:35:00 下发验证码" in text_of(pupil.get(f"/phone/{phone.pk}/"))
    assert "跳到下一个时刻" not in pupil.get(f"/phone/{phone.pk}/").content.decode()
    assert "跳到下一个时刻" in client.get(f"/phone/{phone.pk}/").content.decode()


# ── What keeps messages away ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("C-10")
def test_without_signal_the_message_waits_and_comes_with_the_signal(
    client: Client, sandbox: Sandbox, phone: Phone
) -> None:
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "no_signal", "on": "1"})
    go_on(sandbox, minutes=5)
    text = text_of(client.get(f"/phone/{phone.pk}/"))
    assert "没有短信" in text
    assert "2017-12-20 09:35:00 首次下发 无信号，等待送达 恢复信号后会自动送达。" in text
    go_on(sandbox, minutes=10)
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "no_signal", "on": "0"})
    assert list(phones.inbox(phone).values_list("arrived_at", flat=True)) == [MORNING + timedelta(minutes=15)]
    text = text_of(client.get(f"/phone/{phone.pk}/"))
    assert "发出的短信都在手机上。" in text


@pytest.mark.rule("C-10")
def test_spam_filter_swallows_the_message_for_good(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "spam_filter", "on": "1"})
    go_on(sandbox, minutes=5)
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "spam_filter", "on": "0"})
    text = text_of(client.get(f"/phone/{phone.pk}/"))
    assert "没有短信" in text
    assert "被垃圾短信拦截 关闭拦截或把 SIM 卡换到其他手机，再到核验页面重发短信。" in text


@pytest.mark.rule("C-10")
def test_another_handset_has_no_such_filter(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "spam_filter", "on": "1"})
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "other_handset", "on": "1"})
    go_on(sandbox, minutes=5)
    assert [message.status for message in phones.inbox(phone)] == [MessageStatus.ARRIVED]


@pytest.mark.rule("C-10")
def test_deleted_message_is_gone_and_says_what_to_do(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    message = Message.objects.get(phone=phone)
    response = client.post(f"/phone/{phone.pk}/messages/{message.pk}/delete/", follow=True)
    assert "短信已删除。再需要其中的验证码时，请到核验页面重发短信。" in response.content.decode()
    assert "没有短信" in text_of(response)
    assert client.post(f"/phone/{phone.pk}/messages/{message.pk}/delete/").status_code == 404


def test_switches_show_their_state(client: Client, phone: Phone) -> None:
    response = client.post(f"/phone/{phone.pk}/switch/", {"switch": "spam_filter", "on": "1"}, follow=True)
    page = response.content.decode()
    assert re.findall(r'aria-pressed="(\w+)" aria-describedby="about-(\w+)"', page) == [
        ("false", "no_signal"),
        ("true", "spam_filter"),
        ("false", "other_handset"),
    ]
    assert "“垃圾短信拦截”已打开。" in page
    assert '<span class="badge badge--warn">垃圾短信拦截</span>' in client.get("/phone/").content.decode()


def test_unknown_switch_changes_nothing(client: Client, phone: Phone) -> None:
    response = client.post(f"/phone/{phone.pk}/switch/", {"switch": "flight_mode", "on": "1"}, follow=True)
    assert "没有这个开关，请使用页面上的按钮。" in response.content.decode()


# ── The fragment ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fragment_is_not_sent_again_until_something_changes(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    address = f"/phone/{phone.pk}/messages/"
    first = client.get(address)
    assert (first.status_code, first["Sandbox-Clock-Speed"]) == (200, "0")
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    go_on(sandbox, minutes=5)
    second = client.get(address, headers={"if-none-match": first["ETag"]})
    assert second.status_code == 200
    assert float(second["Sandbox-Clock-At"]) == (MORNING + timedelta(minutes=5)).timestamp()
    assert Message.objects.select_related("challenge").get(phone=phone).challenge.code in second.content.decode()


def test_fragment_does_not_change_with_the_running_clock(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    clock.resume(sandbox, by=TRAINER)
    address = f"/phone/{phone.pk}/messages/"
    etags = {client.get(address)["ETag"] for _ in range(2)}
    assert len(etags) == 1
    clock.set_speed(sandbox, 60, by=TRAINER)
    assert client.get(address)["ETag"] not in etags


def test_fragment_holds_the_same_parts_as_the_page(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    parts = re.compile(r'data-live-part="(\w+)">(.*?)</(?:div|section)>\n', re.DOTALL)
    page = dict(parts.findall(client.get(f"/phone/{phone.pk}/").content.decode()))
    fragment = dict(parts.findall(client.get(f"/phone/{phone.pk}/messages/").content.decode()))
    assert page.keys() == fragment.keys() == {"inbox", "next", "missing"}
    assert page == fragment


def test_fragment_costs_few_queries(client: Client, phone: Phone) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/phone/{phone.pk}/messages/")
    assert len(queries) == 5  # visit, phone, inbox, what is missing, next alarm
