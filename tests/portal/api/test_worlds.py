"""Sandbox, clock, phones, portals and editions by API: a whole verification without a browser."""

import pytest
from pytest_django import Settings

from tests import world
from tests.portal.api.client import Program, body_of, mistakes, new_key, problem, told
from verification.acting import phones
from verification.law.editions import editions, provinces
from verification.law.identity import suffix_of
from verification.models import ApiKey, ClockMove, Phone, Provider, Role, Sandbox
from verification.outside.keys import make_key
from verification.state import alarms
from verification.worlds import sandboxes

SUBMISSION = body_of(world.first_filing())


# ── Sandbox ──────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_sandbox_is_made_without_a_key_and_answers_with_one() -> None:
    made = told(Program(None).post("/sandboxes", {"scenario": "2018-z", "provider": " 我的云 "}), 201)
    assert (made["provider"], made["starts_at"], made["may_move_clock"]) == (
        "我的云",
        "2018-09-10T09:30:00+08:00",
        True,
    )
    program = Program(made["api_key"])
    assert told(program.get("/me"))["provider"] == "我的云"
    assert told(program.get("/filings")) == {"items": [], "next_cursor": None}
    sandbox = Sandbox.objects.get(template_of=None)
    assert sandbox.join_code == made["join_code"]
    assert ApiKey.objects.get().participant == sandbox.participants.get(is_owner=True)


@pytest.mark.django_db
def test_sandbox_begins_when_and_under_what_was_asked() -> None:
    body = {"starts_at": "2019-01-02T03:04:05+08:00", "edition": "aliyun-2018"}
    made = told(Program(None).post("/sandboxes", body), 201)
    assert (made["starts_at"], made["pinned_edition"]) == ("2019-01-02T03:04:05+08:00", "aliyun-2018")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ({"scenario": "1999"}, ("scenario", "enum")),
        ({"edition": "1999"}, ("edition", "enum")),
        ({"starts_at": "2019-01-02"}, ("starts_at", "datetime")),
        ({"starts_at": "2019-02-30T00:00:00Z"}, ("starts_at", "datetime")),
        ({"starts_at": 1546300800}, ("starts_at", "datetime")),
        ({"provider": "\0"}, ("provider", "string_pattern_mismatch")),
    ],
)
def test_sandbox_that_cannot_be_is_refused(body: object, mistake: tuple[str, str]) -> None:
    assert mistakes(Program(None).post("/sandboxes", body)) == [mistake]
    assert Sandbox.objects.filter(template_of=None).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_at", "code"), [("0001-01-01T00:00:00+23:59", "too_early"), ("9999-12-31T23:59:59-23:59", "too_late")]
)
def test_sandbox_begins_within_the_calendar(starts_at: str, code: str) -> None:
    assert problem(Program(None).post("/sandboxes", {"starts_at": starts_at})) == (422, code)


@pytest.mark.django_db
def test_sandboxes_are_limited_together_with_those_of_the_lobby(settings: Settings) -> None:
    settings.STARTS_AN_HOUR = 1
    told(Program(None).post("/sandboxes", {}), 201)
    response = Program(None).post("/sandboxes", {})
    assert problem(response) == (429, "too_many_requests")
    assert response.headers["Retry-After"] == "3600"


# ── Clock ────────────────────────────────────────────────────────────────────


def test_clock_is_moved_by_a_provider_with_the_longest_name(sandbox: Sandbox) -> None:
    provider = world.new_provider(sandbox, "云" * 60)
    program = Program(new_key(provider))
    told(program.post("/clock", {"by_seconds": 60}))
    assert ClockMove.objects.get().moved_by == "云" * 60


def test_clock_goes_to_a_moment_by_seconds_and_to_what_is_next(program: Program, sandbox: Sandbox) -> None:
    told(program.post("/filings", SUBMISSION), 201)
    assert told(program.get("/clock")) == {
        "now": "2017-12-20T09:30:00+08:00",
        "speed": 1,
        "paused": True,
        "next_alarm_at": "2017-12-20T09:35:00+08:00",
        "due": 0,
    }
    assert told(program.post("/clock", {"to": "2017-12-20T01:31:00Z"}))["now"] == "2017-12-20T09:31:00+08:00"
    assert told(program.post("/clock", {"by_seconds": 60}))["now"] == "2017-12-20T09:32:00+08:00"
    moved = told(program.post("/clock", {"to_next_alarm": True}))
    assert (moved["now"], moved["due"]) == ("2017-12-20T09:35:00+08:00", 1)
    alarms.run_due(Sandbox.objects.get(template_of=None))
    assert told(program.get("/clock"))["due"] == 0


def test_clock_never_goes_back(program: Program) -> None:
    assert problem(program.post("/clock", {"to": "2017-12-20T09:29:59+08:00"})) == (409, "clock_backwards")


def test_clock_ends_before_the_calendar(program: Program) -> None:
    assert problem(program.post("/clock", {"to": "9999-12-31T23:59:59-23:59"})) == (422, "clock_too_far")


def test_clock_needs_something_that_is_due(program: Program) -> None:
    assert problem(program.post("/clock", {"to_next_alarm": True})) == (409, "no_alarm")


@pytest.mark.parametrize("body", [{}, {"by_seconds": 1, "to_next_alarm": True}])
def test_clock_is_told_one_thing(program: Program, body: object) -> None:
    assert mistakes(program.post("/clock", body)) == [("to", "one_of")]


def test_clock_is_not_for_the_key_of_somebody_who_may_not_move_it(provider: Provider) -> None:
    program = Program(new_key(provider, may_move_clock=False))
    assert problem(program.post("/clock", {"by_seconds": 60})) == (403, "forbidden")
    assert told(program.get("/clock"))["now"] == "2017-12-20T09:30:00+08:00"


def test_clock_is_moved_no_more_by_the_key_of_somebody_who_may_not_any_more(provider: Provider) -> None:
    maker = provider.sandbox.participants.create(
        name="小王", plays_provider=True, may_move_clock=True, joined_at=provider.sandbox.created_at
    )
    program = Program(make_key(provider, maker=maker, may_move_clock=True).secret)
    told(program.post("/clock", {"by_seconds": 60}))
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=False)
    assert problem(program.post("/clock", {"by_seconds": 60})) == (403, "forbidden")
    assert told(program.get("/me"))["may_move_clock"] is False


# ── Bureau ───────────────────────────────────────────────────────────────────

OFF = {"after_working_days": None, "refuse_every": None, "reason": "", "suggestion": ""}


def test_bureau_is_let_decide_by_itself_and_wait_again(program: Program, provider: Provider, sandbox: Sandbox) -> None:
    number = world.submit_for_review(provider, 1).number
    assert told(program.get("/bureau")) == OFF
    wanted = {"after_working_days": 2, "refuse_every": 1, "reason": "材料不全", "suggestion": "请补交承诺书"}
    assert told(program.post("/bureau", wanted)) == wanted == told(program.get("/bureau"))
    filing = told(program.get(f"/filings/{number}"))
    assert (filing["next_alarm"], filing["next_alarm_at"]) == ("decision", "2017-12-22T09:30:00+08:00")
    assert told(program.post("/bureau", {"after_working_days": None})) == OFF
    assert told(program.get(f"/filings/{number}"))["next_alarm"] is None
    told(program.post("/bureau", wanted))
    told(program.post("/clock", {"by_seconds": 30 * 86400}))
    alarms.run_due(Sandbox.objects.get(template_of=None))
    filing = told(program.get(f"/filings/{number}"))
    assert (filing["state"], filing["return_reason"], filing["return_detail"]) == ("returned", "rejected", "材料不全")
    assert [(line["at"], line["actor"]) for line in filing["history"]][-1] == (
        "2017-12-22T09:30:00+08:00",
        "管局自动审核",
    )


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ({}, ("after_working_days", "missing")),
        ({"after_working_days": 21}, ("after_working_days", "less_than_equal")),
        ({"after_working_days": "3"}, ("after_working_days", "int_type")),
        ({"after_working_days": None, "refuse_every": 3, "reason": "不全"}, ("after_working_days", "required")),
        ({"after_working_days": 3, "reason": "不全"}, ("refuse_every", "required")),
        ({"after_working_days": 3, "refuse_every": 3}, ("reason", "reason_required")),
    ],
)
def test_bureau_that_cannot_be_is_refused(program: Program, body: object, mistake: tuple[str, str]) -> None:
    assert mistakes(program.post("/bureau", body)) == [mistake]
    assert told(program.get("/bureau")) == OFF


def test_bureau_is_not_for_the_key_of_somebody_who_may_not_move_the_clock(provider: Provider) -> None:
    program = Program(new_key(provider, may_move_clock=False))
    assert problem(program.post("/bureau", {"after_working_days": 3})) == (403, "forbidden")
    assert told(program.get("/bureau")) == OFF


# ── Phones and portals ───────────────────────────────────────────────────────


def sent_filing(program: Program) -> dict[str, int]:
    """Submit and let the first messages go out; the ids of the phones by their numbers."""
    filing = told(program.post("/filings", SUBMISSION), 201)
    program.post("/clock", {"to_next_alarm": True})
    alarms.run_due(Sandbox.objects.get(template_of=None))
    return {challenge["phone"]: challenge["phone_id"] for challenge in filing["challenges"]}


def code_on(program: Program, phone_id: int) -> str:
    """The code in the latest message."""
    code: str = told(program.get(f"/phones/{phone_id}/messages"))["items"][0]["code"]
    return code


def entry_of(serial: int, code: str) -> dict[str, str]:
    """What the person types on the portal of 甘肃."""
    person = world.person(serial)
    return {"province": "gs", "code": code, "phone": person.phone, "id_suffix": suffix_of(person.id_number)}


@pytest.mark.rule("V-03", "V-04")
def test_filing_is_verified_without_a_browser(program: Program) -> None:
    one, two = sent_filing(program).values()
    assert [phone["id"] for phone in told(program.get("/phones"))["items"]] == [two, one]
    message = told(program.get(f"/phones/{one}/messages"))["items"][0]
    assert (message["cause"], message["status"], message["sent_at"]) == (
        "first",
        "arrived",
        "2017-12-20T09:35:00+08:00",
    )
    assert message["code"] in message["text"]
    first = told(program.post("/verifications", entry_of(1, message["text"])))
    assert (first["outcome"], first["edition"]) == ("partial", "jd-2017")
    assert told(program.post("/verifications", entry_of(2, code_on(program, two))))["outcome"] == "all_done"
    assert told(program.get("/filings"))["items"][0]["state"] == "reviewing"


def test_message_is_sent_again(program: Program) -> None:
    one = sent_filing(program)["13900000001"]
    entry = {name: value for name, value in entry_of(1, "").items() if name != "code"}
    assert told(program.post("/resends", entry))["outcome"] == "resent"
    assert [item["cause"] for item in told(program.get(f"/phones/{one}/messages"))["items"]] == ["manual", "first"]


def test_message_that_did_not_arrive_is_told_with_the_reason(program: Program, sandbox: Sandbox) -> None:
    Phone.objects.create(sandbox=sandbox, number=world.person(1).phone, has_signal=False)
    one = sent_filing(program)["13900000001"]
    message = told(program.get(f"/phones/{one}/messages"))["items"][0]
    assert (message["status"], message["arrived_at"]) == ("held", None)


def test_deleted_message_is_gone(program: Program) -> None:
    one = sent_filing(program)["13900000001"]
    phones.delete_message(Phone.objects.get(pk=one).messages.get(), by=world.FILER)
    assert told(program.get(f"/phones/{one}/messages"))["items"] == []


def test_entry_of_the_wrong_shape_is_refused_with_all_mistakes(program: Program) -> None:
    body = {"province": "gs", "code": "12", "phone": "139", "id_suffix": "1"}
    assert mistakes(program.post("/verifications", body)) == [
        ("code", "malformed"),
        ("phone", "malformed"),
        ("id_suffix", "malformed"),
    ]


@pytest.mark.rule("V-17")
def test_answer_has_the_result_code_of_its_edition(db: None) -> None:
    provider = world.new_provider(world.new_sandbox("2020-09-01 09:30"))
    body = {**entry_of(1, "123456"), "province": None}
    answer = told(Program(new_key(provider)).post("/verifications", body))
    assert (answer["outcome"], answer["result_code"], answer["edition"]) == ("not_found", 4, "qingcloud-2020")


# ── Editions ─────────────────────────────────────────────────────────────────


def test_editions_can_be_read_without_a_key() -> None:
    found = told(Program(None).get("/editions"))
    assert [edition["id"] for edition in found] == list(editions())
    detail = told(Program(None).get("/editions/jd-2017"))
    assert detail["provinces"] == list(editions()["jd-2017"].provinces.value)
    values = {value["key"]: (value["value"], value["rule"]) for value in detail["values"]}
    assert values["timing.window_hours"] == ("48", "D-01")


def test_unknown_edition_is_not_found() -> None:
    assert problem(Program(None).get("/editions/%00")) == (404, "not_found")


@pytest.mark.rule("P-01")
def test_provinces_are_told_with_the_edition_in_force(program: Program) -> None:
    found = {row["code"]: row["edition"] for row in told(program.get("/provinces"))}
    assert list(found) == list(provinces())
    assert (found["gs"], found["z"]) == ("jd-2017", None)


# ── Portals that do not verify ───────────────────────────────────────────────


@pytest.mark.rule("N-03", "N-04")
@pytest.mark.parametrize("province", [None, "z"])
def test_portal_that_verifies_nobody_on_its_page_does_not_by_api(
    program: Program, provider: Provider, province: str | None
) -> None:
    filing = world.submit_and_send(provider)
    challenge = world.challenge_of(filing, 1)
    entry = {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
    assert problem(program.post("/verifications", {"province": province, **entry})) == (409, "no_verification_here")
    del entry["code"]
    assert problem(program.post("/resends", {"province": province, **entry})) == (409, "no_verification_here")
    assert world.states(filing) == {"演甲1": "open", "演乙2": "open"}


@pytest.mark.rule("T-09")
def test_province_is_no_place_to_verify_at_today(db: None) -> None:
    provider = world.new_provider(world.new_sandbox("2024-05-06 09:30"))
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    program, challenge = Program(new_key(provider)), world.challenge_of(filing, 1)
    entry = {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
    assert problem(program.post("/verifications", {"province": "gs", **entry})) == (409, "verifies_nationally")
    resend = {name: entry[name] for name in ("phone", "id_suffix")}
    assert problem(program.post("/resends", {"province": "gs", **resend})) == (409, "verifies_nationally")
    assert told(program.post("/resends", resend))["result_code"] == 101
    assert told(program.post("/verifications", entry))["result_code"] == 3


def test_query_with_a_nul_is_a_mistake_of_form(program: Program) -> None:
    assert problem(program.get("/filings?cursor=%00"))[0] == 422
