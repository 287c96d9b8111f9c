"""What is typed comes back to whom it belongs, for an hour; and nothing that the site has tells what it was."""

import json
import logging
from collections.abc import Iterator, Mapping
from http.cookies import Morsel

import pytest
import time_machine
from django import forms
from django.apps import apps
from django.conf import settings as django_settings
from django.core import serializers
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis import Redis

from portal.portals.query_form import QueryForm
from portal.provider.form import fields, services
from portal.shared.page.typed import CHOSEN
from portal.shared.visit import drafts
from tests import entering
from tests.pages import Node, page_of
from tests.visitors import GANSU, NATIONAL, anybody, browser_of
from verification.models import Browser, Participant
from verification.time.clock import real_now
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db

TYPED = {"code": "123456", "phone": "13900000077", "id_suffix": "12021X"}
NOTHING = {"code": "", "phone": "", "id_suffix": ""}


@pytest.fixture
def cached() -> Iterator[Redis]:
    """The cache's server, as one sees it who has broken in."""
    with Redis.from_url(django_settings.CACHES["default"]["LOCATION"]) as server:
        yield server


@pytest.fixture
def filer(shared: sandboxes.Started) -> Client:
    """The owner's browser on the portal of 甘肃."""
    return browser_of(shared.participant, host=GANSU)


def type_into(browser: Client, form: str, fields: Mapping[str, str], at: str = "/draft/") -> None:
    """Type into a form, whose script keeps it."""
    assert browser.post(at, {**fields, "draft": form}).status_code == 204


def shown(browser: Client, path: str = "/verify/") -> dict[str, str]:
    """What the fields of the verify page hold."""
    form = page_of(browser.get(path)).one("form", class_="entries")
    return {name: form.one("input", name=name).attrs["value"] for name in TYPED}


def cookie_of(browser: Client) -> Morsel[str]:
    return browser.cookies[drafts.NAME]


# ── Given back ───────────────────────────────────────────────────────────────


def test_what_was_typed_is_there_again_without_the_captcha(filer: Client) -> None:
    type_into(filer, "verify", {**TYPED, "captcha_0": "token", "captcha_1": "54321"})
    page = page_of(filer.get("/verify/"))
    assert "54321" not in page.one("main").one("input", name="captcha_1").attrs.values()
    assert page.one("input", name="captcha_0").attrs["value"] != "token"
    assert (shown(filer), shown(filer)) == (TYPED, TYPED)
    type_into(filer, "verify", {"phone": '"><b>'})
    assert shown(filer) == {**NOTHING, "phone": '"><b>'}


def test_cookie_comes_with_something_to_keep_and_is_the_hosts_alone(filer: Client, settings: Settings) -> None:
    filer.get("/verify/")
    assert drafts.NAME not in filer.cookies
    settings.SESSION_COOKIE_SECURE = True
    type_into(filer, "verify", TYPED)
    given = cookie_of(filer)
    wanted = {"httponly": True, "secure": True, "samesite": "Lax", "path": "/", "domain": "", "max-age": 3600}
    assert {name: given[name] for name in wanted} == wanted
    key = given.value
    type_into(filer, "resend", TYPED)
    assert cookie_of(filer).value == key


def test_strangers_get_no_cookie_and_nothing_is_kept(cached: Redis) -> None:
    stranger = anybody(host=GANSU)
    stranger.get("/verify/")
    type_into(stranger, "verify", TYPED)
    assert (stranger.cookies, cached.keys("*draft*")) == ({}, [])


def test_form_with_mistakes_and_answer_that_is_none_leave_a_draft(filer: Client) -> None:
    filer.post("/verify/", entering.from_form({**TYPED, "code": "12"}))
    assert shown(filer) == {**TYPED, "code": "12"}
    assert entering.words(entering.verify(filer, TYPED))[0] == "未成功"
    assert shown(filer) == TYPED
    filer.post("/resend/", entering.from_form({"phone": "1", "new_captcha": "1"}))
    assert page_of(filer.get("/resend/")).one("input", name="phone").attrs["value"] == "1"


def test_search_in_vain_leaves_what_was_searched(filer: Client) -> None:
    filer.post("/query/", entering.with_captcha({"by": "domain", "q": "nothing.example.com"}))
    page = page_of(filer.get("/query/"))
    assert page.one("input", name="q").attrs["value"] == "nothing.example.com"
    assert page.one("input", name="by", checked="").attrs["value"] == "domain"


def test_national_portal_has_one_draft_for_its_form_on_two_pages() -> None:
    browser = browser_of(sandboxes.start(scenario="today").participant)
    type_into(browser, "verify", TYPED)
    assert (shown(browser, "/"), shown(browser)) == (TYPED, TYPED)
    behind = entering.verify(browser, TYPED).one("form", class_="entries")
    assert {name: behind.one("input", name=name).attrs["value"] for name in TYPED} == TYPED


# ── To whom it belongs ───────────────────────────────────────────────────────


def test_draft_is_of_one_form_one_portal_one_person_and_one_browser(
    filer: Client, shared: sandboxes.Started, trainee: Participant
) -> None:
    type_into(filer, "verify", TYPED)
    assert page_of(filer.get("/resend/")).one("input", name="phone").attrs["value"] == ""
    other = browser_of(shared.participant, host=GANSU)
    other.cookies[drafts.NAME] = cookie_of(filer).value
    assert shown(other) == NOTHING
    browser = shared.participant.browsers.earliest("id")
    browsers.enter(browser, trainee)
    assert shown(filer) == NOTHING
    browsers.enter(browser, shared.participant)
    assert shown(filer) == TYPED


def test_provinces_of_one_host_have_drafts_of_their_own(shared: sandboxes.Started) -> None:
    browser = browser_of(shared.participant)
    type_into(browser, "verify", TYPED, at="/p/gs/draft/")
    assert shown(browser, "/p/gs/verify/") == TYPED
    browser.get("/p/qh/")
    type_into(browser, "verify", {"phone": "2"}, at="/p/qh/draft/")
    assert shown(browser, "/p/gs/verify/") == TYPED


def test_who_leaves_finds_nothing_of_it_on_any_host(shared: sandboxes.Started) -> None:
    nation, province = browser_of(shared.participant), anybody(host=GANSU)
    province.cookies["browser"] = nation.cookies["browser"].value
    for browser in (nation, province):
        type_into(browser, "verify", TYPED)
    nation.post("/lobby/leave/")
    assert (cookie_of(nation)["max-age"], cookie_of(province)["max-age"]) == (0, 3600)
    browsers.enter(Browser.objects.get(), shared.participant)
    assert shown(province) == NOTHING
    type_into(province, "verify", TYPED)
    assert shown(province) == TYPED


def test_who_clears_the_computer_has_no_key_any_more(shared: sandboxes.Started) -> None:
    browser = browser_of(shared.participant)
    type_into(browser, "verify", TYPED)
    browser.post("/lobby/clear/")
    assert cookie_of(browser)["max-age"] == 0


# ── Gone ─────────────────────────────────────────────────────────────────────


def test_draft_is_gone_after_an_hour(filer: Client, cached: Redis) -> None:
    with time_machine.travel(real_now(), tick=False) as time:
        type_into(filer, "verify", TYPED)
        time.shift(drafts.SECONDS)
        assert shown(filer) == TYPED
        time.shift(1)
        assert shown(filer) == NOTHING
    (name,) = cached.keys("*draft:*")
    assert 0 < cached.ttl(name) <= drafts.SECONDS


def test_cookie_that_is_no_key_and_draft_that_was_tampered_with_are_none(filer: Client, cached: Redis) -> None:
    type_into(filer, "verify", TYPED)
    name = next(iter(cached.keys("*draft:*"))).decode().removeprefix(":1:")
    good, key = cache.get(name), cookie_of(filer).value
    cache.set(name, b"x" + good[1:])
    assert shown(filer) == NOTHING
    cache.set(name, good)
    for bad in ("x", "é" * 44, "A" * 43 + "=", key[:-2]):
        filer.cookies[drafts.NAME] = bad
        assert shown(filer) == NOTHING
    filer.cookies[drafts.NAME] = key
    assert shown(filer) == TYPED


def test_too_much_and_too_often_are_not_kept(filer: Client, settings: Settings) -> None:
    settings.DRAFTS_A_MINUTE = 3
    type_into(filer, "verify", {"phone": "1" * drafts.LONGEST})
    assert shown(filer) == NOTHING
    for phone in ("1", "2", "3", "4"):
        type_into(filer, "verify", {"phone": phone})
    assert shown(filer) == {**NOTHING, "phone": "3"}


def test_forms_are_as_good_without_the_cache(filer: Client, settings: Settings) -> None:
    type_into(filer, "verify", TYPED)
    chosen = settings.CACHES["default"]
    settings.CACHES = {**settings.CACHES, "default": {**chosen, "LOCATION": "redis://127.0.0.1:1/1"}}
    assert shown(filer) == NOTHING
    type_into(filer, "verify", TYPED)
    back = page_of(filer.post("/verify/", entering.from_form({**TYPED, "captcha_1": "1"})))
    assert back.one("input", name="phone").attrs["value"] == TYPED["phone"]


# ── What the site has tells nothing ──────────────────────────────────────────


def test_neither_database_nor_log_nor_cache_holds_what_was_typed(
    filer: Client, cached: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        type_into(filer, "verify", TYPED)
        assert shown(filer) == TYPED
    assert shown(filer) == TYPED
    key = cookie_of(filer).value
    rows = serializers.serialize("json", [row for model in apps.get_models() for row in model._default_manager.all()])
    has = {"rows": rows, "log": caplog.text, "cache": everything_in(cached)}
    secrets = [key, TYPED["phone"], TYPED["id_suffix"], TYPED["code"]]
    assert {place: [secret for secret in secrets if secret in text] for place, text in has.items()} == {
        "rows": [],
        "log": [],
        "cache": [],
    }
    assert "draft:" in has["cache"]


def everything_in(server: Redis) -> str:
    """All names and values."""
    return json.dumps([(str(name), str(server.get(name))) for name in server.scan_iter()])


# ── What it costs ────────────────────────────────────────────────────────────


def commands(server: Redis) -> dict[str, int]:
    """How often the cache was read, written and emptied."""
    stats = server.info("commandstats")
    return {name: stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("get", "mget", "set", "del", "unlink")}


def test_draft_costs_nothing_without_a_cookie_and_one_look_with_it(filer: Client, cached: Redis) -> None:
    filer.get("/verify/")
    before = commands(cached)
    filer.get("/verify/")
    assert commands(cached) == before
    type_into(filer, "verify", TYPED)
    before = commands(cached)
    filer.get("/verify/")
    assert commands(cached) == {**before, "mget": before["mget"] + 1}


# ── Shown where nothing was done ─────────────────────────────────────────────


def copied(page: Node) -> list[str]:
    """What the page shows to be copied."""
    return [text.text for text in page.all("textarea", **{"aria-labelledby": "typed"})]


def test_what_was_typed_into_a_closed_class_can_be_copied(shared: sandboxes.Started, trainee: Participant) -> None:
    browser, nation = browser_of(trainee, host=GANSU), browser_of(trainee, host=NATIONAL)
    sandboxes.close(shared.sandbox)
    answer = browser.post("/verify/", entering.from_form({**TYPED, "captcha_0": "token", "captcha_1": "54321"}))
    assert answer.status_code == 410
    assert copied(page_of(answer)) == ["123456 13900000077 12021X"]
    assert "123456\n13900000077" in answer.content.decode().replace("&#10;", "\n")
    typed = {"subject.name": "我的公司", "subject.nature": "enterprise", "subject.remark": " ", "action": "review"}
    assert copied(page_of(nation.post("/provider/new/", typed))) == ["我的公司"]
    assert copied(page_of(nation.get("/provider/new/"))) == []


def test_form_with_a_token_of_another_browser_can_be_copied_by_whom_one_knows(shared: sandboxes.Started) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": NATIONAL})
    forged = strict.post("/lobby/leave/", {"name": "伪造的"})
    assert (forged.status_code, copied(page_of(forged))) == (403, [])
    strict.cookies.update(browser_of(shared.participant).cookies)
    refused = strict.post("/bureau/1/reject/", {"reason": "材料不全", "csrfmiddlewaretoken": "a" * 64})
    assert (refused.status_code, copied(page_of(refused))) == (403, ["材料不全"])
    assert "没有提交成功" in refused.content.decode()


def test_only_fields_that_one_chooses_are_left_out() -> None:
    kinds = (
        QueryForm,
        fields.RequestForm,
        fields.PersonForm,
        fields.SubjectForm,
        services.ServiceForm,
        services.PlatformForm,
    )
    chosen = (forms.ChoiceField, forms.BooleanField, forms.IntegerField)
    found = {name for kind in kinds for name, field in kind.base_fields.items() if isinstance(field, chosen)}
    assert found == CHOSEN
