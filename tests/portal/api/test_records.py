"""Records by API, and decisions in the place of the bureau: a change is filed and accepted without a browser."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.portal.api.client import Program, body_of, new_key, problem, told
from verification.law.words import Kind
from verification.models import Provider, Sandbox, Subject


@pytest.fixture
def stranger(sandbox: Sandbox) -> Program:
    """The program of another provider of the sandbox."""
    return Program(new_key(world.new_provider(sandbox, "别家云")))


@pytest.mark.rule("W-25")
def test_own_record_is_told_with_masked_persons(program: Program, record: Subject, provider: Provider) -> None:
    listed = told(program.get("/records"))
    assert listed == {"items": [told(program.get(f"/records/{record.number}"))], "next_cursor": None}
    (found,) = listed["items"]
    assert (found["number"], found["name"], found["is_own"]) == ("陇ICP备16000001号", "演练公司", True)
    assert found["responsible"] == {
        "name": "演甲1",
        "id_type": "resident_id",
        "id_masked": record.responsible.id_masked,
        "phone_masked": "139****0001",
        "is_verified_contact": False,
    }
    assert [(site["number"], site["domain"], site["providers"]) for site in found["websites"]] == [
        ("陇ICP备16000001号-1", "old1.example.com", [provider.name]),
        ("陇ICP备16000001号-2", "old2.example.com", [provider.name]),
    ]


@pytest.mark.rule("D-06")
def test_record_of_others_is_told_as_the_public_query_tells_it(stranger: Program, record: Subject) -> None:
    assert told(stranger.get("/records"))["items"] == []
    record.services.filter(serial=2).update(cancelled_at=world.moment("2017-01-01 00:00"))
    found = told(stranger.get(f"/records/{record.number}"))
    assert (found["name"], found["is_own"], found["responsible"]) == ("演练公司", False, None)
    assert [(site["domain"], site["responsible"], site["providers"]) for site in found["websites"]] == [
        ("old1.example.com", None, [])
    ]
    Subject.objects.update(cancelled_at=world.moment("2017-01-01 00:00"))
    assert problem(stranger.get(f"/records/{record.number}")) == (404, "not_found")


def test_record_of_another_sandbox_is_not_found(record: Subject) -> None:
    elsewhere = Program(new_key(world.new_provider(world.new_sandbox(name="别处"))))
    assert problem(elsewhere.get(f"/records/{record.number}")) == (404, "not_found")


def test_records_cost_the_same_however_many_there_are(program: Program, provider: Provider) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as said:
            told(program.get("/records"))
        return len(said)

    world.on_record(provider)
    before = queries()
    for domain in (3, 4):
        filing = world.submit_and_send(provider, world.first_filing(3, 4, domain=domain))
        world.pass_all(filing)
        world.accept(filing)
    assert len(told(program.get("/records"))["items"]) == 3
    assert queries() == before


def decide(program: Program, number: str, decision: str, **more: str) -> str:
    """The state that the decision leads to."""
    return str(told(program.post(f"/filings/{number}/decision", {"decision": decision, **more}))["state"])


@pytest.mark.rule("D-06")
def test_change_is_filed_and_accepted_without_a_browser(program: Program, record: Subject, provider: Provider) -> None:
    body = body_of(world.request_of(Kind.CHANGE_FILING, record))
    number = told(program.post("/filings", body), 201)["number"]
    filing = provider.filings.get(number=number)
    world.move(filing.sandbox, world.SENT)
    world.pass_all(filing)
    assert decide(program, number, "reject", reason="名称不符") == "returned"
    told(program.post(f"/filings/{number}/resubmissions", {}), 201)
    filing.refresh_from_db()
    world.pass_all(filing)
    assert decide(program, number, "accept") == "accepted"
    assert told(program.get(f"/records/{record.number}"))["name"] == "新公司名"
    assert told(program.get(f"/filings/{number}"))["history"][-1]["actor"] == provider.name


@pytest.mark.rule("W-23")
def test_prereview_is_approved_by_api(db: None) -> None:
    sandbox = world.new_sandbox("2018-09-10 09:30")
    provider = world.new_provider(sandbox)
    record = world.on_record(provider, province="z")
    program = Program(new_key(provider))
    change = world.request(
        Kind.CHANGE_PHONE, record, subject=world.SubjectData(person=world.PersonData(phone="13900000050"))
    )
    number = told(program.post("/filings", body_of(change)), 201)["number"]
    assert decide(program, number, "approve") == "verifying"


def test_decision_needs_the_right_to_move_the_clock_and_a_filing_of_ones_own(
    provider: Provider, stranger: Program, program: Program
) -> None:
    filing = world.submit_and_send(provider)
    world.pass_all(filing)
    path, body = f"/filings/{filing.number}/decision", {"decision": "accept"}
    assert problem(Program(new_key(provider, may_move_clock=False)).post(path, body)) == (403, "forbidden")
    assert problem(stranger.post(path, body)) == (404, "not_found")
    assert problem(program.post(path, {"decision": "reject"})) == (409, "reason_required")
    assert world.standing(filing)[0] == "reviewing"
    assert decide(program, filing.number, "accept") == "accepted"
    assert problem(program.post(path, body)) == (409, "not_in_review")


@pytest.mark.parametrize("number", ["%00", "%E9%99%87%00", "a%0Ab"])
def test_number_that_no_database_holds_is_refused(program: Program, number: str) -> None:
    assert problem(program.get(f"/records/{number}")) == (422, "invalid_request")
