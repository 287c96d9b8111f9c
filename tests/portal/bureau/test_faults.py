"""A refusal under today's rules: which field, what is wrong, and what the bureau suggests; and who reads it where."""

import json

import pytest
from django.test import Client

from tests import world
from tests.pages import assert_is_well_made
from tests.portal.api.client import Program, new_key, problem, told
from tests.submitting import mistakes_of, opened, sent
from tests.verification.editions.in_edition import Place, place
from tests.visitors import browser_of, owner_of
from verification.asking.faults import fields_of
from verification.models import Filing, WebhookDelivery
from verification.outside import webhooks

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
