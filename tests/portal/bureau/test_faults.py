"""A refusal under today's rules: which field, what is wrong, and what the bureau suggests; and who reads it where."""

import json
from dataclasses import replace

import pytest
from django.test import Client

from tests import world
from tests.pages import assert_is_well_made
from tests.portal.api.client import Program, new_key, problem, told
from tests.submitting import mistakes_of, opened, sent
from tests.verification.editions.in_edition import Place, place
from tests.visitors import browser_of, owner_of
from verification.asking.faults import fields_of
from verification.asking.submissions import ServiceData
from verification.law.words import Kind
from verification.models import Filing, WebhookDelivery
from verification.outside import webhooks
from verification.worlds.bureau import AutomaticReview, set_review
from verification.worlds.sandboxes import pin_edition

pytestmark = pytest.mark.django_db

FAULT = {"field": "services.0.domain", "reason": "域名没有实名认证", "suggestion": "请先完成域名实名认证"}
TOLD = {
    "field": "services.0.domain",
    "label": "第 1 项服务的域名",
    "error": "域名没有实名认证",
    "suggestion": "请先完成域名实名认证",
}


@pytest.fixture
def today() -> Place:
    """Where a refusal names a field."""
    return place("public-2023")


@pytest.fixture
def filing(today: Place) -> Filing:
    """A first filing that waits for its review."""
    filing = today.first_filing(1, 2)
    world.pass_all(filing)
    return filing


@pytest.fixture
def browser(today: Place) -> Client:
    """Somebody who plays every part there."""
    return browser_of(owner_of(today.sandbox))


@pytest.mark.rule("T-12")
def test_officer_names_field_fault_and_suggestion(browser: Client, filing: Filing) -> None:
    page = opened(browser, f"/bureau/{filing.pk}/reject/")
    assert_is_well_made(page)
    offered = [option.text for option in page.one("select", name="field").all("option")]
    assert offered[:3] == ["申请整体", "主体名称", "主体性质"]
    assert "第 1 项服务的域名（网站1）" in offered
    blank = sent(browser, f"/bureau/{filing.pk}/reject/", {"field": "services.9.domain"})
    assert mistakes_of(blank) == {
        "field": "这份备案申请没有这个项目，请从列表中选择。",
        "reason": "请填写驳回原因，接入商要据此修改后重新提交。",
        "suggestion": "请填写修改建议：接入商应当怎样改。",
    }
    sent(browser, f"/bureau/{filing.pk}/reject/", FAULT)
    filing.refresh_from_db()
    assert (filing.state, filing.fault and filing.fault.told) == ("returned", TOLD)


@pytest.mark.rule("T-12", "D-06")
def test_provider_reads_them_and_is_led_to_the_field(browser: Client, filing: Filing) -> None:
    sent(browser, f"/bureau/{filing.pk}/reject/", FAULT)
    detail = opened(browser, f"/provider/{filing.pk}/").one("main").text
    for words in TOLD["label"], TOLD["error"], TOLD["suggestion"]:
        assert words in detail
    assert "管局驳回：第 1 项服务的域名，域名没有实名认证；建议：请先完成域名实名认证" in detail
    form = opened(browser, f"/provider/{filing.pk}/resubmit/")
    assert form.one("a", href="#id_services.0.domain").text == "第 1 项服务的域名"
    assert form.one("input", id="id_services.0.domain").attrs["name"] == "services.0.domain"


@pytest.mark.rule("T-12", "D-05")
def test_program_decides_so_and_is_told_so(today: Place, filing: Filing) -> None:
    webhooks.add_endpoint(today.provider, "https://example.com/hook")
    program = Program(new_key(today.provider))
    decision = {"decision": "reject", **FAULT}
    unknown = program.post(f"/filings/{filing.number}/decision", decision | {"field": "services.3.name"})
    assert problem(unknown) == (409, "unknown_field")
    answer = told(program.post(f"/filings/{filing.number}/decision", decision))
    assert (answer["return_detail"], answer["return_audit"]) == (TOLD["error"], TOLD)
    assert [event["audit"] for event in answer["history"] if event["audit"]] == [TOLD]
    (delivery,) = WebhookDelivery.objects.filter(event__kind="filing.returned").select_related("event", "filing")
    assert json.loads(webhooks.payload_of(delivery))["data"]["audit"] == TOLD


@pytest.mark.rule("T-12")
def test_program_of_before_refuses_the_whole(today: Place, filing: Filing) -> None:
    program = Program(new_key(today.provider))
    answer = told(program.post(f"/filings/{filing.number}/decision", {"decision": "reject", "reason": "材料不全"}))
    assert answer["return_audit"] == {"field": "", "label": "申请整体", "error": "材料不全", "suggestion": ""}
    again = told(program.post(f"/filings/{filing.number}/resubmissions", {}), 201)
    assert again["return_audit"] is None


@pytest.mark.parametrize("suggestion", ["请补交承诺书", ""])
def test_bureau_that_decides_by_itself_refuses_the_whole(today: Place, filing: Filing, suggestion: str) -> None:
    set_review(today.sandbox, AutomaticReview(1, 1, "材料不全", suggestion))
    world.move(today.sandbox, "2024-06-06 09:30")
    filing.refresh_from_db()
    whole = {"field": "", "label": "申请整体", "error": "材料不全", "suggestion": suggestion}
    assert (filing.state, filing.fault and filing.fault.told) == ("returned", whole)


def test_earlier_editions_know_one_reason() -> None:
    there = place("qingcloud-2020")
    filing = there.first_filing(1, 2)
    world.pass_all(filing)
    browser = browser_of(owner_of(there.sandbox))
    page = opened(browser, f"/bureau/{filing.pk}/reject/")
    assert [area.attrs["name"] for area in page.one("main").all("textarea")] == ["reason"]
    assert page.all("select", name="field") == []
    sent(browser, f"/bureau/{filing.pk}/reject/", {"reason": "材料不全"})
    filing.refresh_from_db()
    assert (filing.return_detail, filing.fault) == ("材料不全", None)
    program = Program(new_key(there.provider))
    assert told(program.get(f"/filings/{filing.number}"))["return_audit"] is None


def test_fields_of_an_app_are_its_own(today: Place) -> None:
    filing = world.submit(
        today.provider, world.request(world.Kind.ADD_SERVICE, today.record, world.app(5, 3), world.site(6, 4))
    )
    found = fields_of(filing)
    assert {"services.0.platforms", "services.0.domains", "services.1.domain"} <= set(found)
    assert {"services.0.domain", "services.1.platforms", "subject.name"}.isdisjoint(found)


def test_refusal_of_before_stays_what_it_was_under_the_next_edition() -> None:
    there = place("qingcloud-2020")
    webhooks.add_endpoint(there.provider, "https://example.com/hook")
    filing = there.first_filing(1, 2)
    world.pass_all(filing)
    world.reject(filing, field="services.0.domain", suggestion="补交材料")
    (delivery,) = WebhookDelivery.objects.filter(event__kind="filing.returned").select_related("event", "filing")
    assert "audit" not in json.loads(webhooks.payload_of(delivery))["data"]
    pin_edition(there.sandbox, "public-2023")
    world.resubmit(filing)
    program = Program(new_key(there.provider))
    answer = told(program.get(f"/filings/{filing.number}"))
    assert answer["edition"] == "public-2023"
    assert [event["audit"] for event in answer["history"]] == [None] * len(answer["history"])
    (again,) = WebhookDelivery.objects.filter(pk=delivery.pk).select_related("event", "filing")
    assert "audit" not in json.loads(webhooks.payload_of(again))["data"]


def test_refused_field_is_marked_where_the_form_has_it(today: Place, browser: Client) -> None:
    change = world.request(Kind.CHANGE_FILING, today.record, ServiceData(serial=2, name="新站名"))
    filing = world.submit_and_send(today.provider, change)
    world.pass_all(filing)
    world.reject(filing, "名称与内容不符", field="services.0.name", suggestion="请用网站首页上的名称")
    form = opened(browser, f"/provider/{filing.pk}/resubmit/")
    assert form.one("a", href="#id_services.1.name").text == "第 1 项服务的名称"
    marked = [field for field in form.all("div", class_="field") if field.all("span", class_="badge")]
    assert [field.one("label").attrs["for"] for field in marked] == ["id_services.1.name"]
    assert form.one("input", id="id_services.1.name").attrs["value"] == "新站名"


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("", []),
        ("subject.person.phone", ["id_subject.person.phone"]),
        ("services.0.person.phone", ["id_subject.person.phone"]),
        ("services.1.person.phone", ["id_services.1.person.phone"]),
        ("services.1.platforms", ["id_services.1.platforms.android.chosen"]),
        ("services.1.domains", ["id_services.1.domains"]),
    ],
)
def test_mark_follows_shared_persons_and_platforms(today: Place, browser: Client, path: str, marked: list[str]) -> None:
    shared = world.first_filing(1, 1, domain=1, province=today.province)
    filing = world.submit_and_send(today.provider, replace(shared, services=(*shared.services, world.app(5, 3))))
    world.pass_all(filing)
    world.reject(filing, field=path)
    form = opened(browser, f"/provider/{filing.pk}/resubmit/")
    fields = [field for field in form.all("div", class_="field") if field.all("span", class_="badge")]
    assert [field.one("label").attrs["for"] for field in fields] == marked
    assert [link.attrs["href"] for link in form.one("dl", class_="facts").all("a")] == [f"#{each}" for each in marked]


def test_field_that_the_form_does_not_have_is_named_without_a_link(today: Place, browser: Client) -> None:
    filing = today.ask(Kind.CANCEL_SERVICE)
    world.pass_all(filing)
    world.reject(filing, "域名仍在使用", field="services.0.domain")
    form = opened(browser, f"/provider/{filing.pk}/resubmit/")
    assert "第 1 项服务的域名" in form.one("main").text
    assert [link.text for link in form.all("a") if link.text == "第 1 项服务的域名"] == []


def test_filer_is_told_what_is_wrong(browser: Client, filing: Filing) -> None:
    sent(browser, f"/bureau/{filing.pk}/reject/", FAULT)
    detail = opened(browser, f"/provider/{filing.pk}/").one("main").text
    found = f"{TOLD['label']}，{TOLD['error']}；建议：{TOLD['suggestion']}"
    assert f"您的备案申请 {filing.number} 已退回，原因：管局驳回（{found}）。我们会与您联系修改。" in detail


def test_officer_reads_again_what_was_refused(browser: Client, filing: Filing) -> None:
    sent(browser, f"/bureau/{filing.pk}/reject/", FAULT)
    notice = opened(browser, f"/bureau/{filing.pk}/").one("section", class_="notice")
    facts = [(term.text, value.text) for term, value in zip(notice.all("dt"), notice.all("dd"), strict=True)]
    assert facts == [("项目", TOLD["label"]), ("问题", TOLD["error"]), ("建议", TOLD["suggestion"])]


@pytest.mark.rule("T-12", "D-06")
def test_many_are_refused_as_a_whole_with_one_suggestion(browser: Client, filing: Filing) -> None:
    address = f"/bureau/batch/reject/?filing={filing.pk}"
    blank = sent(browser, address, {"filing": str(filing.pk)})
    assert mistakes_of(blank) == {
        "reason": "请填写驳回原因，接入商要据此修改后重新提交。",
        "suggestion": "请填写修改建议：接入商应当怎样改。",
    }
    sent(browser, address, {"filing": str(filing.pk), "reason": "材料不全", "suggestion": "请补交承诺书"})
    filing.refresh_from_db()
    whole = {"field": "", "label": "申请整体", "error": "材料不全", "suggestion": "请补交承诺书"}
    assert (filing.state, filing.fault and filing.fault.told) == ("returned", whole)
