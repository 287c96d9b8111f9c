"""A filing's life by API, and the matrix of every edition."""

from typing import Any

import pytest

from tests import world
from tests.law.test_matrix import by_hand
from tests.portal.api.client import Program, body_of, content_of, mistakes, new_key, problem, told
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.editions import editions
from verification.law.words import SITUATIONS, Kind, Situation
from verification.models import Filing, Provider, Sandbox, Subject
from verification.state import alarms

SUBMISSION = body_of(world.first_filing())


# ── Submitting ───────────────────────────────────────────────────────────────


@pytest.mark.rule("D-08", "W-02")
def test_submission_is_told_with_its_challenges_and_history(program: Program) -> None:
    filing = told(program.post("/filings", SUBMISSION), 201)
    number, (one, two) = filing["number"], filing["challenges"]
    assert {name: filing[name] for name in ("kind", "kind_name", "situation", "province", "edition", "round")} == {
        "kind": "first_filing",
        "kind_name": "新增备案",
        "situation": "always",
        "province": "gs",
        "edition": "jd-2017",
        "round": 1,
    }
    assert (filing["state"], filing["state_label"], filing["filer_sees"]) == ("verifying", "待短信核验", "管局审核中")
    assert (filing["next_alarm"], filing["next_alarm_at"]) == ("send", "2017-12-20T09:35:00+08:00")
    assert filing["deadline_at"] == "2017-12-22T09:35:00+08:00"
    assert [(c["name"], c["phone"], c["roles"], c["state"]) for c in (one, two)] == [
        ("演甲1", "13900000001", ["subject"], "waiting"),
        ("演乙2", "13900000002", ["website"], "waiting"),
    ]
    assert [(event["kind"], event["at"], event["actor"]) for event in filing["history"]] == [
        ("filing.submitted", "2017-12-20T09:30:00+08:00", "演练云"),
        ("filing.verifying", "2017-12-20T09:30:00+08:00", ""),
    ]
    assert told(program.get(f"/filings/{number}")) == filing


def test_what_the_jobs_have_not_done_is_overdue(program: Program, sandbox: Sandbox) -> None:
    number = told(program.post("/filings", SUBMISSION), 201)["number"]

    def is_overdue() -> bool:
        (listed,) = told(program.get("/filings"))["items"]
        one = told(program.get(f"/filings/{number}"))
        assert listed["overdue"] is one["overdue"]
        return bool(one["overdue"])

    assert not is_overdue()
    world.move_without_jobs(sandbox, world.SENT)
    assert is_overdue()
    alarms.run_due(sandbox)
    assert not is_overdue()


@pytest.mark.rule("W-24")
def test_submission_that_contradicts_the_records_comes_back_at_once(program: Program) -> None:
    body = {"kind": "cancel_website", "province": "gs", "subject_number": "陇ICP备1号", "websites": [{"serial": 1}]}
    filing = told(program.post("/filings", body), 201)
    assert (filing["state"], filing["return_reason"]) == ("returned", "data_check")
    assert filing["return_detail"] == "备案号 陇ICP备1号 在备案库中不存在或已注销，请核对备案号和省份后重新提交。"


def test_kind_that_the_edition_does_not_offer_is_refused(program: Program, record: Subject) -> None:
    body = body_of(world.request(Kind.MOVE_DOMAIN, record, ServiceData(serial=1, domain="new.example.com")))
    assert mistakes(program.post("/filings", body)) == [("kind", "kind_not_offered")]


def test_what_the_tables_cannot_hold_is_refused(program: Program, record: Subject) -> None:
    body = body_of(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, server_ip="fe80::1%" + "x" * 50)))
    assert mistakes(program.post("/filings", body)) == [("websites.0.server_ip", "too_long")]


def test_what_the_kind_does_not_ask_for_is_not_done(program: Program, record: Subject) -> None:
    cancelling = world.request(Kind.CANCEL_SERVICE, record, ServiceData(serial=1), new_province="b")
    told(program.post("/filings", body_of(cancelling)), 201)
    filing = Filing.objects.get()
    world.accept(filing)
    record.refresh_from_db()
    assert (filing.new_province, record.province) == ("", "gs")


@pytest.mark.rule("D-04", "D-07")
def test_returned_filing_is_submitted_again_unchanged_and_changed(program: Program) -> None:
    number = told(program.post("/filings", SUBMISSION), 201)["number"]
    assert told(program.post(f"/filings/{number}/withdrawal"))["return_reason"] == "withdrawn"
    again = told(program.post(f"/filings/{number}/resubmissions", {}), 201)
    assert (again["number"], again["round"], again["state"]) == (number, 2, "verifying")
    program.post(f"/filings/{number}/withdrawal")
    changed = content_of(world.first_filing(world.person(1, id_number=""), world.person(3)))
    third = told(program.post(f"/filings/{number}/resubmissions", {"content": changed}), 201)
    assert [c["phone"] for c in third["challenges"] if c["round"] == 3] == ["13900000001", "13900000003"]


def test_what_the_state_does_not_allow_is_a_conflict(program: Program) -> None:
    number = told(program.post("/filings", SUBMISSION), 201)["number"]
    assert problem(program.post(f"/filings/{number}/resubmissions", {})) == (409, "not_returned")
    program.post(f"/filings/{number}/withdrawal")
    assert problem(program.post(f"/filings/{number}/withdrawal")) == (409, "cannot_withdraw")


# ── Listing ──────────────────────────────────────────────────────────────────


def test_list_is_narrowed_by_state_kind_and_province(program: Program, provider: Provider, record: Subject) -> None:
    first = world.submit(provider)
    cancelling = world.submit(provider, world.request_of(Kind.CANCEL_SERVICE, record))
    elsewhere = world.submit(provider, world.first_filing(3, 4, domain=3, province="tj"))

    def found(**query: object) -> list[str]:
        return [filing["number"] for filing in told(program.get("/filings", **query))["items"]]

    assert found() == [elsewhere.number, cancelling.number, first.number]
    assert found(state="reviewing") == [cancelling.number]
    assert found(kind="first_filing") == [elsewhere.number, first.number]
    assert found(kind="first_filing", province="gs") == [first.number]


def test_list_needs_the_same_queries_however_long(
    program: Program, provider: Provider, record: Subject, django_assert_num_queries: Any
) -> None:
    for serial in range(1, 6):
        world.submit(provider, world.first_filing(serial, serial + 10, domain=serial))
    world.submit(provider, world.request_of(Kind.CANCEL_SERVICE, record))
    with django_assert_num_queries(2):  # the key, the page
        program.get("/filings")


# ── The contract: every edition, kind and situation ──────────────────────────

#: A province of each edition; which ones it governs, it says itself.
#: Where each edition governs, if not in 甘肃.
PROVINCE = {"miit-2018": "z"}
CASES = [
    pytest.param(edition, kind, situation, id=f"{edition}-{kind}-{situation}")
    for edition in editions()
    for kind in Kind
    for situation in SITUATIONS[kind]
]


_SUBJECT = {"subject": SubjectData(name="新公司名", person=world.person(3))}
_SITE = ServiceData(serial=1, name="新站名", person=world.person(4))
_ACCESS = ServiceData(serial=1, server_ip="192.0.2.50")
_PHONE = {"subject": SubjectData(person=PersonData(phone=world.person(3).phone))}
#: The websites and the further parts of a good request in each situation; only the serial of a website otherwise.
CONTENT: dict[tuple[Kind, Situation], tuple[list[ServiceData], dict[str, Any]]] = {
    (Kind.ADD_SERVICE, Situation.ALWAYS): ([world.site(7, 4)], {}),
    (Kind.ADD_ACCESS, Situation.ALWAYS): ([_ACCESS], {}),
    (Kind.CHANGE_FILING, Situation.SUBJECT_ONLY): ([], _SUBJECT),
    (Kind.CHANGE_FILING, Situation.SERVICES_ONLY): ([_SITE], {}),
    (Kind.CHANGE_FILING, Situation.SUBJECT_AND_SERVICES): ([_SITE], _SUBJECT),
    (Kind.CHANGE_FILING, Situation.REMARK_ONLY): ([ServiceData(serial=1, remark="新备注")], {}),
    (Kind.CHANGE_FILING, Situation.ACCESS_ONLY): ([_ACCESS], {}),
    (Kind.CHANGE_SUBJECT, Situation.SAME_PROVINCE): ([], _SUBJECT),
    (Kind.CHANGE_SUBJECT, Situation.OTHER_PROVINCE): ([], {**_SUBJECT, "new_province": "b"}),
    (Kind.CHANGE_WEBSITE, Situation.ALWAYS): ([_SITE], {}),
    (Kind.CHANGE_ACCESS, Situation.ALWAYS): ([_ACCESS], {}),
    (Kind.CHANGE_PHONE, Situation.ALWAYS): (
        [ServiceData(serial=1, person=PersonData(phone=world.person(4).phone))],
        _PHONE,
    ),
    (Kind.MOVE_DOMAIN, Situation.ALWAYS): ([ServiceData(serial=1, domain="moved.example.com")], {}),
    (Kind.CANCEL_SUBJECT, Situation.ALWAYS): ([], {}),
}


def submission_in(situation: Situation, kind: Kind, record: Subject, others: Subject) -> Submission:
    """A good request in this situation on the provider's own record, or where it must be, on that of others."""
    if kind is Kind.FIRST_FILING:
        return world.first_filing(3, 4, domain=7, province=record.province)
    sites, changes = CONTENT.get((kind, situation), ([ServiceData(serial=1)], {}))
    if kind is Kind.MOVE_WEBSITE:
        changes = {"target_number": others.number}
    return world.request(kind, others if kind is Kind.ADD_ACCESS else record, *sites, **changes)


def record_of_another_provider(sandbox: Sandbox, like: Subject) -> Subject:
    """A further 主体 with a website that another provider serves."""
    subject = Subject.objects.create(
        sandbox=sandbox,
        province=like.province,
        number=like.number.replace("16000001", "16000002"),
        name="别家公司",
        nature="enterprise",
        responsible=like.responsible,
        accepted_at=like.accepted_at,
    )
    site = subject.services.create(
        serial=1, name="别站", domain="b.example.com", responsible=like.responsible, accepted_at=like.accepted_at
    )
    site.accesses.create(provider=world.new_provider(sandbox, "别家云"), accepted_at=like.accepted_at)
    return subject


@pytest.mark.rule("D-05", "W-15")
@pytest.mark.parametrize(("edition", "kind", "situation"), CASES)
def test_challenges_are_those_of_the_matrix(db: None, edition: str, kind: Kind, situation: Situation) -> None:
    sandbox = world.new_sandbox("2020-09-01 09:30", pinned_edition=edition)
    provider = world.new_provider(sandbox)
    record = world.on_record(provider, province=PROVINCE.get(edition, "gs"))
    others = record_of_another_provider(sandbox, record)
    program = Program(new_key(provider))
    response = program.post("/filings", body_of(submission_in(situation, kind, record, others)))
    entry = by_hand()[edition, kind, situation]
    if entry is None:
        assert mistakes(response) == [("kind", "kind_not_offered")]
        return
    parts, mode = entry
    filing = told(response, 201)
    assert (filing["situation"], filing["edition"], filing["return_detail"]) == (situation.value, edition, "")
    asked = {role for challenge in filing["challenges"] for role in challenge["roles"]}
    assert asked == {part.value for part in parts}
    assert Filing.objects.get().mode == mode.value
    assert (filing["state"] == "reviewing") == (not parts)


def test_matrix_is_told_as_it_is(program: Program) -> None:
    told_matrix = {
        (edition["id"], row["kind"], row["situation"]): (frozenset(row["verify"]), row["mode"])
        for edition in told(program.get("/editions"))
        for row in told(program.get(f"/editions/{edition['id']}"))["matrix"]
    }
    assert told_matrix == {key: entry for key, entry in by_hand().items() if entry is not None}
