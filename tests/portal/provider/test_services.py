"""Services other than websites in the provider's form, in lists, on the pages of a filing, and in the public query."""

import re

import pytest
from django.test import Client

from tests import world
from tests.pages import Node, assert_is_well_made
from tests.portal.provider.test_kinds import address_of, names_of, new_world, send, targets_of
from tests.submitting import mistakes_of, opened, sent
from verification.law.services import Platform
from verification.law.words import Kind
from verification.models import Filing, FilingPart, Provider, Sandbox, Service, Subject

pytestmark = pytest.mark.django_db

TODAY = "2024-05-06 09:30"
NEW = "/provider/new/?province=gs&kind=first_filing"
APP = "services.0.platforms.android"
MINI = "services.0.platforms.0"


@pytest.fixture
def there() -> tuple[Sandbox, Provider, Subject, Client]:
    """A sandbox where APPs and 小程序 are filed, with a 主体 on record that has two websites."""
    return new_world(TODAY, "gs")


@pytest.fixture
def browser(there: tuple[Sandbox, Provider, Subject, Client]) -> Client:
    """The provider's."""
    return there[3]


@pytest.fixture
def record(there: tuple[Sandbox, Provider, Subject, Client]) -> Subject:
    """The 主体 on record."""
    return there[2]


@pytest.fixture
def app(there: tuple[Sandbox, Provider, Subject, Client]) -> Service:
    """An APP of it, with the serial 3."""
    _, provider, record, _ = there
    filing = world.submit_and_send(provider, world.request(Kind.ADD_SERVICE, record, world.app(5, 3, server_ip="")))
    world.pass_all(filing)
    world.accept(filing)
    Filing.objects.all().delete()
    return Service.objects.get(type="app")


def person(path: str, serial: int) -> dict[str, str]:
    """A responsible person, as typed."""
    data = world.person(serial)
    fields = {"name": data.name, "id_type": data.id_type, "id_number": data.id_number, "phone": data.phone}
    return {f"{path}.{name}": value for name, value in fields.items()}


def app_fields(serial: int = 5, who: int = 3) -> dict[str, str]:
    """A new APP on Android, as typed."""
    known = world.known_on(Platform.ANDROID, serial)
    return {
        "services.0.type": "app",
        "services.0.name": f"应用{serial}",
        "services.0.domains": "api.example.com，cdn.example.com",
        f"{APP}.chosen": "on",
        f"{APP}.identifier": known.identifier,
        f"{APP}.public_key": known.public_key,
        f"{APP}.md5": known.md5,
        **person("services.0.person", who),
    }


def subject_fields() -> dict[str, str]:
    """A new 主体, as typed."""
    return {"subject.name": "演练公司", "subject.nature": "enterprise", **person("subject.person", 1)}


def headings_of(page: Node) -> list[str]:
    return [heading.text for heading in page.all("h2")]


# ── Which type ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("T-02", "N-06")
def test_added_services_are_offered_type_by_type(browser: Client) -> None:
    page = opened(browser, "/provider/new/?province=gs")
    cards = {card.one("h2").text: card.attrs["href"] for card in page.all("a", class_="card--link")}
    assert [*cards][:4] == ["首次备案", "新增网站", "新增APP", "新增小程序"]
    form = opened(browser, f"{cards['新增小程序']}&subject_number=%E9%99%87ICP%E5%A4%8716000001%E5%8F%B7")
    assert form.one("h2", id="services.0").text == "小程序"
    assert {"services.0.type", f"{MINI}.platform", f"{MINI}.identifier"} <= names_of(form)
    assert f"{MINI}.md5" not in names_of(form)


@pytest.mark.rule("T-01")
def test_form_of_an_earlier_edition_knows_no_types() -> None:
    browser = new_world("2020-08-17 09:30", "gs")[3]
    page = opened(browser, f"{NEW}&type=app")
    assert "services.0.type" not in names_of(page)
    assert [button.text for button in page.all("button") if button.text.startswith("再加")] == ["再加一个网站"]
    fields = subject_fields() | app_fields() | {"action": "review"}
    assert "APP 自 2023-09-01 起才能备案" in sent(browser, NEW, fields).one("main").text


def test_changing_the_type_keeps_what_was_typed(browser: Client) -> None:
    page = sent(browser, NEW, {"services.0.type": "app", "services.0.name": "应用", "action": "retype"})
    assert page.one("h2", id="services.0").text == "APP"
    assert page.one("input", name="services.0.name").attrs["value"] == "应用"
    assert page.one("select", name="services.0.type").one("option", selected="").text == "APP"
    assert_is_well_made(page)


@pytest.mark.parametrize(("type_", "title"), [("website", "网站 2"), ("app", "APP 2"), ("mini_program", "小程序 2")])
def test_another_service_is_of_the_type_that_the_button_names(browser: Client, type_: str, title: str) -> None:
    page = sent(browser, NEW, {"services.0.type": "website", "action": f"add:{type_}"})
    assert page.one("h2", id="services.1").text == title
    assert_is_well_made(page)


# ── What is typed ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("T-10")
def test_blank_app_is_told_what_it_lacks_at_its_fields(browser: Client) -> None:
    page = sent(browser, NEW, subject_fields() | {"services.0.type": "app", "action": "review"})
    found = mistakes_of(page)
    assert found["services.0.name"] == "请填写APP名称。"
    assert found[f"{APP}.chosen"] == "请选择APP运行的平台：安卓、iOS、鸿蒙。"
    assert found["services.0.domains"].startswith("请至少填写一个由接入商提供服务的域名")
    assert "APP：请填写APP名称。" in page.one("main").text


@pytest.mark.rule("T-10")
def test_wrong_fields_of_a_platform_say_what_a_right_one_looks_like(browser: Client) -> None:
    wrong = {f"{APP}.identifier": "app", f"{APP}.md5": "0A", "services.0.platforms.ios.identifier": "com.example.a"}
    page = sent(browser, NEW, subject_fields() | app_fields() | wrong | {"action": "review"})
    assert mistakes_of(page) == {
        f"{APP}.identifier": (
            "安卓包名由至少两段组成，段间用点隔开，每段以字母开头，只含字母、数字和下划线，例如 com.example.app。"
        ),
        f"{APP}.md5": (
            "证书 MD5 指纹是 32 位十六进制数字（0 至 9、A 至 F），可以每两位用冒号隔开，"
            "例如 0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9。"
        ),
        "services.0.platforms.ios.public_key": "请填写iOS的公钥。",
        "services.0.platforms.ios.md5": "请填写iOS的证书 MD5 指纹。",
    }
    assert "APP（iOS）：请填写iOS的公钥。" in page.one("main").text


@pytest.mark.rule("T-10")
def test_mini_program_asks_for_its_platform_and_appid(browser: Client) -> None:
    fields = subject_fields() | {"services.0.type": "mini_program", "services.0.name": "小程序5", "action": "review"}
    fields |= person("services.0.person", 3)
    blank = mistakes_of(sent(browser, NEW, fields))
    assert blank == {f"{MINI}.platform": "请选择小程序运行的平台：微信、支付宝、百度、抖音、快手。"}
    alone = sent(browser, NEW, fields | {f"{MINI}.identifier": "wx0000000000000005"})
    assert mistakes_of(alone) == {f"{MINI}.platform": "请选择小程序平台。"}
    right = {f"{MINI}.identifier": "wx0000000000000005", f"{MINI}.platform": "wechat"}
    assert mistakes_of(sent(browser, NEW, fields | right)) == {}


@pytest.mark.rule("T-10")
@pytest.mark.parametrize("type_", ["app", "mini_program"])
def test_example_is_valid_and_recognisable(browser: Client, type_: str) -> None:
    page = sent(browser, NEW, {"services.0.type": type_, "action": "fill"})
    fields = {field.attrs["name"]: field.attrs.get("value", "") for field in page.one("main").all("input")}
    place = f"{APP if type_ == 'app' else MINI}.identifier"
    assert re.fullmatch(r"com\.example\.yanlian[0-9]+|wx0+[0-9]+", fields[place])
    fields |= {choice.attrs["name"]: choice.one("option", selected="").attrs["value"] for choice in page.all("select")}
    fields |= {area.attrs["name"]: area.text for area in page.all("textarea")}
    for tick in page.all("input", type="checkbox"):
        fields[tick.attrs["name"]] = "on" if "checked" in tick.attrs else ""
    review = sent(browser, NEW, fields | {"action": "review"})
    assert (mistakes_of(review), headings_of(review)[-1]) == ({}, "将收到验证码的手机")


# ── What is sent, and shown ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("T-02", "T-03")
def test_last_look_and_the_pages_of_a_filing_show_an_app(browser: Client) -> None:
    fields = subject_fields() | app_fields()
    review = sent(browser, NEW, fields | {"action": "review"})
    assert targets_of(review) == ["13900000001 演甲1（主体负责人）", "13900000003 演丙3（服务负责人：应用5）"]
    assert "com.example.yanlian5" in review.one("main").text
    detail = sent(browser, NEW, fields | {"action": "submit"})
    said = detail.one("main").text
    for words in ("安卓包名 com.example.yanlian5", "api.example.com、cdn.example.com", "服务负责人"):
        assert words in said, words
    filing = Filing.objects.get()
    for console in ("/provider/", "/bureau/?state=all"):
        assert "APP 应用5" in opened(browser, console).one("main").text
    assert "安卓包名 com.example.yanlian5" in opened(browser, f"/bureau/{filing.pk}/").one("main").text


def test_change_of_an_app_says_what_stands_on_record(browser: Client, record: Subject, app: Service) -> None:
    page = opened(browser, address_of(record, Kind.CHANGE_FILING))
    card = page.one("section", **{"aria-labelledby": "services.2"})
    assert "备案记录：com.example.yanlian5。不变更请留空。" in card.text
    assert "checked" in card.one("input", name="services.2.platforms.android.chosen").attrs
    fields = {"services.2.serial": "3", "services.2.chosen": "on", "services.2.platforms.android.chosen": "on"}
    filing = send(
        browser, record, Kind.CHANGE_FILING, **fields, **{"services.2.platforms.android.identifier": "com.example.xin"}
    )
    part = FilingPart.objects.get(filing=filing)
    assert [each["identifier"] for each in part.platforms] == ["com.example.xin"]
    assert part.platforms[0]["md5"] == app.platforms.get().md5
    detail = opened(browser, f"/provider/{filing.pk}/").one("main").text
    assert "变更：平台信息" in detail
    assert "陇ICP备16000001号-3A" in detail


def test_chosen_app_that_is_left_as_it_is_changes_nothing(browser: Client, record: Subject, app: Service) -> None:
    fields = {"services.2.serial": "3", "services.2.chosen": "on", "services.2.platforms.android.chosen": "on"}
    page = sent(browser, address_of(record, Kind.CHANGE_FILING), fields | {"action": "review"})
    assert "提交的内容与备案记录完全相同" in page.one("main").text


def test_returned_app_is_there_again_and_may_get_another_platform(browser: Client) -> None:
    sent(browser, NEW, subject_fields() | app_fields() | {"action": "submit"})
    filing = Filing.objects.get()
    world.withdraw(filing)
    page = opened(browser, f"/provider/{filing.pk}/resubmit/")
    assert page.one("input", name=f"{APP}.identifier").attrs["value"] == "com.example.yanlian5"
    assert page.one("input", name="services.0.domains").attrs["value"] == "api.example.com、cdn.example.com"
    known = world.known_on(Platform.IOS, 5)
    ios = {
        f"services.0.platforms.ios.{name}": value
        for name, value in {**vars(known), "chosen": "on"}.items()
        if name != "platform"
    }
    again = subject_fields() | app_fields() | ios | {"action": "submit"}
    sent(browser, f"/provider/{filing.pk}/resubmit/", again)
    platforms = filing.parts.get(round=2, part="website").platforms
    assert [each["platform"] for each in platforms] == ["android", "ios"]


def test_picking_an_app_cancels_it(browser: Client, record: Subject, app: Service) -> None:
    page = opened(browser, address_of(record, Kind.CANCEL_SERVICE))
    assert page.one("h2", id="services.2").text == "应用5（APP）"
    filing = send(browser, record, Kind.CANCEL_SERVICE, **{"services.2.serial": "3", "services.2.chosen": "on"})
    assert (filing.types, filing.state) == (("app",), "reviewing")
    assert opened(browser, f"/provider/{filing.pk}/").one("h1").text.startswith("注销APP")
    world.accept(filing)
    app.refresh_from_db()
    assert app.cancelled_at is not None
