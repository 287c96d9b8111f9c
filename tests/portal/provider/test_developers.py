"""The provider's page for its developers: keys, addresses, webhooks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests import world
from tests.pages import assert_is_well_made, page_of
from tests.portal.api.client import Program, told
from tests.receiver import Receiver
from tests.visitors import browser_of
from verification.models import ApiKey, Participant, Provider, Sandbox, WebhookDelivery, WebhookEndpoint
from verification.outside import keys, turns, webhooks
from verification.time import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def participant(sandbox: Sandbox) -> Participant:
    """Who plays the provider, and may not move the clock."""
    return sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now())


@pytest.fixture
def browser(participant: Participant) -> Client:
    """The provider's browser."""
    return browser_of(participant)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Takes everything, on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with Receiver() as running:
        yield running


@pytest.fixture
def delivery(provider: Provider, receiver: Receiver) -> WebhookDelivery:
    """A webhook that has arrived."""
    webhooks.add_endpoint(provider, receiver.url)
    world.submit(provider)
    webhooks.deliver_due()
    return WebhookDelivery.objects.order_by("id")[0]


# ── Keys ─────────────────────────────────────────────────────────────────────


def test_key_is_shown_once_and_opens_the_provider(browser: Client, provider: Provider) -> None:
    answer = browser.post(f"/provider/api/{provider.pk}/keys/", {"name": "联调环境"})
    page = page_of(answer)
    assert_is_well_made(page)
    secret = page.one("span", class_="secret").text
    assert told(Program(secret).get("/me"))["provider"] == "演练云"
    assert "no-store" in answer.headers["Cache-Control"]
    again = browser.get("/provider/api/")
    assert secret not in again.content.decode()
    (row,) = page_of(again).one("tbody").all("tr")
    assert row.one("th").text == f"{secret[:12]}…"
    assert [cell.text for cell in row.all("td")][:3] == ["联调环境", "小王", "不可以"]


@pytest.mark.parametrize("may_move_clock", [True, False])
def test_key_may_move_the_clock_as_its_maker_may(
    browser: Client, participant: Participant, provider: Provider, may_move_clock: bool
) -> None:
    participant.may_move_clock = may_move_clock
    participant.save()
    browser.post(f"/provider/api/{provider.pk}/keys/", {"name": ""})
    assert ApiKey.objects.get().may_move_clock == may_move_clock


def test_key_is_revoked_after_a_question(browser: Client, provider: Provider) -> None:
    made = keys.make_key(provider, maker=None, name="旧", may_move_clock=False)
    address = f"/provider/api/keys/{made.key.pk}/revoke/"
    assert_is_well_made(page_of(browser.get(address)))
    assert keys.find_key(made.secret) == made.key
    answer = browser.post(address)
    assert answer.headers["Location"] == f"/provider/api/?provider={provider.pk}"
    assert keys.find_key(made.secret) is None
    assert browser.get(address).status_code == 404


def test_too_many_keys_are_refused_with_the_reason(browser: Client, provider: Provider) -> None:
    for _ in range(keys.MOST_KEYS):
        keys.make_key(provider, maker=None, may_move_clock=False)
    page = page_of(browser.post(f"/provider/api/{provider.pk}/keys/", {"name": ""}))
    assert page.one("div", role="alert").one("li").text == "最多同时有 20 个有效的密钥，请先吊销不用的。"


# ── Addresses ────────────────────────────────────────────────────────────────


def test_address_is_registered_and_its_secret_shown_once(browser: Client, provider: Provider) -> None:
    answer = browser.post(f"/provider/api/{provider.pk}/endpoints/", {"url": " https://example.com/hook "})
    endpoint = WebhookEndpoint.objects.get()
    assert page_of(answer).one("span", class_="secret").text == endpoint.secret
    again = browser.get("/provider/api/").content.decode()
    assert "https://example.com/hook" in again
    assert endpoint.secret not in again


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "请填写接收地址。"),
        ("http://127.0.0.1/", "接收地址指向内部网络，请填写互联网上可以访问的地址。"),
        (
            "http://xn--a/",
            (
                "接收地址应以 http:// 或 https:// 开头，主机名填写正确，不含用户名和 # 部分，"
                "最长 500 个字符，请修改后重新提交。"
            ),
        ),
        (
            "http://example.com:22/",
            "接收地址的端口只能是 80、443 或 1024 至 65535，请换一个端口后重新提交。",
        ),
    ],
)
def test_address_that_is_none_is_refused_at_its_field(
    browser: Client, provider: Provider, url: str, sentence: str
) -> None:
    page = page_of(browser.post(f"/provider/api/{provider.pk}/endpoints/", {"url": url}))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：接口与 Webhook")
    (link,) = page.one("div", role="alert").all("a")
    assert (link.text, link.attrs["href"]) == (sentence, "#endpoint_url")


def test_address_is_removed_after_a_question(browser: Client, provider: Provider) -> None:
    endpoint = webhooks.add_endpoint(provider, "https://example.com/hook")
    address = f"/provider/api/endpoints/{endpoint.pk}/remove/"
    assert_is_well_made(page_of(browser.get(address)))
    browser.post(address)
    assert list(webhooks.endpoints_of(provider)) == []


@pytest.fixture
def set_aside(provider: Provider) -> WebhookEndpoint:
    """An address that hung, and for which a filing's first events wait."""
    endpoint = webhooks.add_endpoint(provider, "https://example.com/hook")
    world.submit(provider)
    list(turns.claim([]))  # which lets the second wait for the first
    until = clock.real_now() + timedelta(minutes=5)
    WebhookEndpoint.objects.update(hangs=3, set_aside_until=until)
    return endpoint


def test_address_that_hangs_says_so_and_is_given_back_by_a_button(browser: Client, set_aside: WebhookEndpoint) -> None:
    page = page_of(browser.get("/provider/api/"))
    assert_is_well_made(page)
    notice = page.one("section", **{"aria-labelledby": "endpoints"}).one("div", class_="notice--warn")
    assert notice.one("p", class_="notice__title").text.startswith("已搁置到 ")
    assert browser.get(notice.one("form").attrs["action"]).status_code == 405
    page = page_of(browser.post(notice.one("form").attrs["action"], follow=True))
    assert page.one("section", **{"aria-labelledby": "endpoints"}).all("div", class_="notice--warn") == []
    set_aside.refresh_from_db()
    assert (set_aside.hangs, set_aside.set_aside_until) == (0, None)


def test_page_of_a_webhook_says_what_it_waits_for(browser: Client, set_aside: WebhookEndpoint) -> None:
    first, second = set_aside.deliveries.order_by("id")
    page = page_of(browser.get(f"/provider/api/deliveries/{first.pk}/"))
    assert_is_well_made(page)
    assert "接收地址接连没有按时回答，已搁置；“再发一次”会立即恢复它。" in page.one("main").text
    assert (
        "同一申请较早的事件送达或放弃以后"
        in page_of(browser.get(f"/provider/api/deliveries/{second.pk}/")).one("dl").text
    )


# ── Webhooks ─────────────────────────────────────────────────────────────────


def test_webhooks_are_listed_newest_first(browser: Client, delivery: WebhookDelivery) -> None:
    page = page_of(browser.get("/provider/api/"))
    assert_is_well_made(page)
    rows = page.one("section", **{"aria-labelledby": "deliveries"}).one("tbody").all("tr")
    assert [next(cell.text for cell in row.all("td")) for row in rows] == ["进入短信核验", "接入商提交备案申请"]
    assert [row.one("span", class_="badge").text for row in rows] == ["已送达", "已送达"]


def test_attempt_is_shown_with_what_was_sent_and_what_came_back(
    browser: Client, delivery: WebhookDelivery, receiver: Receiver
) -> None:
    page = page_of(browser.get(f"/provider/api/deliveries/{delivery.pk}/"))
    assert_is_well_made(page)
    sent, answered = [wire.text for wire in page.all("pre")]
    assert sent.startswith(f"POST {receiver.url} Content-Type: application/json")
    assert receiver.received[0].body.decode() in sent
    assert answered.endswith("thanks")


def test_webhook_is_sent_again_by_a_button(browser: Client, delivery: WebhookDelivery, receiver: Receiver) -> None:
    assert browser.get(f"/provider/api/deliveries/{delivery.pk}/again/").status_code == 405
    browser.post(f"/provider/api/deliveries/{delivery.pk}/again/")
    webhooks.deliver_due()
    assert receiver.ids.count(delivery.message_id) == 2
    assert len(page_of(browser.get(f"/provider/api/deliveries/{delivery.pk}/")).all("pre")) == 4


def test_webhook_of_a_removed_address_cannot_be_sent_again(browser: Client, delivery: WebhookDelivery) -> None:
    webhooks.remove_endpoint(delivery.endpoint)
    page = page_of(browser.get(f"/provider/api/deliveries/{delivery.pk}/"))
    assert page.all("button", class_="button--primary") == []
    answer = browser.post(f"/provider/api/deliveries/{delivery.pk}/again/", follow=True)
    assert "这个接收地址已删除，请先登记新的接收地址。" in page_of(answer).one("main").text


# ── Who may ──────────────────────────────────────────────────────────────────


def test_page_is_for_those_who_play_a_provider(sandbox: Sandbox, provider: Provider) -> None:
    filer = sandbox.participants.create(name="小李", joined_at=clock.real_now())
    assert browser_of(filer).get("/provider/api/").status_code == 403
    assert browser_of(filer).post(f"/provider/api/{provider.pk}/keys/", {"name": ""}).status_code == 403
    assert ApiKey.objects.count() == 0


def test_sandbox_without_a_provider_says_so(browser: Client, sandbox: Sandbox) -> None:
    assert "这个演练环境里没有接入商" in page_of(browser.get("/provider/api/")).one("main").text
