from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import transaction

from tests import world
from tests.world import person, site
from verification.acting import filings
from verification.asking.drafting import from_filing
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import Challenge, Event, Filing, Provider, Subject
from verification.refusals import Refused, SubmissionRefused
from verification.state import alarms
from verification.time import clock


def targets(filing: Filing) -> list[tuple[str, str, str]]:
    """Who is verified in the present round: name, phone, roles."""
    rows = filing.challenges.filter(round=filing.round).order_by("id")
    return [(c.name, c.phone.number, c.roles) for c in rows.select_related("phone")]


def roles(filing: Filing) -> dict[str, str]:
    return {name: part for name, _, part in targets(filing)}


# ── Where and since when ─────────────────────────────────────────────────────


@pytest.mark.rule("P-01")
@pytest.mark.parametrize(
    ("at", "province", "state", "edition"),
    [
        ("2017-12-18 08:59:59.999999", "gs", "reviewing", ""),
        ("2017-12-18 09:00", "gs", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "xz", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "nx", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "hn", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "xj", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "qh", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "tj", "verifying", "jd-2017"),
        ("2017-12-18 09:00", "b", "reviewing", ""),
        ("2018-01-31 09:00", "z", "reviewing", ""),
    ],
)
def test_pilot_provinces_verify_since_its_first_moment_and_others_go_straight_to_review(
    db: None, at: str, province: str, state: str, edition: str
) -> None:
    provider = world.new_provider(world.new_sandbox(at))
    filing = world.submit(provider, world.first_filing(province=province))
    assert (filing.state, filing.edition_id) == (state, edition)
    assert world.whats(filing) == ["filing.submitted", f"filing.{state}"]
    assert filing.challenges.count() == (2 if edition else 0)


@pytest.mark.rule("P-01")
def test_edition_of_a_round_stays_also_when_time_goes_on(db: None) -> None:
    provider = world.new_provider(world.new_sandbox("2017-12-18 08:59"))
    filing = world.submit(provider)
    world.move(provider.sandbox, "2017-12-19 09:00")
    world.reject(filing)
    assert filing.edition_id == ""
    world.resubmit(filing)
    assert (filing.edition_id, filing.state) == ("jd-2017", "verifying")


def test_pinned_edition_replaces_the_date(db: None) -> None:
    sandbox = world.new_sandbox("2011-01-01 09:00", pinned_edition="jd-2017")
    provider = world.new_provider(sandbox)
    made = [world.submit(provider, world.first_filing(domain=n, province=p)) for n, p in ((1, "gs"), (3, "b"))]
    assert [(filing.state, filing.edition_id) for filing in made] == [("verifying", "jd-2017"), ("reviewing", "")]


# ── Who is verified ──────────────────────────────────────────────────────────


@pytest.mark.rule("W-01", "W-19")
def test_first_filing_verifies_the_subjects_and_every_websites_person(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 2, 3))
    assert targets(filing) == [
        ("演甲1", "13900000001", "subject"),
        ("演乙2", "13900000002", "website"),
        ("演丙3", "13900000003", "website"),
    ]


@pytest.mark.rule("W-17")
def test_each_phone_is_verified_once_whatever_roles_it_has(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 2, 1, 2))
    assert targets(filing) == [("演甲1", "13900000001", "subject,website"), ("演乙2", "13900000002", "website")]


@pytest.mark.rule("W-02", "W-22")
def test_new_websites_verify_their_persons_only(provider: Provider, record: Subject) -> None:
    filing = world.submit(provider, world.request(Kind.ADD_SERVICE, record, site(5, 3), site(6, 4)))
    assert roles(filing) == {"演丙3": "website", "演丁4": "website"}


@pytest.mark.rule("W-04")
def test_new_access_verifies_the_websites_person(provider: Provider, record: Subject) -> None:
    other = world.new_provider(provider.sandbox, "示例主机")
    filing = world.submit(other, world.request_of(Kind.ADD_ACCESS, record))
    assert targets(filing) == [("演乙2", "13900000002", "website")]


@pytest.mark.parametrize(
    ("changes", "situation", "expected"),
    [
        pytest.param(
            {"subject": SubjectData(name="新公司名")},
            "subject_only",
            {"演甲1": "subject"},
            marks=pytest.mark.rule("W-05", "W-21"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, name="新站名"),)},
            "websites_only",
            {"演乙2": "website"},
            marks=pytest.mark.rule("W-06", "W-21", "W-22"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, name="新站名"), ServiceData(serial=2, domain="new2.example.com"))},
            "websites_only",
            {"演乙2": "website", "演甲1": "website"},
            marks=pytest.mark.rule("W-06"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, name="新站名"), ServiceData(serial=2, remark="新备注"))},
            "websites_only",
            {"演乙2": "website"},
            marks=pytest.mark.rule("W-06", "W-22"),
        ),
        pytest.param(
            {"subject": SubjectData(name="新公司名"), "services": (ServiceData(serial=1, name="新站名"),)},
            "subject_and_websites",
            {"演甲1": "subject", "演乙2": "website"},
            marks=pytest.mark.rule("W-07"),
        ),
        pytest.param(
            {"subject": SubjectData(remark="新备注"), "services": (ServiceData(serial=1, name="新站名"),)},
            "websites_only",
            {"演乙2": "website"},
            marks=pytest.mark.rule("W-06", "W-22"),
        ),
        pytest.param(
            {"subject": SubjectData(remark="新备注"), "services": (ServiceData(serial=1, remark="新备注"),)},
            "remark_only",
            {},
            marks=pytest.mark.rule("W-08"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, server_ip="192.0.2.99"),)},
            "access_only",
            {},
            marks=pytest.mark.rule("W-22"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, person=PersonData(phone=person(3).phone)),)},
            "websites_only",
            {"演乙2": "website"},
            marks=pytest.mark.rule("W-21"),
        ),
        pytest.param(
            {"services": (ServiceData(serial=1, person=person(4)),)},
            "websites_only",
            {"演丁4": "website"},
            marks=pytest.mark.rule("W-26"),
        ),
    ],
)
def test_change_verifies_the_persons_of_what_it_touches(
    provider: Provider, record: Subject, changes: dict[str, object], situation: str, expected: dict[str, str]
) -> None:
    filing = world.submit(provider, replace(world.request(Kind.CHANGE_FILING, record), **changes))
    assert (filing.situation, roles(filing)) == (situation, expected)
    assert filing.state == ("verifying" if expected else "reviewing")


@pytest.mark.rule("W-21")
def test_changed_phone_is_verified_and_the_old_one_gets_nothing(provider: Provider, record: Subject) -> None:
    change = ServiceData(serial=1, person=PersonData(phone=person(3).phone))
    filing = world.submit_and_send(provider, world.request(Kind.CHANGE_FILING, record, change))
    assert targets(filing) == [("演乙2", person(3).phone, "website")]
    assert world.messages(provider.sandbox, person(3).phone) == [("演乙2", "first", world.SENT)]
    assert world.messages(provider.sandbox, person(2).phone) == []


@pytest.mark.rule("W-26")
def test_new_person_verifies_with_the_phone_and_document_of_the_change(provider: Provider, record: Subject) -> None:
    change = world.request(Kind.CHANGE_FILING, record, subject=SubjectData(person=person(4)))
    filing = world.submit_and_send(provider, change)
    assert targets(filing) == [("演丁4", person(4).phone, "subject")]
    old_id = person(1).id_number[-6:]
    assert world.verify(filing, 4, id_suffix=old_id).is_success is False
    assert world.verify(filing, 4).is_success is True


@pytest.mark.rule("W-12")
@pytest.mark.parametrize("kind", [Kind.CANCEL_SUBJECT, Kind.CANCEL_SERVICE, Kind.CANCEL_ACCESS])
def test_cancelling_goes_straight_to_review(provider: Provider, record: Subject, kind: Kind) -> None:
    filing = world.submit(provider, world.request_of(kind, record))
    assert (filing.state, filing.edition_id, targets(filing)) == ("reviewing", "jd-2017", [])
    assert world.whats(filing) == ["filing.submitted", "filing.reviewing"]


@pytest.mark.rule("W-20")
def test_emergency_phone_is_kept_and_never_verified(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(person(1, emergency_phone="13811110001"), 2))
    assert [number for _, number, _ in targets(filing)] == ["13900000001", "13900000002"]
    assert list(provider.sandbox.phones.values_list("number", flat=True)) == ["13900000001", "13900000002"]
    first = filing.parts.order_by("id")[0].person
    assert first is not None
    assert first.emergency_phone == "13811110001"


def test_expected_verification_names_those_who_then_get_a_message(provider: Provider, record: Subject) -> None:
    for kind in (Kind.ADD_SERVICE, Kind.CHANGE_FILING, Kind.CANCEL_SUBJECT):
        submission = world.request_of(kind, record)
        expected = filings.expected_verification(provider, submission)
        assert expected is not None
        filing = world.submit(provider, submission)
        assert [number for _, number, _ in targets(filing)] == [target.phone for target in expected.targets]


# ── Submitting ───────────────────────────────────────────────────────────────


@pytest.mark.rule("C-03", "D-01", "C-04")
def test_round_begins_with_its_moments_laid_down(provider: Provider) -> None:
    filing = world.submit(provider)
    moments = (filing.created_at, filing.submitted_at, filing.alarm_at, filing.noon_at, filing.deadline_at)
    assert [world.shown(at) for at in moments] == [
        world.SUBMITTED,
        world.SUBMITTED,
        world.SENT,
        world.NOON,
        world.DEADLINE,
    ]
    assert (filing.state, filing.round, filing.alarm_kind, filing.mode) == ("verifying", 1, "send", "all")
    assert list(filing.events.order_by("id").values_list("kind", "actor")) == [
        ("filing.submitted", "接入商"),
        ("filing.verifying", ""),
    ]


def test_number_is_the_date_and_six_digits_and_none_twice(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([7, 7, 8])
    monkeypatch.setattr(filings, "seeds", SimpleNamespace(digits=lambda *_, count: f"{next(numbers):0{count}d}"))
    made = [world.submit(provider, world.first_filing(1, 1, domain=n)) for n in (1, 2)]
    assert [filing.number for filing in made] == ["20171220000007", "20171220000008"]


def test_date_of_the_number_is_that_of_the_sandbox_in_shanghai(db: None) -> None:
    provider = world.new_provider(world.new_sandbox("2017-12-21 00:30"))
    assert world.submit(provider).number[:8] == "20171221"


def test_refused_submission_creates_nothing(provider: Provider) -> None:
    with pytest.raises(SubmissionRefused):
        world.submit(provider, Submission(Kind.FIRST_FILING, "gs"))
    assert (Filing.objects.count(), Event.objects.count(), Challenge.objects.count()) == (0, 0, 0)


# ── Submitting again ─────────────────────────────────────────────────────────


@pytest.mark.rule("D-04")
def test_next_round_has_new_codes_a_new_deadline_and_nothing_carried_over(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.verify(filing, 1)
    old = {who: world.code_of(filing, who) for who in (1, 2)}
    world.move(provider.sandbox, "2017-12-23 10:00")
    assert world.standing(filing) == ("returned", "deadline", 1)
    number = filing.number
    world.resubmit(filing)
    assert (world.standing(filing), filing.number) == (("verifying", "", 2), number)
    assert world.states(filing) == {"演甲1": "waiting", "演乙2": "waiting"}
    assert world.history(filing)[-2:] == [
        (2, "filing.submitted", "2017-12-23 10:00", ""),
        (2, "filing.verifying", "2017-12-23 10:00", ""),
    ]
    world.move(provider.sandbox, "2017-12-23 10:05")
    assert {who: world.code_of(filing, who) for who in (1, 2)} != old
    assert world.shown(world.challenge_of(filing, 1).deadline_at) == "2017-12-25 10:05"
    assert list(filing.challenges.filter(round=1).values_list("name", "state")) == [
        ("演甲1", "passed"),
        ("演乙2", "expired"),
    ]
    assert world.verify(filing, 2).outcome == "partial"
    assert world.verify(filing, 1).outcome == "all_done"


@pytest.mark.rule("D-07")
def test_phone_may_be_changed_and_the_new_round_goes_to_the_new_one(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.withdraw(filing)
    again = from_filing(filing)
    changed = replace(again.services[0], person=replace(again.services[0].person, phone=person(9).phone))
    world.resubmit_and_send(filing, replace(again, services=(changed,)))
    assert targets(filing) == [("演甲1", person(1).phone, "subject"), ("演乙2", person(9).phone, "website")]
    assert world.messages(provider.sandbox, person(9).phone) == [("演乙2", "first", "2017-12-20 09:40")]
    assert len(world.messages(provider.sandbox, person(2).phone)) == 1
    id_suffix = person(2).id_number[-6:]
    code = world.code_of(filing, person(9).phone)
    assert world.verify(filing, 9, code=code, id_suffix=id_suffix).is_success is True


@pytest.mark.rule("D-04")
@pytest.mark.parametrize("reason", ["data_check", "deadline", "failed", "rejected", "withdrawn"])
def test_filing_can_be_submitted_again_whatever_the_reason_of_its_return(
    provider: Provider, record: Subject, reason: str
) -> None:
    filing = returned(provider, record, reason)
    assert world.standing(filing) == ("returned", reason, 1)
    assert filings.can_resubmit(filing) is True
    fixed = from_filing(filing)
    if reason == "data_check":
        fixed = replace(fixed, subject_number=record.number)
    world.resubmit(filing, fixed)
    assert world.standing(filing) == ("verifying", "", 2)
    assert (filing.return_reason, filing.return_detail) == ("", "")


def returned(provider: Provider, record: Subject, reason: str) -> Filing:
    if reason == "data_check":
        request = replace(world.request_of(Kind.ADD_SERVICE, record), subject_number="陇ICP备99999999号")
        return world.submit(provider, request)
    filing = world.submit_and_send(provider)
    if reason == "deadline":
        world.move(provider.sandbox, world.DEADLINE)
    elif reason == "failed":
        for _ in range(5):
            world.verify(filing, 1, id_suffix=world.WRONG_ID)
    elif reason == "rejected":
        world.pass_all(filing)
        world.reject(filing)
    else:
        world.withdraw(filing)
    return filing


def test_filing_that_is_not_with_its_provider_cannot_be_submitted_again(provider: Provider) -> None:
    filing = world.submit(provider)
    with pytest.raises(Refused) as refused:
        world.resubmit(filing)
    assert refused.value.code == "not_returned"
    assert world.standing(filing) == ("verifying", "", 1)


@pytest.mark.rule("D-02", "D-04")
def test_filing_past_its_deadline_can_be_submitted_again_while_the_jobs_are_late(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    world.move_without_jobs(provider.sandbox, "2017-12-25 10:00")
    world.resubmit(filing)
    assert world.standing(filing) == ("verifying", "", 2)
    assert world.history(filing)[-4:] == [
        (1, "challenge.expired", world.DEADLINE, "演甲1"),
        (1, "filing.returned", world.DEADLINE, ""),
        (2, "filing.submitted", "2017-12-25 10:00", ""),
        (2, "filing.verifying", "2017-12-25 10:00", ""),
    ]


@pytest.mark.parametrize("change", [{"kind": Kind.ADD_SERVICE}, {"province": "qh"}])
def test_kind_and_province_are_fixed(provider: Provider, change: dict[str, object]) -> None:
    filing = world.submit(provider)
    world.withdraw(filing)
    with pytest.raises(Refused) as refused:
        world.resubmit(filing, replace(from_filing(filing), **change))
    assert refused.value.code == "kind_is_fixed"
    assert world.standing(filing) == ("returned", "withdrawn", 1)


def test_resubmission_with_mistakes_leaves_the_filing_returned(provider: Provider) -> None:
    filing = world.submit(provider)
    world.withdraw(filing)
    before = (world.history(filing), filing.parts.count())
    with pytest.raises(SubmissionRefused):
        world.resubmit(filing, replace(from_filing(filing), services=()))
    assert world.standing(filing) == ("returned", "withdrawn", 1)
    assert (world.history(filing), filing.parts.count()) == before


def test_filing_that_was_set_aside_gets_its_messages_in_the_next_round(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    Filing.objects.filter(pk=filing.pk).update(alarm_error="ValueError: boom")
    world.withdraw(filing)
    world.resubmit_and_send(filing)
    assert world.states(filing) == {"演甲1": "open"}


# ── Withdrawing ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["waiting", "open", "reviewing"])
def test_provider_may_withdraw_until_the_end(provider: Provider, state: str) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    if state != "waiting":
        world.move(provider.sandbox, world.SENT)
    if state == "reviewing":
        world.verify(filing, 1)
    world.withdraw(filing)
    assert world.standing(filing) == ("returned", "withdrawn", 1)
    assert world.states(filing) == {"演甲1": "passed" if state == "reviewing" else "dropped"}
    assert filing.events.latest("id").actor == "接入商"
    assert world.move(provider.sandbox, "2018-01-31 00:00") == 0


def test_what_is_returned_or_accepted_cannot_be_withdrawn(provider: Provider) -> None:
    one, two = (world.submit(provider, world.first_filing(n, n, domain=n)) for n in (1, 2))
    world.withdraw(one)
    world.pass_all(two)
    world.accept(two)
    for filing in (one, two):
        assert filings.can_withdraw(filing) is False
        with pytest.raises(Refused) as refused:
            world.withdraw(filing)
        assert refused.value.code == "cannot_withdraw"


@pytest.mark.rule("D-02")
def test_filing_past_its_deadline_cannot_be_withdrawn_while_the_jobs_are_late(provider: Provider) -> None:
    filing = world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.DEADLINE)
    with pytest.raises(Refused, match="目前是“已退回：超过时限未核验”，不能撤回，请按目前的状态处理。"):
        world.withdraw(filing)
    assert alarms.run_due(provider.sandbox) == 3
    assert world.standing(filing) == ("returned", "deadline", 1)


# ── Reviewing ────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-06", "W-19")
def test_bureau_accepts_what_everybody_has_verified(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.verify(filing, 1)
    with pytest.raises(Refused) as refused:
        world.accept(filing)
    assert refused.value.code == "not_in_review"
    world.verify(filing, 2)
    world.accept(filing)
    assert world.standing(filing) == ("accepted", "", 1)
    last = filing.events.latest("id")
    assert (last.kind, last.actor, last.detail) == ("filing.accepted", "王科员", "陇ICP备17000001号")
    assert (filings.can_withdraw(filing), filings.can_resubmit(filing), filings.can_review(filing)) == (False,) * 3


@pytest.mark.rule("D-06")
def test_bureau_rejects_with_its_reason(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.pass_all(filing)
    world.reject(filing, " 网站名称不合规范 ")
    assert world.standing(filing) == ("returned", "rejected", 1)
    assert filing.return_detail == "网站名称不合规范"
    assert world.states(filing) == {"演甲1": "passed", "演乙2": "passed"}
    assert Subject.objects.count() == 0


@pytest.mark.parametrize(("reason", "code"), [(" ", "reason_required"), ("长" * 501, "reason_too_long")])
def test_rejection_needs_a_reason_that_fits(provider: Provider, reason: str, code: str) -> None:
    filing = world.submit_and_send(provider)
    world.pass_all(filing)
    with pytest.raises(Refused) as refused:
        world.reject(filing, reason)
    assert refused.value.code == code
    assert world.standing(filing) == ("reviewing", "", 1)


def test_rejection_of_what_is_not_in_review_is_refused(provider: Provider) -> None:
    filing = world.submit(provider)
    with pytest.raises(Refused) as refused:
        world.reject(filing)
    assert refused.value.code == "not_in_review"


def test_reviewing_twice_is_refused(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    world.pass_all(filing)
    world.accept(filing)
    for act in (world.accept, world.reject):
        with pytest.raises(Refused), transaction.atomic():
            act(filing)
    assert world.whats(filing).count("filing.accepted") == 1


def test_review_waits_without_a_deadline(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    world.pass_all(filing)
    assert world.move(provider.sandbox, "2018-12-31 00:00") == 0
    assert world.standing(filing) == ("reviewing", "", 1)
    assert clock.now(filing.sandbox) == world.moment("2018-12-31 00:00")
