"""Services through the API: by which word they are sent and answered, and what is told of an APP on record."""

from dataclasses import replace
from typing import Any

import pytest

from tests import world
from tests.portal.api.client import Program, body_of, content_of, mistakes, new_key, told
from tests.verification.editions.in_edition import Place, place
from verification.asking.submissions import Submission
from verification.law.words import Kind
from verification.models import Filing, FilingPart

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> Place:
    """Where APPs and 小程序 are filed."""
    return place("public-2023")


@pytest.fixture
def program(today: Place) -> Program:
    """A program of the provider there."""
    return Program(new_key(today.provider))


def both(there: Place) -> Submission:
    """首次备案 with a website and an APP."""
    services = (world.site(5, 2), world.app(6, 3, server_ip=""))
    return replace(world.first_filing(province=there.province), services=services)


@pytest.mark.rule("T-02", "T-10")
def test_first_filing_may_hold_services_of_several_types(program: Program, today: Place) -> None:
    filing = told(program.post("/filings", body_of(both(today))), 201)
    assert (filing["kind_name"], filing["state"]) == ("首次备案", "verifying")
    assert [challenge["name"] for challenge in filing["challenges"]] == ["演甲1", "演乙2", "演丙3"]
    assert list(FilingPart.objects.order_by("id").values_list("type", "name")) == [
        ("website", "演练公司"),
        ("website", "网站5"),
        ("app", "应用6"),
    ]


@pytest.mark.rule("T-02")
@pytest.mark.parametrize(
    ("service", "name"),
    [(world.site(5, 3), "新增网站"), (world.app(5, 3), "新增APP"), (world.mini_program(5, 3), "新增小程序")],
    ids=["website", "app", "mini_program"],
)
def test_added_service_is_named_by_its_type(program: Program, today: Place, service: Any, name: str) -> None:
    filing = told(program.post("/filings", body_of(world.request(Kind.ADD_SERVICE, today.record, service))), 201)
    assert filing["kind_name"] == name
    assert [item["kind_name"] for item in told(program.get("/filings"))["items"]] == [name]
    world.move(today.sandbox, "2024-05-06 09:35")
    text = Filing.objects.get().challenges.order_by("id").first()
    assert text is not None
    assert f"“{name}”已提交" in text.text


def test_mistakes_stand_under_the_word_that_was_sent(program: Program, today: Place) -> None:
    wrong = body_of(world.request(Kind.ADD_SERVICE, today.record, world.site(5, 3, domain="http//")))
    assert mistakes(program.post("/filings", wrong)) == [("websites.0.domain", "invalid_domain")]
    wrong["services"] = wrong.pop("websites")
    assert mistakes(program.post("/filings", wrong)) == [("services.0.domain", "invalid_domain")]


def test_services_and_websites_are_not_sent_together(program: Program, today: Place) -> None:
    body = body_of(both(today))
    assert mistakes(program.post("/filings", body | {"websites": []})) == [("websites", "unexpected")]
    filing = told(program.post("/filings", body), 201)
    program.post(f"/filings/{filing['number']}/withdrawal")
    again = {"content": content_of(both(today)) | {"websites": []}}
    assert mistakes(program.post(f"/filings/{filing['number']}/resubmissions", again)) == [("websites", "unexpected")]


def test_websites_know_no_other_type(program: Program, today: Place) -> None:
    body = body_of(both(today))
    body["websites"] = body.pop("services")
    assert {code for _path, code in mistakes(program.post("/filings", body))} == {"extra_forbidden"}


def test_record_tells_of_its_services_and_of_websites_where_all_are(program: Program, today: Place) -> None:
    (before,) = told(program.get("/records"))["items"]
    assert before["websites"] == [
        {name: value for name, value in service.items() if name not in ("type", "domains", "platforms")}
        for service in before["services"]
    ]
    filing = world.submit_and_send(
        today.provider, world.request(Kind.ADD_SERVICE, today.record, world.app(6, 3), world.mini_program(7, 4))
    )
    world.pass_all(filing)
    world.accept(filing)
    (after,) = told(program.get("/records"))["items"]
    assert after["websites"] is None
    app = world.app(6, 3)
    assert [(service["number"], service["type"], service["domains"]) for service in after["services"]] == [
        ("陇ICP备16000001号-1", "website", []),
        ("陇ICP备16000001号-2", "website", []),
        ("陇ICP备16000001号-3A", "app", list(app.domains)),
        ("陇ICP备16000001号-4X", "mini_program", []),
    ]
    assert after["services"][2]["platforms"] == [vars(each) for each in app.platforms]


def test_others_see_of_an_app_what_the_public_query_shows(today: Place) -> None:
    filing = world.submit_and_send(today.provider, world.request(Kind.ADD_SERVICE, today.record, world.app(6, 3)))
    world.pass_all(filing)
    world.accept(filing)
    stranger = Program(new_key(world.new_provider(today.sandbox, "别家")))
    service = told(stranger.get("/records/陇ICP备16000001号"))["services"][2]
    assert (service["number"], service["name"]) == ("陇ICP备16000001号-3A", "应用6")
    assert (service["responsible"], service["platforms"], service["domains"]) == (None, [], [])
