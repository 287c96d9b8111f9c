from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis import Redis
from time_machine import TimeMachineFixture

from tests import world
from tests.world import WRONG_ID, another_code
from verification.acting.challenges import GUARD_LIMIT, Answer, check_entry, foresee_entry
from verification.law.identity import suffix_of
from verification.law.words import Outcome
from verification.models import Challenge, Filing, Provider, Sandbox
from verification.state import alarms
from verification.time import clock

NOT_FOUND = "该条验证库里找不到记录。"
NOT_THEIRS = "13900000077"  # nobody's phone


def counts(filing: Filing) -> dict[str, tuple[int, int]]:
    """ID errors and tries of every challenge of the present round, by name."""
    rows = Challenge.objects.filter(filing=filing, round=filing.round)
    return {name: (id_errors, tries) for name, id_errors, tries in rows.values_list("name", "id_errors", "tries")}


def said(answer: Answer) -> tuple[Outcome, str, bool]:
    return answer.outcome, answer.text, answer.is_success


def charged(filing: Filing) -> list[tuple[str, str]]:
    """Whom the charges of the history hit, and for which piece."""
    return list(filing.events.filter(kind="challenge.charged").order_by("id").values_list("challenge__name", "reason"))


@pytest.fixture
def filing(provider: Provider) -> Filing:
    """A filing of 演甲1 (主体) and 演乙2 (网站) whose codes have just been sent."""
    return world.submit_and_send(provider)


# ── All three pieces ─────────────────────────────────────────────────────────


@pytest.mark.rule("W-19", "V-16", "D-06")
def test_first_of_two_is_told_to_wait_and_the_last_moves_the_filing_on(filing: Filing) -> None:
    first = world.verify(filing, 1)
    assert said(first) == (Outcome.PARTIAL, "您的短信核验完成,请等待其他核验人进行短信核验。", True)
    assert first.salutation == "尊敬的ICP用户："
    assert (world.standing(filing), world.states(filing)) == (
        ("verifying", "", 1),
        {"演甲1": "passed", "演乙2": "open"},
    )
    world.move(filing.sandbox, "2017-12-20 10:00")
    assert said(world.verify(filing, 2)) == (
        Outcome.ALL_DONE,
        "您的短信核验完成。本次备案申请已全部核验完成，将提交管局审核。",
        True,
    )
    assert world.standing(filing) == ("reviewing", "", 1)
    assert world.history(filing)[-3:] == [
        (1, "challenge.passed", world.SENT, "演甲1"),
        (1, "challenge.passed", "2017-12-20 10:00", "演乙2"),
        (1, "filing.reviewing", "2017-12-20 10:00", ""),
    ]
    assert counts(filing) == {"演甲1": (0, 0), "演乙2": (0, 0)}


@pytest.mark.rule("W-17")
def test_one_person_in_both_roles_verifies_once(provider: Provider) -> None:
    filing = world.submit_and_send(provider, world.first_filing(1, 1, 1))
    assert Challenge.objects.get(filing=filing).role_labels == "主体负责人、网站负责人"
    assert world.verify(filing, 1).outcome is Outcome.ALL_DONE
    assert world.standing(filing) == ("reviewing", "", 1)


@pytest.mark.rule("W-18")
def test_two_requests_of_the_same_persons_are_verified_each_on_its_own(provider: Provider) -> None:
    first, second = (world.submit(provider, world.first_filing(1, 1, domain=n)) for n in (1, 2))
    world.move(provider.sandbox, world.SENT)
    assert world.code_of(first, 1) != world.code_of(second, 1)
    assert world.verify(second, 1).outcome is Outcome.ALL_DONE
    assert (world.standing(first)[0], world.standing(second)[0]) == ("verifying", "reviewing")
    assert world.verify(first, 1).outcome is Outcome.ALL_DONE


@pytest.mark.rule("V-14")
def test_code_is_not_found_on_another_provinces_portal(filing: Filing) -> None:
    assert said(world.verify(filing, 1, province="qh")) == (Outcome.NOT_FOUND, NOT_FOUND, False)
    assert world.states(filing) == {"演甲1": "open", "演乙2": "open"}
    assert counts(filing) == {"演甲1": (0, 0), "演乙2": (0, 0)}


def test_national_portal_knows_every_province(filing: Filing) -> None:
    assert world.verify(filing, 1, province=None).outcome is Outcome.PARTIAL


def test_code_is_not_found_in_another_sandbox(filing: Filing) -> None:
    other = world.new_sandbox(world.SENT)
    found = check_entry(
        other,
        province="gs",
        code=world.code_of(filing, 1),
        phone=world.person(1).phone,
        id_suffix=suffix_of(world.person(1).id_number),
        by=world.FILER,
    )
    assert found.outcome is Outcome.NOT_FOUND
    assert world.states(filing) == {"演甲1": "open", "演乙2": "open"}


def test_national_portal_takes_the_earlier_deadline_of_two_equal_codes(provider: Provider) -> None:
    later, sooner = (
        world.submit(provider, world.first_filing(1, 1, domain=n, province=p)) for n, p in ((1, "qh"), (2, "gs"))
    )
    Filing.objects.filter(pk=later.pk).update(deadline_at=world.moment("2017-12-23 00:00"))
    world.move(provider.sandbox, world.SENT)
    Challenge.objects.update(code="123456")
    assert world.verify(later, 1, province=None, id_suffix=WRONG_ID).outcome is Outcome.WRONG_ID
    assert [counts(found) for found in (later, sooner)] == [{"演甲1": (0, 0)}, {"演甲1": (1, 1)}]
    assert world.verify(later, 1, province=None).outcome is Outcome.ALL_DONE
    assert [world.standing(found)[0] for found in (later, sooner)] == ["verifying", "reviewing"]


# ── Two of three: the table, row by row ──────────────────────────────────────


@pytest.mark.rule("V-06", "V-07")
@pytest.mark.parametrize(
    ("wrong", "outcome", "id_errors", "piece"),
    [
        ({"id_suffix": WRONG_ID}, Outcome.WRONG_ID, 1, "id"),
        ({"code": another_code()}, Outcome.WRONG_CODE, 0, "code"),
        ({"phone": NOT_THEIRS}, Outcome.NOT_FOUND, 0, "phone"),
    ],
)
def test_one_wrong_piece_is_charged_and_named_to_nobody(
    filing: Filing, wrong: dict[str, Any], outcome: Outcome, id_errors: int, piece: str
) -> None:
    assert said(world.verify(filing, 1, **wrong)) == (outcome, NOT_FOUND, False)
    assert counts(filing) == {"演甲1": (id_errors, 1), "演乙2": (0, 0)}
    assert charged(filing) == [("演甲1", piece)]
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL


@pytest.mark.rule("V-06", "V-07")
@pytest.mark.parametrize(
    "wrong",
    [
        {"id_suffix": WRONG_ID, "code": another_code()},
        {"id_suffix": WRONG_ID, "phone": NOT_THEIRS},
        {"code": another_code(), "phone": NOT_THEIRS},
        {"id_suffix": WRONG_ID, "code": another_code(), "phone": NOT_THEIRS},
    ],
)
def test_two_wrong_pieces_are_not_found_and_charged_to_nobody(filing: Filing, wrong: dict[str, Any]) -> None:
    assert said(world.verify(filing, 1, **wrong)) == (Outcome.NOT_FOUND, NOT_FOUND, False)
    assert counts(filing) == {"演甲1": (0, 0), "演乙2": (0, 0)}
    assert charged(filing) == []


@pytest.mark.rule("V-07")
def test_pieces_of_two_persons_do_not_add_up(filing: Filing) -> None:
    crossed = world.verify(filing, 1, code=world.code_of(filing, 2))  # 1's phone and ID, 2's code
    assert said(crossed) == (Outcome.WRONG_CODE, NOT_FOUND, False)
    assert counts(filing) == {"演甲1": (0, 1), "演乙2": (0, 0)}


@pytest.mark.rule("V-07")
def test_wrong_code_is_charged_to_every_open_challenge_of_the_person(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(1, 2, domain=n)) for n in (1, 2)]
    world.move(provider.sandbox, world.SENT)
    assert world.verify(made[0], 1, code=another_code()).outcome is Outcome.WRONG_CODE
    assert [counts(filing) for filing in made] == [{"演甲1": (0, 1), "演乙2": (0, 0)}] * 2


@pytest.mark.rule("V-07")
def test_wrong_codes_never_end_a_verification_of_2017(filing: Filing) -> None:
    for _ in range(GUARD_LIMIT - 1):
        assert world.verify(filing, 1, code=another_code()).outcome is Outcome.WRONG_CODE
    assert counts(filing) == {"演甲1": (0, GUARD_LIMIT - 1), "演乙2": (0, 0)}
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL


# ── Five wrong IDs ───────────────────────────────────────────────────────────


@pytest.mark.rule("V-08")
def test_four_wrong_ids_and_then_the_right_one_pass(filing: Filing) -> None:
    for _ in range(4):
        assert world.verify(filing, 1, id_suffix=WRONG_ID).outcome is Outcome.WRONG_ID
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL
    assert counts(filing) == {"演甲1": (4, 4), "演乙2": (0, 0)}


@pytest.mark.rule("V-08", "V-15", "D-03")
def test_fifth_wrong_id_fails_the_verification_and_returns_the_filing(filing: Filing) -> None:
    world.verify(filing, 2)
    for _ in range(4):
        world.verify(filing, 1, id_suffix=WRONG_ID)
    assert said(world.verify(filing, 1, id_suffix=WRONG_ID)) == (
        Outcome.FAILED,
        "您的短信核验失败,请联系接入商查询核验结果。",
        False,
    )
    assert world.standing(filing) == ("returned", "failed", 1)
    assert world.states(filing) == {"演甲1": "failed", "演乙2": "passed"}
    assert world.history(filing)[-3:] == [
        (1, "challenge.charged", world.SENT, "演甲1"),
        (1, "challenge.failed", world.SENT, "演甲1"),
        (1, "filing.returned", world.SENT, ""),
    ]
    assert (filing.alarm_at, filing.alarm_kind) == (None, "")
    assert [said(world.verify(filing, who)) for who in (1, 2)] == [(Outcome.NOT_FOUND, NOT_FOUND, False)] * 2
    assert counts(filing)["演甲1"] == (5, 5)


@pytest.mark.rule("D-03")
def test_failure_of_one_drops_what_the_others_still_have_to_do(filing: Filing) -> None:
    for _ in range(5):
        world.verify(filing, 2, id_suffix=WRONG_ID)
    assert world.states(filing) == {"演甲1": "dropped", "演乙2": "failed"}
    assert world.verify(filing, 1).outcome is Outcome.NOT_FOUND


@pytest.mark.rule("V-08")
def test_wrong_ids_of_different_persons_and_requests_do_not_add_up(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(1, 2, domain=n)) for n in (1, 2)]
    world.move(provider.sandbox, world.SENT)
    for filing in made:
        for who in (1, 2):
            for _ in range(4):
                world.verify(filing, who, id_suffix=WRONG_ID)
    assert [counts(filing) for filing in made] == [{"演甲1": (4, 4), "演乙2": (4, 4)}] * 2
    assert [world.standing(filing)[0] for filing in made] == ["verifying", "verifying"]


@pytest.mark.rule("V-08", "D-04")
def test_next_round_counts_wrong_ids_anew(filing: Filing, provider: Provider) -> None:
    for _ in range(5):
        world.verify(filing, 1, id_suffix=WRONG_ID)
    world.resubmit_and_send(filing)
    for _ in range(4):
        assert world.verify(filing, 1, id_suffix=WRONG_ID).outcome is Outcome.WRONG_ID
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL


# ── Waiting, done already, too late ──────────────────────────────────────────


@pytest.mark.rule("V-06")
def test_waiting_challenge_is_not_found_and_not_charged(provider: Provider) -> None:
    filing = world.submit(provider)
    assert world.verify(filing, 1, code=another_code()).outcome is Outcome.NOT_FOUND
    assert world.verify(filing, 1, code="").outcome is Outcome.NOT_FOUND
    assert counts(filing) == {"演甲1": (0, 0), "演乙2": (0, 0)}


def test_right_entry_again_says_that_it_is_done_already_while_the_filing_goes_on(filing: Filing) -> None:
    done = (Outcome.ALREADY_DONE, "您的短信核验已经完成，无需重复提交。", True)
    world.verify(filing, 1)
    assert said(world.verify(filing, 1)) == done
    world.verify(filing, 2)
    assert said(world.verify(filing, 1)) == done
    world.accept(filing)
    assert said(world.verify(filing, 2)) == done
    assert world.whats(filing).count("challenge.passed") == 2


@pytest.mark.rule("V-15")
@pytest.mark.parametrize("way", ["withdraw", "reject", "deadline"])
def test_codes_are_not_found_after_a_return(filing: Filing, way: str) -> None:
    world.verify(filing, 1)
    if way == "withdraw":
        world.withdraw(filing)
    elif way == "reject":
        world.verify(filing, 2)
        world.reject(filing)
    else:
        world.move(filing.sandbox, world.DEADLINE)
    assert [world.verify(filing, who).outcome for who in (1, 2)] == [Outcome.NOT_FOUND] * 2
    assert charged(filing) == []


@pytest.mark.rule("V-15", "D-04")
def test_code_of_an_earlier_round_is_not_found(filing: Filing) -> None:
    old = [world.code_of(filing, who) for who in (1, 2)]
    world.withdraw(filing)
    world.resubmit_and_send(filing)
    assert world.verify(filing, 2, code=old[1]).text == NOT_FOUND
    assert world.states(filing) == {"演甲1": "open", "演乙2": "open"}


@pytest.mark.rule("D-01", "D-02")
def test_right_code_passes_one_instant_before_the_deadline_and_not_at_it(provider: Provider) -> None:
    early, late = (world.submit_and_send(provider, world.first_filing(n, n, domain=n)) for n in (1, 2))
    late_deadline = "2017-12-22 09:40"
    assert world.challenge_of(late, 2).deadline_at == world.moment(late_deadline)
    world.move(provider.sandbox, world.LAST_INSTANT)
    assert world.verify(early, 1).outcome is Outcome.ALL_DONE
    world.move_without_jobs(provider.sandbox, late_deadline)
    assert world.verify(late, 2).outcome is Outcome.NOT_FOUND
    assert world.standing(late) == ("returned", "deadline", 1)


# ── While the jobs are late ──────────────────────────────────────────────────


@pytest.mark.rule("C-04", "D-02")
def test_entry_leaves_the_same_history_as_if_the_jobs_had_been_in_time(filing: Filing) -> None:
    world.move_without_jobs(filing.sandbox, "2017-12-21 12:01")
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL
    assert world.history(filing)[4:] == [
        (1, "challenge.noon_resent", world.NOON, "演甲1"),
        (1, "challenge.noon_resent", world.NOON, "演乙2"),
        (1, "challenge.passed", "2017-12-21 12:01", "演甲1"),
    ]


@pytest.mark.rule("D-02", "V-15")
def test_entry_after_the_deadline_meets_a_returned_filing(filing: Filing) -> None:
    world.move_without_jobs(filing.sandbox, "2017-12-23 00:00")
    assert said(world.verify(filing, 1)) == (Outcome.NOT_FOUND, NOT_FOUND, False)
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert world.history(filing)[-3:] == [
        (1, "challenge.expired", world.DEADLINE, "演甲1"),
        (1, "challenge.expired", world.DEADLINE, "演乙2"),
        (1, "filing.returned", world.DEADLINE, ""),
    ]


@pytest.mark.rule("D-02")
def test_code_of_a_filing_that_was_set_aside_is_not_good_at_its_deadline_either(filing: Filing) -> None:
    Filing.objects.filter(pk=filing.pk).update(alarm_error="ValueError: boom")
    world.move(filing.sandbox, world.LAST_INSTANT)
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL
    world.move(filing.sandbox, world.DEADLINE)
    assert world.verify(filing, 2).outcome is Outcome.NOT_FOUND


def test_entry_leaves_filings_of_others_to_the_jobs(provider: Provider) -> None:
    mine, other = (world.submit(provider, world.first_filing(n, n, domain=n)) for n in (1, 2))
    world.move_without_jobs(provider.sandbox, "2017-12-21 12:01")
    world.verify(mine, 1, code=another_code())
    assert (world.whats(mine)[-2], world.whats(other)) == (
        "challenge.noon_resent",
        ["filing.submitted", "filing.verifying"],
    )


# ── The guard against guessing ───────────────────────────────────────────────


TRY_LATER = (Outcome.TRY_LATER, "查询过于频繁，请一小时后再试。", False)


@pytest.mark.rule("V-18")
def test_after_twenty_answers_not_found_a_phone_must_wait_whatever_is_typed(filing: Filing) -> None:
    for _ in range(GUARD_LIMIT):
        assert world.verify(filing, 1, code=another_code()).text == NOT_FOUND
    before = counts(filing)
    assert said(world.verify(filing, 1)) == TRY_LATER
    assert said(world.verify(filing, 1, code=another_code(), id_suffix=WRONG_ID)) == TRY_LATER
    assert (counts(filing), world.states(filing)) == (before, {"演甲1": "open", "演乙2": "open"})


@pytest.mark.rule("V-18")
def test_guard_is_the_same_for_a_phone_that_nobody_has(sandbox: Sandbox) -> None:
    entry = {"province": "gs", "code": "123456", "phone": NOT_THEIRS, "id_suffix": WRONG_ID}
    answers = [check_entry(sandbox, **entry, by=world.FILER) for _ in range(GUARD_LIMIT + 2)]  # type: ignore[arg-type]
    assert [answer.outcome for answer in answers] == [Outcome.NOT_FOUND] * 20 + [Outcome.TRY_LATER] * 2


@pytest.mark.rule("V-18")
def test_guard_holds_one_phone_in_one_sandbox(filing: Filing) -> None:
    for _ in range(GUARD_LIMIT):
        world.verify(filing, 1, code=another_code())
    assert world.verify(filing, 2).outcome is Outcome.PARTIAL
    other = world.submit_and_send(world.new_provider(world.new_sandbox()))
    assert world.verify(other, 1).outcome is Outcome.PARTIAL


@pytest.mark.rule("V-18")
def test_guard_counts_no_other_answers(filing: Filing) -> None:
    for _ in range(GUARD_LIMIT - 1):
        world.verify(filing, 1, code=another_code())
    for _ in range(3):
        assert world.verify(filing, 1).is_success
    assert world.verify(filing, 1, code=another_code()).text == NOT_FOUND
    assert world.verify(filing, 1).outcome is Outcome.TRY_LATER


# ── Sending again by hand ────────────────────────────────────────────────────


@pytest.mark.rule("R-03", "C-05")
def test_message_sent_again_repeats_the_code_and_moves_no_deadline(filing: Filing) -> None:
    before = world.challenge_of(filing, 1)
    world.move(filing.sandbox, "2017-12-20 10:00")
    answer = world.send_again(filing, 1)
    assert said(answer) == (Outcome.RESENT, "您的短信已发送成功。", True)
    after = world.challenge_of(filing, 1)
    assert (after.code, after.deadline_at, after.resends) == (before.code, before.deadline_at, 1)
    assert world.messages(filing.sandbox) == [
        ("演甲1", "first", world.SENT),
        ("演乙2", "first", world.SENT),
        ("演甲1", "manual", "2017-12-20 10:00"),
    ]
    assert world.history(filing)[-1] == (1, "challenge.resent", "2017-12-20 10:00", "演甲1")
    assert counts(filing) == {"演甲1": (0, 0), "演乙2": (0, 0)}


NOTHING = (Outcome.NOTHING_TO_RESEND, "暂无该短信核验的备案申请，无需重发短信", False)


@pytest.mark.rule("R-04")
@pytest.mark.parametrize("wrong", [{"id_suffix": WRONG_ID}, {"phone": NOT_THEIRS}, {"province": "qh"}])
def test_nothing_to_send_again_where_phone_and_id_match_nothing(filing: Filing, wrong: dict[str, Any]) -> None:
    assert said(world.send_again(filing, 1, **wrong)) == NOTHING
    assert len(world.messages(filing.sandbox)) == 2


@pytest.mark.rule("R-04")
def test_nothing_to_send_again_before_the_first_sending_after_success_and_after_the_deadline(
    provider: Provider,
) -> None:
    filing = world.submit(provider)
    assert said(world.send_again(filing, 1)) == NOTHING
    world.move(provider.sandbox, world.SENT)
    world.verify(filing, 1)
    assert said(world.send_again(filing, 1)) == NOTHING
    world.move_without_jobs(provider.sandbox, world.DEADLINE)
    assert said(world.send_again(filing, 2)) == NOTHING
    assert world.standing(filing) == ("returned", "deadline", 1)


@pytest.mark.rule("R-05")
def test_phone_with_several_requests_gets_each_code_again(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(1, 2, domain=n)) for n in (1, 2)]
    elsewhere = world.submit(provider, world.first_filing(1, 2, domain=3, province="qh"))
    world.move(provider.sandbox, world.SENT)
    assert world.send_again(made[0], 1).outcome is Outcome.RESENT
    assert [world.challenge_of(filing, 1).resends for filing in (*made, elsewhere)] == [1, 1, 0]
    assert [cause for _, cause, _ in world.messages(provider.sandbox, 1)] == ["first"] * 3 + ["manual"] * 2


@pytest.mark.rule("R-06")
@pytest.mark.parametrize("whose", ["real time", "the sandbox's clock"])
def test_message_is_sent_again_once_a_minute_whichever_time_is_first(
    filing: Filing, time_machine: TimeMachineFixture, whose: str
) -> None:
    time_machine.move_to(clock.real_now(), tick=False)

    def pass_to(second: str) -> None:
        if whose == "real time":
            time_machine.shift(timedelta(seconds=59 if second == "59" else 1))
        else:
            world.move(filing.sandbox, "2017-12-20 09:35:59" if second == "59" else "2017-12-20 09:36")

    world.send_again(filing, 1)
    pass_to("59")
    assert said(world.send_again(filing, 1)) == (
        Outcome.TOO_SOON,
        "短信刚刚重发过，每分钟只能重发一次，请稍等一分钟再试。",
        False,
    )
    assert world.send_again(filing, 2).outcome is Outcome.RESENT
    pass_to("60")
    assert world.send_again(filing, 1).outcome is Outcome.RESENT
    assert [cause for _, cause, _ in world.messages(filing.sandbox, 1)] == ["first", "manual", "manual"]


@pytest.mark.rule("R-06")
def test_edition_of_2017_has_no_quota(filing: Filing, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(clock.real_now(), tick=False)
    for _ in range(5):
        assert world.send_again(filing, 1).outcome is Outcome.RESENT
        time_machine.shift(timedelta(minutes=1))
    assert world.challenge_of(filing, 1).resends == 5


@pytest.mark.rule("C-04")
def test_sending_again_settles_what_is_due_first(filing: Filing) -> None:
    world.move_without_jobs(filing.sandbox, "2017-12-21 12:01")
    world.send_again(filing, 1)
    assert world.messages(filing.sandbox, 1)[1:] == [
        ("演甲1", "noon", world.NOON),
        ("演甲1", "manual", "2017-12-21 12:01"),
    ]


# ── Whose words a portal uses ────────────────────────────────────────────────


@pytest.mark.parametrize("province", ["gs", "b", None])
def test_portal_speaks_in_the_words_of_the_latest_edition_where_none_governs(
    sandbox: Sandbox, province: str | None
) -> None:
    answer = check_entry(
        sandbox, province=province, code="123456", phone=NOT_THEIRS, id_suffix=WRONG_ID, by=world.FILER
    )
    assert (answer.text, answer.edition.id) == (NOT_FOUND, "jd-2017")


# ── The hour of the guard ────────────────────────────────────────────────────


@pytest.mark.rule("V-18")
def test_guard_forgets_an_hour_after_the_first_answer_that_it_counted(filing: Filing) -> None:
    world.verify(filing, 1, code=another_code())
    counter = f"limits:count:guard:{filing.sandbox_id}:{world.person(1).phone}"
    with Redis.from_url(settings.CACHES["default"]["LOCATION"]) as redis:
        assert 3590 <= redis.ttl(counter) <= 3600


# ── Asking without doing ─────────────────────────────────────────────────────


def foresee(filing: Filing, who: int, **entry: str) -> Outcome:
    """What the person would be answered on the province's portal; what is given replaces the right pieces."""
    data = world.person(who)
    right = {"code": world.code_of(filing, who), "phone": data.phone, "id_suffix": suffix_of(data.id_number)}
    return foresee_entry(Sandbox.objects.get(pk=filing.sandbox_id), province=filing.province, **{**right, **entry})


def test_foreseeing_only_reads_and_counts_for_no_guard(filing: Filing) -> None:
    before = list(Challenge.objects.order_by("id").values()), world.history(filing)
    with CaptureQueriesContext(connection) as queries:
        heard = {foresee(filing, 1), foresee(filing, 1, id_suffix=WRONG_ID), foresee(filing, 1, code="")}
    assert heard == {Outcome.PARTIAL, Outcome.WRONG_ID, Outcome.WRONG_CODE}
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]] == []
    for _ in range(GUARD_LIMIT + 1):
        assert foresee(filing, 1, code="", phone=NOT_THEIRS) is Outcome.NOT_FOUND
    assert (list(Challenge.objects.order_by("id").values()), world.history(filing)) == before
    assert world.verify(filing, 1, code="", phone=NOT_THEIRS).outcome is Outcome.NOT_FOUND


@pytest.mark.rule("V-18", "V-19")
def test_guard_and_fault_are_foreseen(filing: Filing) -> None:
    nothing = {"code": "", "phone": NOT_THEIRS}
    foreseen, heard = [], []
    for _ in range(GUARD_LIMIT + 1):
        foreseen.append(foresee(filing, 1, **nothing))
        heard.append(world.verify(filing, 1, **nothing).outcome)
    assert foreseen == heard == [Outcome.NOT_FOUND] * GUARD_LIMIT + [Outcome.TRY_LATER]
    Sandbox.objects.filter(pk=filing.sandbox_id).update(has_fault=True)
    assert foresee(filing, 1) is world.verify(filing, 1).outcome is Outcome.NOT_FOUND


@pytest.mark.rule("V-08", "D-02")
def test_last_straw_and_what_the_jobs_have_not_done_yet_are_foreseen(provider: Provider) -> None:
    filing = world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    wrong = another_code()  # none has been drawn yet
    assert foresee(filing, 1, code=wrong) is Outcome.WRONG_CODE
    assert foresee(filing, 1, code=wrong, id_suffix=WRONG_ID) is Outcome.NOT_FOUND
    alarms.run_due(provider.sandbox)
    for _ in range(4):
        assert foresee(filing, 1, id_suffix=WRONG_ID) is world.verify(filing, 1, id_suffix=WRONG_ID).outcome
    assert world.verify(filing, 2).outcome is Outcome.PARTIAL
    assert foresee(filing, 1, id_suffix=WRONG_ID) is Outcome.FAILED
    assert foresee(filing, 2) is Outcome.ALREADY_DONE
    world.move_without_jobs(provider.sandbox, world.DEADLINE)
    assert [foresee(filing, who) for who in (1, 2)] == [Outcome.NOT_FOUND] * 2
    assert [world.verify(filing, who).outcome for who in (1, 2)] == [Outcome.NOT_FOUND] * 2
