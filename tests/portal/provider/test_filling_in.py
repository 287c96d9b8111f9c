"""A filing's form in hand: each of its pages has an address of its own, and gives back what was typed."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from portal.provider.form.filing import MOST_SERVICES
from portal.shared.visit import drafts
from tests import world
from tests.pages import Node, page_of
from tests.submitting import mistakes_of, opened, sent, typed
from tests.visitors import NATIONAL, browser_of
from verification.models import Filing, Provider
from verification.time import clock

pytestmark = pytest.mark.django_db

NEW = "/provider/new/?province=gs&kind=first_filing"


@pytest.fixture
def provider() -> Provider:
    """The only provider of a sandbox of 2017."""
    return world.new_provider(world.new_sandbox())


@pytest.fixture
def browser(provider: Provider) -> Client:
    """The provider's browser."""
    return browser_of(
        provider.sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now())
    )


def begin(browser: Client, address: str = NEW) -> str:
    """Open the form; the address at which it is, which says which draft it will be."""
    answer = browser.get(address)
    assert answer.status_code == 302
    return str(answer["Location"])


def values_of(page: Node) -> dict[str, str]:
    """What the fields hold that were typed or chosen."""
    found = {field.attrs["name"]: field.attrs.get("value", "") for field in page.one("main").all("input")}
    chosen = ((select, option) for select in page.all("select") for option in select.all("option", selected=""))
    found |= {select.attrs["name"]: option.attrs["value"] for select, option in chosen}
    return {name: value for name, value in found.items() if value and name.startswith(("subject", "services"))}


def press(browser: Client, address: str, fields: dict[str, str], action: str) -> str:
    """Send the form; the address to which the browser goes from there."""
    answer = browser.post(address, fields | {"action": action})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_each_page_has_an_address_and_gives_back_what_was_typed(browser: Client) -> None:
    form, fields = begin(browser), typed(world.first_filing(1, 2))
    last_look = press(browser, form, fields, "review")
    assert last_look == f"{form}&step=check"
    for _ in range(2):  # opened, and opened again
        assert page_of(browser.get(last_look)).one("h1").text == "接入商初审"
    back = page_of(browser.get(form))
    assert (values_of(back), mistakes_of(back)) == (fields, {})
    assert press(browser, last_look, fields, "edit") == form
    assert Filing.objects.count() == 0


def test_mistakes_have_an_address_too_which_shows_them_until_they_are_corrected(browser: Client) -> None:
    form, fields = begin(browser), typed(world.first_filing(1, 2))
    wrong = fields | {"subject.person.phone": "12345"}
    mistakes = press(browser, form, wrong, "review")
    assert mistakes == f"{form}&step=mistakes"
    assert list(mistakes_of(page_of(browser.get(mistakes)))) == ["subject.person.phone"]
    assert values_of(page_of(browser.get(form))) == wrong
    assert press(browser, mistakes, fields, "review") == f"{form}&step=check"
    corrected = page_of(browser.get(mistakes))
    assert (values_of(corrected), mistakes_of(corrected)) == (fields, {})


def test_two_forms_at_once_are_two_drafts(browser: Client) -> None:
    one, other = begin(browser), begin(browser)
    assert one != other
    press(browser, one, {"subject.name": "一"}, "add")
    press(browser, other, {"subject.name": "二"}, "add")
    assert [values_of(page_of(browser.get(form)))["subject.name"] for form in (one, other)] == ["一", "二"]


def test_what_the_script_keeps_is_there_again(browser: Client) -> None:
    form = begin(browser)
    tag = page_of(browser.get(form)).one("form", **{"data-filing-form": ""})
    kept = {"subject.name": "半家公司", "services.0.same_person": "on", "draft": tag.attrs["data-draft"]}
    assert browser.post(tag.attrs["data-keep"], kept).status_code == 204
    page = page_of(browser.get(form))
    assert values_of(page)["subject.name"] == "半家公司"
    assert "checked" in page.one("input", name="services.0.same_person").attrs


def test_submission_leaves_nothing_and_back_from_it_leads_to_a_blank_form(browser: Client) -> None:
    form, fields = begin(browser), typed(world.first_filing(1, 2))
    last_look = press(browser, form, fields, "review")
    filing = press(browser, last_look, fields, "submit")
    assert re.fullmatch(r"/provider/\d+/", filing)
    assert press_back(browser, last_look) == ({}, True)
    assert Filing.objects.count() == 1


def press_back(browser: Client, last_look: str) -> tuple[dict[str, str], bool]:
    """What the form holds, and whether the page says that it is blank again."""
    page = opened(browser, last_look)
    return values_of(page), "已经找不到了" in page.one("ul", class_="notices").text


def test_kind_without_fields_is_looked_at_once_more_and_submitted(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    form = begin(browser, f"/provider/new/?province=gs&kind=cancel_subject&subject_number={record.number}")
    last_look = press(browser, form, {}, "review")
    assert page_of(browser.get(last_look)).one("h1").text == "接入商初审"
    press(browser, last_look, {}, "submit")
    assert Filing.objects.count() == 1


def test_resubmission_gives_back_what_was_typed_and_its_record(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    filing = world.submit(provider, world.request_of(world.Kind.CHANGE_FILING, record))
    world.withdraw(filing)
    form = begin(browser, f"/provider/{filing.pk}/resubmit/")
    assert values_of(page_of(browser.get(form)))["subject.name"] == "新公司名"
    press(browser, form, {"subject_number": "陇ICP备9号", "subject.name": "又一个"}, "add")
    page = page_of(browser.get(form))
    assert page.one("input", id="subject_number").attrs["value"] == "陇ICP备9号"
    assert values_of(page)["subject.name"] == "又一个"
    assert values_of(opened(browser, f"/provider/{filing.pk}/resubmit/"))["subject.name"] == "新公司名"


def test_form_goes_its_way_without_the_cache(browser: Client, settings: Settings) -> None:
    default = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/1"}
    settings.CACHES = {**settings.CACHES, "default": default}
    form, fields = begin(browser), typed(world.first_filing(1, 2))
    assert page_of(browser.get(form)).one("h1").text == "新增备案：填写申请"
    wrong = page_of(browser.post(form, fields | {"subject.name": "", "action": "review"}))
    assert list(mistakes_of(wrong)) == ["subject.name"]
    last_look = page_of(browser.post(form, fields | {"action": "review"}))
    assert (last_look.one("h1").text, values_of(last_look)) == ("接入商初审", fields)
    assert values_of(page_of(browser.post(form, values_of(last_look) | {"action": "edit"}))) == fields
    press(browser, form, values_of(last_look), "submit")
    assert Filing.objects.count() == 1


def test_largest_form_is_kept(browser: Client) -> None:
    site = {"name": "演" * 100, "domain": "a" * 253, "server_ip": "1" * 39, "remark": "注" * 200}
    person = {"name": "𠮷" * 60, "id_type": "passport", "id_number": "E" * 18, "phone": "1" * 11}
    fields = {f"services.{n}.{name}": text for n in range(MOST_SERVICES) for name, text in site.items()}
    fields |= {f"services.{n}.person.{name}": text for n in range(MOST_SERVICES) for name, text in person.items()}
    form = begin(browser)
    press(browser, form, fields, "nothing")
    assert values_of(page_of(browser.get(form))) == fields


def test_form_with_a_token_grown_old_comes_back_filled_in_and_does_nothing(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": NATIONAL})
    strict.cookies.update(browser.cookies)
    form, fields = begin(strict), typed(world.first_filing(1, 2))
    page = page_of(strict.post(form, fields | {"action": "submit", "csrfmiddlewaretoken": "a" * 64}))
    assert values_of(page) == fields
    assert "打开得太久" in page.one("ul", class_="notices").text
    assert (Filing.objects.count(), drafts.NAME in strict.cookies) == (0, False)
    token = page.one("form", **{"data-filing-form": ""}).one("input", name="csrfmiddlewaretoken").attrs["value"]
    press(strict, form, fields | {"csrfmiddlewaretoken": token}, "submit")
    assert Filing.objects.count() == 1


def test_old_token_of_the_button_that_changes_nothing_leads_to_the_last_content(
    browser: Client, provider: Provider
) -> None:
    filing = world.submit(provider)
    world.withdraw(filing)
    strict = Client(enforce_csrf_checks=True, headers={"host": NATIONAL})
    strict.cookies.update(browser.cookies)
    page = page_of(strict.post(f"/provider/{filing.pk}/resubmit/", {"action": "unchanged"}))
    assert values_of(page)["subject.name"] == "演练公司"
    assert world.standing(filing) == ("returned", "withdrawn", 1)


def test_mistake_that_only_the_submission_finds_stands_at_its_field(browser: Client) -> None:
    form, fields = begin(browser), typed(world.first_filing(1, 2)) | {"subject.person.phone": "1"}
    page = sent(browser, form, fields | {"action": "submit"})
    assert list(mistakes_of(page)) == ["subject.person.phone"]
    assert values_of(page_of(browser.get(form))) == fields
