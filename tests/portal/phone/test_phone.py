"""The simulated phones: what arrives, what does not and why, the switches, and what is on its way."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import page_of
from tests.verification.editions import in_edition
from tests.visitors import browser_of, owner_of
from tests.world import TRAINER
from verification.acting import phones
from verification.by import By
from verification.law.times import SHANGHAI
from verification.models import Filing, Message, MessageStatus, Person, Phone, Sandbox
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes
from verification.worlds.bureau import AutomaticReview

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
    client.get("/phone/")  # the tag is known from now on
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
    assert live(stranger, f"/phone/{phone.pk}/").status_code == 404
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
    assert "被垃圾短信拦截 现在不会再被拦截，请到核验页面重发短信。" in text


@pytest.mark.rule("C-10")
def test_swallowed_message_says_what_to_switch_as_long_as_that_is_needed(
    client: Client, sandbox: Sandbox, phone: Phone
) -> None:
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "spam_filter", "on": "1"})
    go_on(sandbox, minutes=5)
    advice = "关闭拦截或把 SIM 卡换到其他手机，再到核验页面重发短信。"
    assert advice in text_of(client.get(f"/phone/{phone.pk}/"))
    client.post(f"/phone/{phone.pk}/switch/", {"switch": "other_handset", "on": "1"})
    assert advice not in text_of(client.get(f"/phone/{phone.pk}/"))


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


# ── What the page's script asks for ──────────────────────────────────────────────────────────────────────────────────


def live(client: Client, address: str, **headers: str) -> HttpResponse:
    """The answer to the page's script."""
    response: HttpResponse = client.get(address, headers={"live": "1", **headers})  # type: ignore[assignment]
    return response


def test_script_gets_the_same_part_as_the_page_without_its_frame(
    client: Client, sandbox: Sandbox, phone: Phone
) -> None:
    go_on(sandbox, minutes=5)
    parts = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", part)
        for answer in (client.get(f"/phone/{phone.pk}/"), live(client, f"/phone/{phone.pk}/"))
        for part in re.findall(
            r'<div class="phone-page" data-live-part="phone">.*</main>', str(answer.content.decode()), re.DOTALL
        )
    ]
    assert len(parts) == 2
    assert parts[0] == parts[1]
    assert "<html" not in live(client, f"/phone/{phone.pk}/").content.decode()


def test_messages_come_in_pages_and_the_newest_first(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    message = Message.objects.get(phone=phone)
    for number in range(25):
        message.pk, message.sender = None, f"{number:08}"
        message.arrived_at = message.sent_at = MORNING + timedelta(hours=1, minutes=number)
        message.save(force_insert=True)
    senders = re.compile(r'sms__head"><span class="digits">(\d+)</span>')
    first, second = (client.get(f"/phone/{phone.pk}/?page={page}").content.decode() for page in (1, 2))
    assert senders.findall(first) == [f"{number:08}" for number in range(24, 4, -1)]
    assert senders.findall(second)[:5] == [f"{number:08}" for number in range(4, -1, -1)]
    assert "第 1 页，共 2 页（26 条）" in text_of(client.get(f"/phone/{phone.pk}/"))


def test_what_is_missing_is_cut_off(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    Message.objects.filter(phone=phone).update(status=MessageStatus.HELD, arrived_at=None)
    message = Message.objects.get(phone=phone)
    Message.objects.bulk_create(
        Message(**{field.attname: getattr(message, field.attname) for field in Message._meta.concrete_fields[1:]})
        for _ in range(29)
    )
    text = text_of(client.get(f"/phone/{phone.pk}/"))
    assert text.count("恢复信号后会自动送达。") == 20
    assert "共 30 条，这里只列出最近的 20 条。" in text


def test_page_costs_as_much_for_many_messages(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    go_on(sandbox, minutes=5)
    live(client, f"/phone/{phone.pk}/")  # the tag is known from now on
    with CaptureQueriesContext(connection) as few:
        live(client, f"/phone/{phone.pk}/")
    go_on(sandbox, days=1, hours=3)
    with CaptureQueriesContext(connection) as many:
        live(client, f"/phone/{phone.pk}/")
    # Visit, phone, inbox and its number, what is missing, next alarm, whose phone it is; one more where so much is
    # missing that it is only counted, and one where something is due.
    assert (len(few), len(many)) == (7, 7)


# ── While the jobs are at it ─────────────────────────────────────────────────────────────────────────────────────────


def test_message_on_its_way_is_said_to_be_so(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    address, label = f"/phone/{phone.pk}/", "下发验证码"
    response = client.post("/clock/jump/", {"next": address}, follow=True)
    text = text_of(response)
    assert f"时钟已拨到 2017-12-20 09:35:00，到了“{label}”的时刻" in text
    assert "有短信正在下发，请稍候。" in text
    assert "没有短信" not in text
    assert f"{label}：正在处理，请稍候" in text_of(client.get("/phone/"))
    alarms.run_due(Sandbox.objects.get(pk=sandbox.pk))
    text = text_of(client.get(address))
    assert "请稍候" not in text
    assert "2017-12-20 09:35:00" in text


def test_what_is_set_aside_is_not_on_its_way(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    client.post("/clock/jump/")
    Filing.objects.update(alarm_error="ValueError: 坏行")
    assert "没有短信" in text_of(client.get(f"/phone/{phone.pk}/"))
    assert "请稍候" not in text_of(client.get("/phone/"))


def test_index_says_for_which_filing_a_phone_gets_what_next(client: Client, sandbox: Sandbox, phone: Phone) -> None:
    filing = Filing.objects.get(challenges__phone=phone)
    text = text_of(client.get("/phone/"))
    assert f"· 移动 没有短信 申请 {filing.number} 2017-12-20 09:35 下发验证码" in text
    go_on(sandbox, minutes=5)
    text = text_of(client.get("/phone/"))
    assert f"最近一条 2017-12-20 09:35 申请 {filing.number} 2017-12-21 12:00 中午重发" in text


def test_index_begins_with_the_latest_message_then_with_what_comes_next(client: Client, sandbox: Sandbox) -> None:
    def order() -> list[str]:
        return re.findall("<h2 class=.card__title digits.>(.*?)</h2>", client.get("/phone/").content.decode())

    def numbers(filing: Filing) -> list[str]:
        return sorted(filing.challenges.values_list("phone__number", flat=True))

    one, two, three = Filing.objects.filter(sandbox=sandbox).order_by("id")
    for minutes, filing in ((10, three), (20, one), (30, two)):
        Filing.objects.filter(pk=filing.pk).update(alarm_at=MORNING + timedelta(minutes=minutes))
    waiting = sorted(sandbox.phones.filter(challenges=None).values_list("number", flat=True))
    assert order() == [*numbers(three), *numbers(one), *numbers(two), *waiting]
    go_on(sandbox, minutes=20)
    assert order() == [*numbers(one), *numbers(three), *numbers(two), *waiting]


def test_index_says_when_a_bureau_that_decides_by_itself_ends_the_pre_review() -> None:
    begun = sandboxes.start(scenario="2018-z", review=AutomaticReview(1))
    clock.pause(begun.sandbox, by=TRAINER)
    filing = Filing.objects.get(sandbox=begun.sandbox, state="prereview")
    text = text_of(browser_of(begun.participant).get("/phone/"))
    assert f"申请 {filing.number} 2018-09-11 09:30 管局自动审核" in text


@pytest.mark.rule("T-09")
@pytest.mark.parametrize(
    ("edition", "form", "place"),
    [
        ("public-2023", "/verify/", "打开全国网站"),
        ("qingcloud-2020", "/go/gs?to=/verify/", "打开甘肃管局网站"),
        ("jd-2017", "/go/gs?to=/verify/", "打开甘肃管局网站"),
    ],
)
def test_message_and_filing_lead_to_where_one_verifies(edition: str, form: str, place: str) -> None:
    there = in_edition.place(edition)
    filing = there.first_filing(1, 2)
    browser = browser_of(owner_of(there.sandbox))
    phone = world.phone_of(there.sandbox, 1)
    found = [
        link.attrs["href"] for link in page_of(browser.get(f"/phone/{phone.pk}/")).all("a") if link.text == "去核验"
    ]
    assert found == [form]
    links = [link.text for link in page_of(browser.get(f"/provider/{filing.pk}/")).one("main").all("a")]
    assert place in links
