"""Things that happen at the same instant: real threads, real connections, on every database alike."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.db import connection, transaction
from time_machine import TimeMachineFixture

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import WRONG_ID, another_code, at_once, person
from verification.acting import challenges, filings, phones
from verification.acting.challenges import GUARD_LIMIT, check_entry
from verification.acting.decisions import Decided, accept_many, reject_many
from verification.asking.submissions import ServiceData, SubjectData
from verification.by import By
from verification.law.words import Kind, Outcome, Place
from verification.models import Challenge, Filing, Message, Phone, Provider, Sandbox, Subject
from verification.refusals import Refused
from verification.state import alarms, sending
from verification.time import clock
from verification.worlds.bureau import AutomaticReview, set_review

pytestmark = pytest.mark.django_db(transaction=True)

#: What is added to the history of a filing of two persons when one has entered too much that was wrong.
FIVE_AND_THE_END = {"challenge.charged": 5, "challenge.failed": 1, "challenge.dropped": 1, "filing.returned": 1}


@pytest.fixture
def provider(transactional_db: None) -> Provider:
    return world.new_provider(world.new_sandbox())


def entry(filing: Filing, who: int, **wrong: str) -> Callable[[], Outcome]:
    """What a person is about to type, for a thread of its own: nothing is read but the sandbox."""
    data = person(who)
    pieces = {"code": world.code_of(filing, who), "phone": data.phone, "id_suffix": data.id_number[-6:], **wrong}
    is_national = filing.edition is not None and filing.edition.place is Place.NATION
    sandbox_id, province = filing.sandbox_id, None if is_national else filing.province

    def enter() -> Outcome:
        return check_entry(Sandbox.objects.get(pk=sandbox_id), province=province, **pieces, by=world.FILER).outcome

    return enter


def outcome_of(act: Callable[..., object], filing: Filing, **arguments: str) -> Callable[[], str]:
    """An act on a filing by somebody with a page of their own: done, or the code of the refusal."""

    def do() -> str:
        try:
            act(Filing.objects.get(pk=filing.pk), **arguments)
        except Refused as refused:
            return refused.code
        return "done"

    return do


# ── Entries ──────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-19")
def test_last_two_persons_at_the_same_instant_finish_the_filing_once(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    answers = at_once(entry(filing, 1), entry(filing, 2))
    assert sorted(answers) == [Outcome.ALL_DONE, Outcome.PARTIAL]
    assert world.standing(filing) == ("reviewing", "", 1)
    assert Counter(world.whats(filing)) == {
        "filing.submitted": 1,
        "filing.verifying": 1,
        "challenge.opened": 2,
        "challenge.passed": 2,
        "filing.reviewing": 1,
    }


@pytest.mark.rule("V-08", "V-18")
def test_of_fifty_wrong_ids_at_the_same_instant_five_count_and_the_filing_returns_once(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    heard = Counter(at_once(*[entry(filing, 1, id_suffix=WRONG_ID)] * 50))
    # The guard looks at twenty entries for a phone. The fifth wrong ID, which is told that it was the last, is given
    # back, so that one more may be looked at if it comes late enough. All others hear nothing about the code.
    looked_at = GUARD_LIMIT + (heard[Outcome.NOT_FOUND] > GUARD_LIMIT - 5)
    assert heard == {
        Outcome.WRONG_ID: 4,
        Outcome.FAILED: 1,
        Outcome.NOT_FOUND: looked_at - 5,
        Outcome.TRY_LATER: 50 - looked_at,
    }
    challenge = world.challenge_of(filing, 1)
    assert (challenge.state, challenge.id_errors, challenge.tries) == ("failed", 5, 5)
    assert world.standing(filing) == ("returned", "failed", 1)
    assert Counter(world.whats(filing)[4:]) == FIVE_AND_THE_END


@pytest.mark.rule("T-06", "V-18")
@pytest.mark.parametrize("make", [world.site, world.app], ids=["website", "app"])
def test_of_fifty_wrong_ids_at_the_same_instant_today_five_are_charged_and_the_sixth_returns_the_filing_once(
    transactional_db: None, make: Callable[[int, int], ServiceData]
) -> None:
    there = place("public-2023")
    first = replace(world.first_filing(), services=(make(1, 2),))
    filing = world.submit_and_send(there.provider, first)
    heard = Counter(at_once(*[entry(filing, 1, id_suffix=WRONG_ID)] * 50))
    assert (heard.pop(Outcome.WRONG_ID), heard.pop(Outcome.FAILED), heard.total()) == (5, 1, 44)
    assert set(heard) == {Outcome.NOT_FOUND, Outcome.TRY_LATER}
    assert (world.challenge_of(filing, 1).state, world.challenge_of(filing, 1).tries) == ("failed", 5)
    assert world.standing(filing) == ("returned", "failed", 1)
    assert Counter(world.whats(filing)[4:]) == FIVE_AND_THE_END


@pytest.mark.rule("T-06")
def test_sixth_and_right_entries_at_the_same_instant_agree_on_one_end(transactional_db: None) -> None:
    filing = world.submit_and_send(place("public-2023").provider, world.first_filing(1, 1))
    for _ in range(4):
        entry(filing, 1, id_suffix=WRONG_ID)()
    right, *wrong = at_once(entry(filing, 1), *[entry(filing, 1, id_suffix=WRONG_ID)] * 2)
    challenge = world.challenge_of(filing, 1)
    is_right_in_time = right is Outcome.ALL_DONE
    assert (world.standing(filing)[0], challenge.state) == (
        ("reviewing", "passed") if is_right_in_time else ("returned", "failed")
    )
    assert challenge.tries == 4 + wrong.count(Outcome.WRONG_ID)
    assert wrong.count(Outcome.FAILED) + (right is Outcome.FAILED) == (not is_right_in_time)


def test_of_fifty_right_entries_at_the_same_instant_one_passes(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    heard = Counter(at_once(*[entry(filing, 1)] * 50))
    # A right entry counts for the guard (V-18) only until it is answered; how many others come in between is chance.
    already_done = heard[Outcome.ALREADY_DONE]
    assert already_done >= GUARD_LIMIT - 1
    too_many_at_once = {Outcome.TRY_LATER: 49 - already_done} if already_done < 49 else {}
    assert heard == {Outcome.ALL_DONE: 1, Outcome.ALREADY_DONE: already_done, **too_many_at_once}
    assert Counter(world.whats(filing)[3:]) == {"challenge.passed": 1, "filing.reviewing": 1}


@pytest.mark.rule("V-08")
def test_right_and_wrong_entries_at_the_same_instant_agree_on_one_end(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    for _ in range(4):
        entry(filing, 1, id_suffix=WRONG_ID)()
    right, wrong = at_once(entry(filing, 1), entry(filing, 1, id_suffix=WRONG_ID))
    ends = {
        (Outcome.ALL_DONE, Outcome.NOT_FOUND): ("reviewing", "passed", 4),
        (Outcome.NOT_FOUND, Outcome.FAILED): ("returned", "failed", 5),
    }
    challenge = world.challenge_of(filing, 1)
    assert (world.standing(filing)[0], challenge.state, challenge.id_errors) == ends[right, wrong]


@pytest.mark.rule("V-18")
def test_guesses_at_the_same_instant_do_not_slip_past_the_guard(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    guesses = [entry(filing, 1, code=another_code(world.code_of(filing, 1)))] * (GUARD_LIMIT + 10)
    assert Counter(at_once(*guesses)) == {Outcome.WRONG_CODE: GUARD_LIMIT, Outcome.TRY_LATER: 10}


@pytest.mark.rule("R-06")
def test_of_requests_to_send_again_at_the_same_instant_one_is_heard(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    ask = partial(
        challenges.send_again,
        provider.sandbox,
        by=world.FILER,
        province="gs",
        phone=person(1).phone,
        id_suffix=person(1).id_number[-6:],
    )
    answers = at_once(*[lambda: ask().outcome] * 5)
    assert Counter(answers) == {Outcome.RESENT: 1, Outcome.TOO_SOON: 4}
    assert [cause for _, cause, _ in world.messages(provider.sandbox)] == ["first", "manual"]
    assert world.challenge_of(filing, 1).resends == 1


@pytest.mark.rule("T-05", "R-06")
def test_of_five_requests_at_the_same_instant_today_one_is_heard_and_of_all_the_first_two(
    transactional_db: None, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(clock.real_now(), tick=False)
    there = place("public-2023")
    filing = world.submit_and_send(there.provider, world.first_filing(1, 1))
    heard = []
    for _ in range(4):
        answers = Counter(at_once(*[lambda: world.send_again(filing, 1, province=None).outcome] * 5))
        heard.append(answers)
        time_machine.shift(timedelta(minutes=1))
    assert heard[:2] == [{Outcome.RESENT: 1, Outcome.TOO_SOON: 4}, {Outcome.RESENT: 1, Outcome.QUOTA_USED_UP: 4}]
    assert heard[2:] == [{Outcome.QUOTA_USED_UP: 5}] * 2
    assert [cause for _, cause, _ in world.messages(there.sandbox)] == ["first", "manual", "manual"]


# ── Entries and jobs ─────────────────────────────────────────────────────────


@pytest.mark.rule("D-02")
def test_entry_of_the_last_instant_and_the_deadlines_job_agree_on_one_end(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(n, n, domain=n)) for n in range(1, 9)]
    world.move(provider.sandbox, world.LAST_INSTANT)
    before = Sandbox.objects.get(pk=provider.sandbox_id)  # as the pages of the last instant have read it
    world.move_without_jobs(provider.sandbox, world.DEADLINE)
    after = Sandbox.objects.get(pk=provider.sandbox_id)

    def enter(who: int, code: str) -> Outcome:
        data = person(who)
        pieces = {"code": code, "phone": data.phone, "id_suffix": data.id_number[-6:]}
        return check_entry(before, province="gs", **pieces, by=world.FILER).outcome

    entries = [partial(enter, who, world.code_of(filing, who)) for who, filing in enumerate(made, start=1)]
    *answers, _ = at_once(*entries, lambda: Outcome.NOT_FOUND if alarms.run_due(after, chunk=1) else None)
    alarms.run_due(after)  # what was locked by an entry just then
    for answer, filing in zip(answers, made, strict=True):
        (state,) = world.states(filing).values()
        passed = [(1, "challenge.passed", world.LAST_INSTANT, ""), (1, "filing.reviewing", world.LAST_INSTANT, "")]
        expired = [(1, "challenge.expired", world.DEADLINE, ""), (1, "filing.returned", world.DEADLINE, "")]
        ends = {Outcome.ALL_DONE: ("reviewing", "passed", passed), Outcome.NOT_FOUND: ("returned", "expired", expired)}
        history = [(number, kind, at, "") for number, kind, at, _ in world.history(filing)[4:]]
        assert (filing.state, state, history) == ends[answer]  # type: ignore[index]


@pytest.mark.rule("C-03", "C-04", "D-02")
@pytest.mark.parametrize("workers", [2, 4])
def test_workers_at_the_same_instant_do_nothing_twice_and_forget_nothing(provider: Provider, workers: int) -> None:
    made = [world.submit(provider, world.first_filing(1, 1, domain=n)) for n in range(20)]
    world.move_without_jobs(provider.sandbox, "2018-01-31 00:00")
    done = at_once(*[lambda: alarms.run_due(Sandbox.objects.get(pk=provider.sandbox_id), chunk=3)] * workers)
    assert sum(done) == 60
    assert Filing.objects.exclude(alarm_error="").count() == 0
    assert {tuple(world.whats(filing)[2:]) for filing in made} == {
        ("challenge.opened", "challenge.noon_resent", "challenge.expired", "filing.returned")
    }
    assert Counter(Message.objects.values_list("cause", flat=True)) == {"first": 20, "noon": 20}


@pytest.mark.rule("C-02")
def test_workers_that_draw_the_same_code_at_the_same_instant_end_with_two(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [world.submit(provider, world.first_filing(1, 1, domain=n)) for n in (1, 2)]
    world.move_without_jobs(provider.sandbox, world.SENT)
    drawing, codes = Barrier(2), iter(["000001", "000001", "000002", "000003"])

    def draw(*_: object) -> list[str]:
        code = next(codes)
        with suppress(BrokenBarrierError):  # SQLite lets one write after the other
            drawing.wait(timeout=0.5)
        return [code]

    monkeypatch.setattr(sending, "draw_codes", draw)
    done = at_once(*[lambda: alarms.run_due(Sandbox.objects.get(pk=provider.sandbox_id), chunk=1)] * 2)
    assert sum(done) == 2
    assert Filing.objects.exclude(alarm_error="").count() == 0
    found = sorted(Challenge.objects.filter(filing__in=made).values_list("state", "code"))
    assert found == [("open", "000001"), ("open", "000002")]


@pytest.mark.rule("C-10")
def test_message_sent_while_the_signal_comes_back_arrives(provider: Provider) -> None:
    numbers = range(1, 7)
    made = [world.submit(provider, world.first_filing(n, n, domain=n)) for n in numbers]
    Phone.objects.update(has_signal=False)
    world.move_without_jobs(provider.sandbox, world.SENT)
    rows = Phone.objects.select_related("sandbox")
    turned_on = [partial(phones.switch, phone, has_signal=True, by=world.FILER) for phone in rows]
    at_once(*turned_on, partial(alarms.run_due, provider.sandbox, chunk=1))
    alarms.run_due(provider.sandbox)
    assert len(made) == 6
    assert list(Message.objects.values_list("status", flat=True)) == ["arrived"] * 6


# ── Providers and officers ───────────────────────────────────────────────────


@pytest.mark.rule("D-04")
def test_filing_submitted_again_twice_at_the_same_instant_begins_one_round(provider: Provider) -> None:
    filing = world.submit(provider)
    world.withdraw(filing)
    again = outcome_of(lambda found: filings.resubmit(found, None, by=world.PROVIDER), filing)
    assert sorted(at_once(again, again)) == ["done", "not_returned"]
    assert (world.standing(filing), filing.challenges.filter(round=2).count()) == (("verifying", "", 2), 2)


@pytest.mark.rule("D-06")
def test_officers_at_the_same_instant_decide_once(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    world.pass_all(filing)
    accept = outcome_of(filings.accept, filing, by=world.OFFICER)
    reject = outcome_of(filings.reject, filing, by=By.machine("李科员"), reason="材料不全")
    assert sorted(at_once(accept, reject, accept)) == ["done", "not_in_review", "not_in_review"]
    assert len(world.whats(filing)) == 6
    assert Subject.objects.count() == (1 if world.standing(filing)[0] == "accepted" else 0)


@pytest.mark.rule("D-06")
def test_officers_with_the_same_batch_at_the_same_instant_decide_each_filing_once(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(n, n, domain=n)) for n in range(1, 5)]
    for filing in made:
        world.pass_all(filing)
    ids = [filing.pk for filing in made]

    def decide(act: Callable[..., list[Decided]], order: list[int], **words: str) -> Callable[[], dict[int, str]]:
        def do() -> dict[int, str]:
            chosen = Filing.objects.in_bulk(order)
            done = act([chosen[pk] for pk in order], **words)
            return {each.filing.pk: each.refusal.code if each.refusal else "done" for each in done}

        return do

    first, second = at_once(
        decide(accept_many, ids, by=world.OFFICER),
        decide(reject_many, ids[::-1], by=By.machine("李科员"), reason="材料不全"),
    )
    assert [sorted((first[pk], second[pk])) for pk in ids] == [["done", "not_in_review"]] * 4
    deciders = [filing.events.latest("id").actor for filing in made]
    assert deciders == ["王科员" if first[pk] == "done" else "李科员" for pk in ids]
    assert Subject.objects.count() == deciders.count("王科员")


@pytest.mark.rule("D-06")
def test_filings_accepted_at_the_same_instant_get_numbers_of_their_own(provider: Provider) -> None:
    made = [world.submit_and_send(provider, world.first_filing(n, n, domain=n)) for n in range(1, 6)]
    for filing in made:
        world.pass_all(filing)
    assert at_once(*(outcome_of(filings.accept, filing, by=world.OFFICER) for filing in made)) == ["done"] * 5
    numbers = sorted(Subject.objects.values_list("number", flat=True))
    assert numbers == [f"陇ICP备17{serial:06d}号" for serial in range(1, 6)]


@pytest.mark.rule("W-18")
def test_one_domain_accepted_twice_at_the_same_instant_stands_on_record_once(provider: Provider) -> None:
    made = [world.submit(provider) for _ in range(2)]
    for filing in made:
        world.pass_all(filing)
    answers = at_once(*(outcome_of(filings.accept, filing, by=world.OFFICER) for filing in made))
    assert sorted(answers) == ["done", "records_changed"]
    assert Subject.objects.count() == 1


@pytest.mark.rule("D-06", "W-26")
def test_changes_accepted_at_the_same_instant_do_not_set_one_another_back(provider: Provider) -> None:
    record = world.on_record(provider)
    wanted = [SubjectData(name="甲公司"), SubjectData(name="乙公司"), SubjectData(remark="备注")]
    made = [world.submit(provider, world.request(Kind.CHANGE_FILING, record, subject=data)) for data in wanted]
    for filing in made:
        world.pass_all(filing)
    answers = at_once(*(outcome_of(filings.accept, filing, by=world.OFFICER) for filing in made))
    assert (sorted(answers[:2]), answers[2]) == (["done", "records_changed"], "done")
    record.refresh_from_db()
    assert (record.name, record.remark) == (["甲公司", "乙公司"][answers.index("done")], "备注")


def test_withdrawal_and_last_entry_at_the_same_instant_agree(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    typed = entry(filing, 1)
    withdrawn, answer = at_once(outcome_of(filings.withdraw, filing, by=world.PROVIDER), lambda: str(typed()))
    assert withdrawn == "done"
    assert world.standing(filing) == ("returned", "withdrawn", 1)
    assert world.states(filing) == {"演甲1": {"all_done": "passed", "not_found": "dropped"}[answer]}


def test_numbers_of_filings_submitted_at_the_same_instant_differ(provider: Provider) -> None:
    def submit(domain: int) -> str:
        fresh = Provider.objects.select_related("sandbox").get(pk=provider.pk)
        return world.submit(fresh, world.first_filing(1, 2, domain=domain)).number

    numbers = at_once(*(partial(submit, domain) for domain in range(6)))
    assert len(set(numbers)) == 6
    assert Phone.objects.count() == 2
    assert clock.now(provider.sandbox) == world.moment(world.SUBMITTED)


# ── A bureau that begins to decide by itself ─────────────────────────────────


@pytest.mark.parametrize("times", range(3))
def test_no_filing_comes_to_wait_unseen_while_the_bureau_begins_to_decide_by_itself(
    provider: Provider, times: int
) -> None:
    """Nobody waits for another in a circle either: PostgreSQL would end one of them with an error."""
    sandbox = provider.sandbox
    waiting = [world.submit_for_review(provider, n) for n in range(1, 5)]
    made = [world.submit(provider, world.first_filing(n, n, domain=n)) for n in range(5, 11)]
    world.move(sandbox, world.SENT)
    begin = [lambda: set_review(Sandbox.objects.get(pk=sandbox.pk), AutomaticReview(2))] * 2
    officers = [outcome_of(filings.accept, filing, by=world.OFFICER) for filing in waiting[:2]]
    provided = outcome_of(filings.withdraw, waiting[2], by=world.PROVIDER)
    works: list[Callable[[], object]] = [
        *(entry(filing, who) for who, filing in enumerate(made, 5)),
        *begin,
        *officers,
        provided,
        lambda: alarms.run_due(Sandbox.objects.get(pk=sandbox.pk)),
    ]
    at_once(*works[times:], *works[:times])
    found = Filing.objects.filter(sandbox=sandbox).order_by("id").values_list("state", "alarm_kind")
    assert list(found) == [
        *[("accepted", "")] * 2,
        ("returned", ""),
        ("reviewing", "decision"),
        *[("reviewing", "decision")] * 6,
    ]


def test_setting_waits_for_whoever_is_just_bringing_a_filing_to_wait(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1))
    is_set = Event()

    def let_bureau_decide() -> None:
        set_review(Sandbox.objects.get(pk=provider.sandbox_id), AutomaticReview(2))
        is_set.set()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert entry(filing, 1)() is Outcome.ALL_DONE
            setting = pool.submit(let_bureau_decide)
            assert not is_set.wait(0.3)
        setting.result(timeout=10)
    assert list(Filing.objects.values_list("state", "alarm_kind")) == [("reviewing", "decision")]


def test_bureaus_own_decision_and_the_providers_withdrawal_end_a_filing_once(provider: Provider) -> None:
    sandbox = provider.sandbox
    set_review(sandbox, AutomaticReview(1))
    made = [world.submit_for_review(provider, n) for n in range(1, 7)]
    world.move_without_jobs(sandbox, "2018-01-20 00:00")
    withdrawals = [outcome_of(filings.withdraw, filing, by=world.PROVIDER) for filing in made]
    at_once(*withdrawals, *[lambda: alarms.run_due(Sandbox.objects.get(pk=sandbox.pk), chunk=2)] * 2)
    alarms.run_due(sandbox)
    assert [world.standing(filing)[0] for filing in made] == ["accepted"] * 6
    numbers = [filing.events.get(kind="filing.accepted").detail for filing in made]
    assert numbers == [f"浙ICP备17{serial:06d}号" for serial in range(1, 7)]
