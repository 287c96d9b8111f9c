"""A bureau that decides by itself: each decision at its due time, in its turn, and in the bureau's name."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.verification.editions.in_edition import TIMES
from verification.acting import filings, phones
from verification.asking.submissions import SubjectData
from verification.law.words import Kind
from verification.models import Filing, NumberSeries, Provider, Sandbox, Subject, WebhookDelivery, WebhookEndpoint
from verification.refusals import Refused
from verification.state import alarms, deciding
from verification.time import clock, due
from verification.time.clock import real_now

#: One working day after the Wednesday of the submission.
DECIDED = "2017-12-21 09:30"
BEFORE = "2017-12-21 09:29:59.999999"
MONTH_LATER = "2018-01-20 09:30"


@pytest.fixture
def sandbox(db: None) -> Sandbox:
    """Its bureau accepts everything after one working day."""
    return world.new_sandbox(decides_after=1)


def refusing(sandbox: Sandbox, every: int) -> None:
    """Let the bureau refuse one in so many."""
    sandbox.refuses_every, sandbox.refuses_with = every, "材料不全"
    sandbox.save()


def numbered(filing: Filing, serial: int) -> Filing:
    """The filing with a number of this serial."""
    filing.number = f"20171220{serial:06d}"
    filing.save(update_fields=["number"])
    return filing


def last_line(filing: Filing) -> tuple[str, str, str, str]:
    """What happened last: what, when, by whom, in which words."""
    last = filing.events.latest("id")
    return last.kind, world.shown(last.at), last.actor, last.detail


def alarm_of(filing: Filing) -> tuple[str, str, str]:
    filing.refresh_from_db()
    return filing.alarm_kind, world.shown(filing.alarm_at), filing.alarm_error


def change_phone(provider: Provider, record: Subject) -> Filing:
    """变更手机号码, which the bureau looks at before any code is sent."""
    changed = SubjectData(person=world.PersonData(phone=world.person(3).phone))
    return world.submit(provider, world.request(Kind.CHANGE_PHONE, record, subject=changed))


@pytest.fixture
def in_prereview(db: None) -> Filing:
    """A filing of a Monday that waits for the pre-review of a bureau that decides after one working day."""
    at, province, _ = TIMES["miit-2018"]
    provider = world.new_provider(world.new_sandbox(at, decides_after=1))
    return change_phone(provider, world.on_record(provider, province=province))


# ── What is decided, and when ────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_filing_is_accepted_at_its_due_time_by_the_bureau_itself(provider: Provider) -> None:
    filing = world.submit_for_review(provider, 1)
    assert alarm_of(filing) == ("decision", DECIDED, "")
    assert world.move(provider.sandbox, BEFORE) == 0
    assert world.move(provider.sandbox, MONTH_LATER) == 1
    assert world.standing(filing) == ("accepted", "", 1)
    assert last_line(filing) == ("filing.accepted", DECIDED, "管局自动审核", "浙ICP备17000001号")
    assert alarm_of(filing) == ("", "", "")
    assert world.shown(Subject.objects.get().accepted_at) == DECIDED


@pytest.mark.rule("D-06")
def test_time_of_a_verified_filing_counts_from_its_verification(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    world.move(provider.sandbox, "2017-12-21 18:00")  # a Thursday
    world.pass_all(filing)
    assert alarm_of(filing) == ("decision", "2017-12-22 18:00", "")
    world.move(provider.sandbox, MONTH_LATER)
    assert world.history(filing)[-2:] == [
        (1, "filing.reviewing", "2017-12-21 18:00", ""),
        (1, "filing.accepted", "2017-12-22 18:00", ""),
    ]


@pytest.mark.rule("W-23")
def test_prereview_is_ended_by_the_bureau_itself_and_the_course_goes_on(in_prereview: Filing) -> None:
    sandbox = in_prereview.sandbox
    assert alarm_of(in_prereview) == ("decision", "2018-10-09 09:30", "")
    world.move(sandbox, "2018-10-09 10:00")
    approved = in_prereview.events.get(kind="filing.approved")
    assert (world.shown(approved.at), approved.actor) == ("2018-10-09 09:30", "管局自动审核")
    assert world.messages(sandbox) == [("演甲1", "first", "2018-10-09 09:35")]
    world.verify(in_prereview, 3, id_suffix=world.suffix_of(world.person(1).id_number))
    assert alarm_of(in_prereview) == ("decision", "2018-10-10 10:00", "")
    world.move(sandbox, "2018-10-10 10:00")
    assert world.standing(in_prereview) == ("accepted", "", 1)


def test_bureau_whose_officers_decide_waits_for_them(provider: Provider) -> None:
    Sandbox.objects.update(decides_after=None)
    provider.sandbox.refresh_from_db()
    filing = world.submit_for_review(provider, 1)
    assert alarm_of(filing) == ("", "", "")
    assert world.move(provider.sandbox, MONTH_LATER) == 0
    assert world.standing(filing) == ("reviewing", "", 1)


def test_decision_of_an_officer_comes_before_the_bureaus_own(provider: Provider) -> None:
    accepted, rejected = (world.submit_for_review(provider, serial) for serial in (1, 2))
    world.accept(accepted)
    world.reject(rejected)
    assert world.move(provider.sandbox, MONTH_LATER) == 0
    assert [last_line(filing)[2] for filing in (accepted, rejected)] == ["王科员", "王科员"]


# ── Which are refused ────────────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_filing_is_refused_by_its_serial_whatever_the_order(provider: Provider) -> None:
    refusing(provider.sandbox, 3)
    made = [numbered(world.submit_for_review(provider, n), serial) for n, serial in enumerate((8, 3, 7, 9, 0, 1), 1)]
    world.move(provider.sandbox, MONTH_LATER)
    expected = [("accepted", ""), ("returned", "rejected"), ("accepted", ""), *[("returned", "rejected")] * 2]
    assert [world.standing(filing)[:2] for filing in made] == [*expected, ("accepted", "")]
    assert last_line(made[1]) == ("filing.returned", DECIDED, "管局自动审核", "材料不全")


def test_every_filing_is_refused_where_one_in_one_is(provider: Provider) -> None:
    refusing(provider.sandbox, 1)
    filing = world.submit_for_review(provider, 1)
    for _ in range(2):
        world.move(provider.sandbox, world.shown(filing.alarm_at))
        assert world.standing(filing)[:2] == ("returned", "rejected")
        world.resubmit(filing)


def test_filing_that_was_refused_and_comes_again_is_not_refused_for_ever(provider: Provider) -> None:
    refusing(provider.sandbox, 3)
    filing = numbered(world.submit_for_review(provider, 1), 6)
    world.move(provider.sandbox, DECIDED)
    assert world.standing(filing) == ("returned", "rejected", 1)
    world.resubmit(filing)
    world.move(provider.sandbox, MONTH_LATER)
    assert world.standing(filing) == ("accepted", "", 2)


@pytest.mark.rule("W-23")
def test_prereview_can_be_refused(in_prereview: Filing) -> None:
    refusing(in_prereview.sandbox, 1)
    world.move(in_prereview.sandbox, "2018-10-31 00:00")
    assert world.standing(in_prereview) == ("returned", "rejected", 1)
    assert world.states(in_prereview) == {"演甲1": "dropped"}


# ── Contradictions with the records ──────────────────────────────────────────


def two_changes(provider: Provider) -> Sequence[Filing]:
    record = world.on_record(provider, province="z")
    asked = (world.request(Kind.CHANGE_FILING, record, subject=SubjectData(name=name)) for name in ("甲公司", "乙公司"))
    return [world.submit(provider, submission) for submission in asked]


def same_domain(provider: Provider) -> Sequence[Filing]:
    return [world.submit_for_review(provider, serial, domain=7) for serial in (1, 2)]


def cancelled_first(provider: Provider) -> Sequence[Filing]:
    record = world.on_record(provider, province="z")
    kinds = (Kind.CANCEL_SUBJECT, Kind.ADD_SERVICE)
    return [world.submit(provider, world.request_of(kind, record)) for kind in kinds]


@pytest.mark.rule("D-06")
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (two_changes, "主体名称在本次申请提交以后已经变更。"),
        (same_domain, "域名 site7.example.com 已经备案。"),
        (cancelled_first, "备案号 浙ICP备16000001号 已注销。"),
    ],
)
def test_contradiction_with_the_records_is_a_refusal_with_that_reason(
    provider: Provider, make: Callable[[Provider], Sequence[Filing]], why: str
) -> None:
    first, second = make(provider)
    world.move(provider.sandbox, MONTH_LATER)
    assert world.standing(first) == ("accepted", "", 1)
    assert world.standing(second) == ("returned", "rejected", 1)
    assert last_line(second) == (
        "filing.returned",
        DECIDED,
        "管局自动审核",
        f"备案库已有变化：{why}请修改后重新提交。",
    )
    assert second.alarm_error == ""


@pytest.mark.rule("D-06")
def test_decisions_follow_their_due_times_and_ids_and_so_do_the_numbers(provider: Provider) -> None:
    made = [world.submit_for_review(provider, serial) for serial in (1, 2, 3)]
    Filing.objects.filter(pk=made[0].pk).update(alarm_at=world.moment("2017-12-21 09:30:01"))
    world.move(provider.sandbox, MONTH_LATER)
    numbers = [filing.events.latest("id").detail for filing in made]
    assert numbers == ["浙ICP备17000003号", "浙ICP备17000001号", "浙ICP备17000002号"]


# ── Jobs that are late: whoever comes first makes the decisions ──────────────


def withdraw(filing: Filing) -> None:
    filings.withdraw(filing, by=world.PROVIDER)


def reject(filing: Filing) -> None:
    filings.reject(filing, by=world.OFFICER, reason="材料不全")


def accept(filing: Filing) -> None:
    filings.accept(filing, by=world.OFFICER)


@pytest.mark.parametrize(
    ("act", "code"), [(withdraw, "cannot_withdraw"), (reject, "not_in_review"), (accept, "not_in_review")]
)
def test_whoever_comes_after_the_due_time_finds_the_decision_made(
    provider: Provider, act: Callable[[Filing], None], code: str
) -> None:
    filing = world.submit_for_review(provider, 1)
    world.move_without_jobs(provider.sandbox, DECIDED)
    filing.refresh_from_db()
    with pytest.raises(Refused):  # the refusal takes back what was done before it; the next job does it again
        act(filing)
    alarms.run_due(provider.sandbox)
    with pytest.raises(Refused) as refused:
        act(filing)
    assert refused.value.code == code
    assert last_line(filing)[:3] == ("filing.accepted", DECIDED, "管局自动审核")


def test_submission_finds_the_records_as_the_decisions_before_it_left_them(provider: Provider) -> None:
    earlier = world.submit_for_review(provider, 1, domain=7)
    world.move_without_jobs(provider.sandbox, DECIDED)
    later = world.submit_for_review(provider, 2, domain=7)
    assert world.standing(earlier) == ("accepted", "", 1)
    assert world.standing(later) == ("returned", "data_check", 1)


def test_officers_acceptance_comes_after_what_was_due_before_it(provider: Provider) -> None:
    early = world.submit_for_review(provider, 1)
    world.move(provider.sandbox, "2017-12-20 12:00")
    late = world.submit_for_review(provider, 2)
    world.move_without_jobs(provider.sandbox, "2017-12-21 10:00")
    world.accept(late)
    assert [last_line(filing)[1:] for filing in (early, late)] == [
        (DECIDED, "管局自动审核", "浙ICP备17000001号"),
        ("2017-12-21 10:00", "王科员", "浙ICP备17000002号"),
    ]


def test_phone_that_is_switched_off_after_the_due_time_has_got_its_message(in_prereview: Filing) -> None:
    world.move_without_jobs(in_prereview.sandbox, "2018-10-09 10:00")
    phones.switch(world.phone_of(in_prereview.sandbox, 3), has_signal=False, by=world.FILER)
    assert [(found.cause, found.status) for found in in_prereview.challenges.get().messages.all()] == [
        ("first", "arrived")
    ]


def test_code_that_has_passed_is_unknown_once_the_bureau_has_refused(provider: Provider) -> None:
    refusing(provider.sandbox, 1)
    filing = world.submit(provider, world.first_filing(1, 1))
    world.pass_all(filing)
    assert world.verify(filing, 1).outcome == "already_done"
    world.move_without_jobs(provider.sandbox, MONTH_LATER)
    assert world.verify(filing, 1).outcome == "not_found"
    assert world.standing(filing) == ("returned", "rejected", 1)


# ── Chunks, workers, and what raises ─────────────────────────────────────────


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_decisions_do_not_depend_on_the_size_of_the_chunks(provider: Provider, chunk: int) -> None:
    made = [world.submit_for_review(provider, serial) for serial in range(1, 6)]
    sent = world.submit(provider, world.first_filing(9, 9, domain=90))
    world.move_without_jobs(provider.sandbox, MONTH_LATER)
    assert alarms.run_due(provider.sandbox, chunk=chunk) == 5 + 3
    numbers = [filing.events.latest("id").detail for filing in made]
    assert numbers == [f"浙ICP备17{serial:06d}号" for serial in range(1, 6)]
    assert world.standing(sent)[:2] == ("returned", "deadline")


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_instant_issue_numbers_in_order_and_none_twice(provider: Provider) -> None:
    made = [world.submit_for_review(provider, serial) for serial in range(1, 13)]
    world.move_without_jobs(provider.sandbox, MONTH_LATER)
    world.at_once(*[lambda: alarms.run_due(Sandbox.objects.get(pk=provider.sandbox_id), chunk=2)] * 4)
    alarms.run_due(provider.sandbox)  # whoever was turned away has left the rest to this run
    numbers = [filing.events.latest("id").detail for filing in made]
    assert numbers == [f"浙ICP备17{serial:06d}号" for serial in range(1, 13)]
    assert NumberSeries.objects.get().last == 12


def test_filing_that_raises_is_set_aside_and_does_not_hold_back_the_others(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [world.submit_for_review(provider, serial) for serial in (1, 2, 3)]
    decide = deciding.decide

    def decide_or_raise(filing: Filing, bureau: Sandbox) -> None:
        decide(filing, bureau)
        if filing == made[1]:
            raise ValueError("faulty")

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "decide", decide_or_raise)
        world.move(provider.sandbox, MONTH_LATER)
    assert [world.standing(filing)[0] for filing in made] == ["accepted", "reviewing", "accepted"]
    assert alarm_of(made[1]) == ("decision", DECIDED, "ValueError: faulty")
    assert (alarms.remaining(provider.sandbox), alarms.count_set_aside()) == (0, 1)
    assert alarms.retry(provider.sandbox) == 1
    assert alarms.run_due(provider.sandbox) == 1
    assert last_line(made[1])[1:] == (DECIDED, "管局自动审核", "浙ICP备17000003号")


def test_database_that_is_away_sets_nothing_aside(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = world.submit_for_review(provider, 1)

    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(deciding, "decide", locked)
        with pytest.raises(OperationalError):
            world.move(provider.sandbox, DECIDED)
    assert alarm_of(filing) == ("decision", DECIDED, "")


def _queries_of(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def test_each_decision_takes_as_many_queries_however_much_there_is(provider: Provider) -> None:
    for serial in range(1, 31):
        world.submit_for_review(provider, serial)
    world.move_without_jobs(provider.sandbox, DECIDED)
    some = partial(alarms._decide_chunk, provider.sandbox, world.moment(DECIDED))
    some(1)  # the first begins the series of numbers
    one, ten = _queries_of(partial(some, 1)), _queries_of(partial(some, 10))
    assert ten - one == 9 * 12
    assert _queries_of(partial(some, 10)) == ten


# ── Looking ──────────────────────────────────────────────────────────────────


def previewed(sandbox: Sandbox, until: str) -> list[tuple[str, str]]:
    ahead = due.ahead(sandbox, until=world.moment(until), limit=200)
    assert (len(ahead.steps), ahead.total) == (ahead.total, len(ahead.steps))
    return [(world.shown(step.at), step.kind) for step in ahead.steps]


def test_decision_is_seen_by_tick_next_alarm_and_preview_until_it_is_made(provider: Provider) -> None:
    filing, sandbox = world.submit_for_review(provider, 1), provider.sandbox
    assert previewed(sandbox, BEFORE) == []
    assert previewed(sandbox, MONTH_LATER) == [(DECIDED, "decision")]
    assert alarms.next_alarm(sandbox) == filing
    assert (alarms.sandboxes_with_due(), alarms.remaining(sandbox)) == ([], 0)
    world.move_without_jobs(sandbox, DECIDED)
    assert (alarms.sandboxes_with_due(), alarms.remaining(sandbox)) == ([sandbox], 1)
    alarms.run_due(sandbox)
    assert (alarms.sandboxes_with_due(), alarms.remaining(sandbox)) == ([], 0)
    assert alarms.next_alarm(sandbox) is None


def test_next_alarm_is_the_earliest_of_both_sorts(provider: Provider) -> None:
    waits = world.submit_for_review(provider, 1)
    sent = world.submit(provider, world.first_filing(2, 2, domain=20))
    assert alarms.next_alarm(provider.sandbox) == sent
    world.move(provider.sandbox, world.SENT)
    assert alarms.next_alarm(provider.sandbox) == waits


@pytest.mark.parametrize("every", [None, 1])
@pytest.mark.parametrize(
    "until", ["2018-10-09 09:29", "2018-10-09 09:30", "2018-10-09 09:35", "2018-10-10 09:34", "2018-10-10 09:35"]
)
def test_preview_and_record_of_a_move_are_what_then_happens(
    in_prereview: Filing, every: int | None, until: str
) -> None:
    sandbox = in_prereview.sandbox
    if every:
        refusing(sandbox, every)
    world.submit_for_review(in_prereview.provider, 5)  # verified in this edition, so that a sending comes first
    ahead = previewed(sandbox, until)
    move = clock.move_to(sandbox, world.moment(until), by=world.TRAINER)
    assert move.sends + move.noons + move.deadlines + move.decisions == len(ahead)
    assert move.decisions == [kind for _, kind in ahead].count("decision")
    assert alarms.run_due(sandbox) == len(ahead)


# ── What the database holds ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "columns",
    [
        {"alarm_kind": "send"},
        {"alarm_kind": ""},
        {"alarm_at": None},
        {"state": "verifying"},
        {"state": "accepted"},
    ],
)
def test_database_knows_no_alarm_that_does_not_fit_the_state(provider: Provider, columns: dict[str, Any]) -> None:
    filing = world.submit_for_review(provider, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Filing.objects.filter(pk=filing.pk).update(**columns)


def test_decisions_reach_the_provider_as_any_other(provider: Provider) -> None:
    filing = world.submit_for_review(provider, 1)
    WebhookEndpoint.objects.create(provider=provider, url="https://receiver.invalid/", created_at=real_now())
    world.move(provider.sandbox, MONTH_LATER)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.filing, delivery.event.kind) == (filing, "filing.accepted")
