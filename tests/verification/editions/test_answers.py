"""What the portals of the later editions answer, how many wrong entries they bear, and when they send again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import WRONG_ID, another_code
from verification.acting.challenges import Answer
from verification.law.words import Kind, Outcome
from verification.models import Filing
from verification.time import clock

pytestmark = pytest.mark.django_db

NOBODY = "13900000077"
NOT_FOUND = "该条验证库里找不到记录。"


def said(answer: Answer) -> tuple[Outcome, str, bool]:
    return answer.outcome, answer.text, answer.is_success


def resulted(answer: Answer) -> tuple[int | None, str]:
    return answer.code, answer.text


#: One wrong piece, the two others right.
WRONG: dict[str, Callable[[Filing, int], Answer]] = {
    "id": lambda filing, who: world.verify(filing, who, id_suffix=WRONG_ID),
    "code": lambda filing, who: world.verify(filing, who, code=another_code(world.code_of(filing, who))),
    "phone": lambda filing, who: world.verify(filing, who, phone=NOBODY),
}


def tries_of(filing: Filing, who: int) -> tuple[int, int]:
    challenge = world.challenge_of(filing, who)
    return challenge.tries, challenge.id_errors


# ── miit-2018 ────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-03", "V-04", "V-05")
def test_miit_2018_names_the_person() -> None:
    filing = place("miit-2018").first_filing(1, 2)
    partial = "演甲1的短信核验完成。请等待其他待核验人进行短信核验。"
    assert said(world.verify(filing, 1)) == (Outcome.PARTIAL, partial, True)
    assert world.standing(filing) == ("verifying", "", 1)
    assert said(world.verify(filing, 1)) == (Outcome.ALREADY_DONE, "演甲1的短信核验已经完成，无需重复提交", True)
    done = world.verify(filing, 2)
    assert said(done) == (
        Outcome.ALL_DONE,
        "演乙2的短信核验完成。您的请求已完成全部核验，该请求将提交管局审核。",
        True,
    )
    assert (done.code, world.standing(filing)) == (None, ("reviewing", "", 1))
    world.accept(filing)
    assert world.verify(filing, 2).text == "演乙2的短信核验已经完成，无需重复提交"


@pytest.mark.rule("V-06", "V-07")
@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("id", (Outcome.WRONG_ID, "演甲1的短信核验失败，请输入正确的信息。", False)),
        ("code", (Outcome.WRONG_CODE, NOT_FOUND, False)),
        ("phone", (Outcome.NOT_FOUND, NOT_FOUND, False)),
    ],
)
def test_miit_2018_names_the_person_for_a_wrong_id_only(piece: str, expected: tuple[Outcome, str, bool]) -> None:
    filing = place("miit-2018").first_filing(1, 2)
    assert said(WRONG[piece](filing, 1)) == expected
    assert (tries_of(filing, 1), tries_of(filing, 2)) == ((1, 1 if piece == "id" else 0), (0, 0))


FAILED = "您的短信核验失败,请联系接入商查询核验结果。"


@pytest.mark.rule("V-09", "D-03", "V-15")
@pytest.mark.parametrize(
    "pieces",
    [("id", "id", "id"), ("code", "code", "code"), ("phone", "phone", "phone"), ("id", "code", "phone")],
    ids="-".join,
)
def test_miit_2018_fails_at_the_third_wrong_entry_of_any_sort(pieces: tuple[str, ...]) -> None:
    filing = place("miit-2018").first_filing(1, 2)
    code = world.code_of(filing, 1)
    for piece in pieces[:2]:
        assert WRONG[piece](filing, 1).outcome is not Outcome.FAILED
    assert said(WRONG[pieces[2]](filing, 1)) == (Outcome.FAILED, FAILED, False)
    assert world.standing(filing) == ("returned", "failed", 1)
    assert world.states(filing) == {"演甲1": "failed", "演乙2": "dropped"}
    assert said(world.verify(filing, 1, code=code)) == (Outcome.NOT_FOUND, NOT_FOUND, False)


@pytest.mark.rule("V-09")
def test_miit_2018_passes_after_two_wrong_entries_and_what_matches_less_is_free() -> None:
    filing = place("miit-2018").first_filing(1, 2)
    for piece in ("id", "code"):
        WRONG[piece](filing, 1)
    for _ in range(5):
        free = world.verify(filing, 1, code=another_code(world.code_of(filing, 1)), id_suffix=WRONG_ID)
        assert free.outcome is Outcome.NOT_FOUND
    assert tries_of(filing, 1) == (2, 1)
    assert world.verify(filing, 1).outcome is Outcome.PARTIAL


@pytest.mark.rule("V-08")
@pytest.mark.parametrize("edition", ["aliyun-2018", "tencent-2018"])
def test_five_wrong_ids_and_nothing_else_fail_in_the_other_editions_of_2018(edition: str) -> None:
    filing = place(edition).first_filing(1, 2)
    for piece in ("code", "phone", "code", "phone", "code", "id", "id", "id", "id"):
        assert WRONG[piece](filing, 1).text == NOT_FOUND
    assert tries_of(filing, 1) == (9, 4)
    assert said(WRONG["id"](filing, 1)) == (Outcome.FAILED, FAILED, False)
    assert world.standing(filing) == ("returned", "failed", 1)


# ── qingcloud-2020 ───────────────────────────────────────────────────────────

CODE_0 = (0, "您的短信核验失败,请您重新验证。")
CODE_2 = (2, "您的短信核验失败,请输入正确的信息。")
CODE_3 = (3, "您的短信核验已全部完成，该请求将提交管局审核")
CODE_4 = (4, "该条验证库里找不到记录")
CODE_20 = (20, "您的短信核验已完成，无需重复提交。")
CODE_21 = (21, "您的短信核验失败,请联系接入商查询核验结果。")
CODE_31 = (31, "您的短信核验完成，请等待其他核验人进行短信核验")
CODE_100 = (100, "暂无该短信核验的备案申请，无需重发短信")
CODE_101 = (101, "您的短信验证码已重发成功，请查看手机并尽快完成短信核验。")
CODE_102 = (102, "重发次数已到上限，若不能及时完成短信核验，您的备案申请将会被退回。")


@pytest.mark.rule("V-10", "V-17", "V-07", "N-03")
@pytest.mark.parametrize("portal", ["gs", None], ids=["province", "national"])
def test_qingcloud_2020_answers_an_entry_with_its_result_code(portal: str | None) -> None:
    filing = place("qingcloud-2020").first_filing(1, 2)
    entry = {"province": portal}
    assert resulted(world.verify(filing, 1, **entry, code=another_code())) == CODE_0
    assert resulted(world.verify(filing, 1, **entry, id_suffix=WRONG_ID)) == CODE_2
    assert resulted(world.verify(filing, 1, **entry, phone=NOBODY)) == CODE_4
    assert resulted(world.verify(filing, 1, **entry, code=another_code(), id_suffix=WRONG_ID)) == CODE_4
    assert resulted(world.verify(filing, 1, **entry)) == CODE_31
    assert resulted(world.verify(filing, 1, **entry)) == CODE_20
    assert resulted(world.verify(filing, 2, **entry)) == CODE_3
    assert world.standing(filing) == ("reviewing", "", 1)


@pytest.mark.rule("V-11", "V-17", "D-03")
@pytest.mark.parametrize(
    "pieces",
    [
        ("id",) * 5,
        ("code",) * 5,
        ("phone",) * 5,
        ("id", "code", "phone", "id", "code"),
        ("phone", "id", "id", "code", "id"),
    ],
    ids="-".join,
)
def test_qingcloud_2020_fails_at_the_fifth_wrong_entry_of_any_sort(pieces: tuple[str, ...]) -> None:
    filing = place("qingcloud-2020").first_filing(1, 2)
    named = {"id": CODE_2, "code": CODE_0, "phone": CODE_4}
    assert [resulted(WRONG[piece](filing, 1)) for piece in pieces[:4]] == [named[piece] for piece in pieces[:4]]
    assert resulted(WRONG[pieces[4]](filing, 1)) == CODE_21
    assert world.standing(filing) == ("returned", "failed", 1)
    assert resulted(world.verify(filing, 1)) == CODE_4


@pytest.mark.rule("V-11", "D-04")
def test_qingcloud_2020_passes_after_four_and_counts_anew_in_the_next_round() -> None:
    filing = place("qingcloud-2020").first_filing(1, 1)
    for _ in range(5):
        WRONG["id"](filing, 1)
    world.resubmit_and_send(filing)
    for _ in range(4):
        assert resulted(WRONG["id"](filing, 1)) == CODE_2
    assert resulted(world.verify(filing, 1)) == CODE_3


@pytest.mark.rule("V-14", "N-03")
def test_qingcloud_2020_finds_on_a_provinces_portal_what_is_that_provinces_only() -> None:
    filing = place("qingcloud-2020").first_filing(1, 1)
    assert resulted(world.verify(filing, 1, province="b")) == CODE_4
    assert resulted(world.send_again(filing, 1, province="b")) == CODE_100
    assert resulted(world.send_again(filing, 1, province=None)) == CODE_101
    assert resulted(world.verify(filing, 1, province=None)) == CODE_3


# ── Sending again ────────────────────────────────────────────────────────────


@pytest.fixture
def minute(time_machine: TimeMachineFixture) -> Callable[[], None]:
    """Let a minute of real time pass."""
    time_machine.move_to(clock.real_now(), tick=False)
    return lambda: time_machine.shift(timedelta(minutes=1))


@pytest.mark.rule("R-06", "V-17", "R-03", "R-04")
def test_qingcloud_2020_sends_again_twice(minute: Callable[[], None]) -> None:
    filing = place("qingcloud-2020").first_filing(1, 2)
    assert resulted(world.send_again(filing, 1, id_suffix=WRONG_ID)) == CODE_100
    assert resulted(world.send_again(filing, 1)) == CODE_101
    assert world.send_again(filing, 1).outcome is Outcome.TOO_SOON
    minute()
    assert resulted(world.send_again(filing, 1)) == CODE_101
    minute()
    assert resulted(world.send_again(filing, 1)) == CODE_102
    assert [cause for _, cause, _ in world.messages(filing.sandbox, 1)] == ["first", "manual", "manual"]
    assert resulted(world.send_again(filing, 2)) == CODE_101
    assert resulted(world.verify(filing, 1)) == CODE_31


@pytest.mark.rule("R-06", "C-04")
def test_noon_uses_nothing_of_the_quota(minute: Callable[[], None]) -> None:
    there = place("qingcloud-2020", at="2020-09-01 18:00")
    filing = there.first_filing(1, 1)
    assert resulted(world.send_again(filing, 1)) == CODE_101
    minute()
    world.move(there.sandbox, "2020-09-02 12:00")
    assert resulted(world.send_again(filing, 1)) == CODE_101
    minute()
    assert resulted(world.send_again(filing, 1)) == CODE_102
    assert [cause for _, cause, _ in world.messages(there.sandbox)] == ["first", "manual", "noon", "manual"]


@pytest.mark.rule("R-06", "C-04")
def test_noon_still_reaches_whoever_has_used_the_quota_up(minute: Callable[[], None]) -> None:
    there = place("qingcloud-2020", at="2020-09-01 18:00")
    filing = there.first_filing(1, 1)
    for _ in range(2):
        world.send_again(filing, 1)
        minute()
    world.move(there.sandbox, "2020-09-02 12:00")
    assert world.messages(there.sandbox)[-1][1:] == ("noon", "2020-09-02 12:00")


@pytest.mark.rule("R-05", "R-06")
def test_of_several_requests_those_with_quota_left_are_sent_again(minute: Callable[[], None]) -> None:
    there = place("qingcloud-2020")
    older = there.first_filing(1, 1)
    for _ in range(2):
        world.send_again(older, 1)
        minute()
    younger = there.first_filing(1, 1, domain=2)
    sent = [resulted(world.send_again(younger, 1))]
    minute()
    sent.append(resulted(world.send_again(younger, 1)))
    minute()
    sent.append(resulted(world.send_again(younger, 1)))
    assert sent == [CODE_101, CODE_101, CODE_102]
    assert [world.challenge_of(filing, 1).resends for filing in (older, younger)] == [2, 2]


@pytest.mark.rule("R-06", "D-04")
def test_next_round_has_a_quota_of_its_own(minute: Callable[[], None]) -> None:
    filing = place("qingcloud-2020").first_filing(1, 1)
    for _ in range(2):
        world.send_again(filing, 1)
        minute()
    world.withdraw(filing)
    world.resubmit_and_send(filing)
    assert resulted(world.send_again(filing, 1)) == CODE_101


@pytest.mark.rule("R-06")
@pytest.mark.parametrize("edition", ["aliyun-2018", "tencent-2018", "miit-2018"])
def test_editions_of_2018_have_the_minute_and_no_quota(edition: str, minute: Callable[[], None]) -> None:
    filing = place(edition).first_filing(1, 1)
    for _ in range(4):
        assert said(world.send_again(filing, 1)) == (Outcome.RESENT, "您的短信已发送成功。", True)
        assert world.send_again(filing, 1).outcome is Outcome.TOO_SOON
        minute()
    assert tries_of(filing, 1) == (0, 0)


# ── Any kind of filing ends with the same answers ────────────────────────────


@pytest.mark.rule("V-10", "W-16")
def test_qingcloud_2020_answers_a_single_person_with_code_3() -> None:
    filing = place("qingcloud-2020").ask(Kind.CANCEL_SUBJECT)
    assert resulted(world.verify(filing, 1)) == CODE_3
