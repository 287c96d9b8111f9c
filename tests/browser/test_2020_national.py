"""The document of 2020, as people would follow it on the national portal: every result code, permits with brackets.

Each test begins today, in a sandbox of its own.
"""

import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walk import MOBILE, PERMIT_HOLDER, TELECOM, UNICOM, Filing, NationalPortal, Person, Walk
from tests.stack_process import Stack

WRONG_CODE = (0, "您的短信核验失败,请您重新验证。")
WRONG_ID = (2, "您的短信核验失败,请输入正确的信息。")
ALL_DONE = (3, "您的短信核验已全部完成，该请求将提交管局审核")
NOT_FOUND = (4, "该条验证库里找不到记录")
ALREADY_DONE = (20, "您的短信核验已完成，无需重复提交。")
FAILED = (21, "您的短信核验失败,请联系接入商查询核验结果。")
PARTIAL = (31, "您的短信核验完成，请等待其他核验人进行短信核验")
NOTHING_TO_RESEND = (100, "暂无该短信核验的备案申请，无需重发短信")
RESENT = (101, "您的短信验证码已重发成功，请查看手机并尽快完成短信核验。")
QUOTA_USED_UP = (102, "重发次数已到上限，若不能及时完成短信核验，您的备案申请将会被退回。")
HALF_WIDTH = "括号也算一位，并且须用全角输入：请把 ( ) 改为（ ）。"

#: The site's own answer, which has no code: once a minute, and that is a minute on the wall.
TOO_SOON = "短信刚刚重发过，每分钟只能重发一次，请稍等一分钟再试。"
A_MINUTE = 60.0
LOOK_AGAIN = 1_000  # milliseconds


@pytest.fixture
def walk(page: Page, stack: Stack) -> Walk:
    """A visitor in a new sandbox."""
    walk = Walk(page, stack)
    walk.start("2020 年 · 全国")
    return walk


def submit(walk: Walk, subject: Person, website: Person | None = None, *, province: str) -> Filing:
    """A first filing under its name of 2020."""
    return walk.provider.submit(subject, website, province=province, kind="首次备案")


def other_than(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def resend_when_allowed(portal: NationalPortal, person: Person, *, asked_at: float) -> None:
    """Ask for another message, once the minute is over that began when the last one was asked for."""
    portal.resend(person)
    answer = portal.page.locator(".answer__text > p").nth(1)
    expect(answer).to_be_visible()
    while answer.inner_text() == TOO_SOON:
        assert time.monotonic() < asked_at + 2 * A_MINUTE
        portal.page.wait_for_timeout(max(LOOK_AGAIN, 1_000 * (asked_at + A_MINUTE - time.monotonic())))
        portal.resend(person)
        expect(answer).to_be_visible()


@pytest.mark.rule("P-04", "N-03", "V-07", "V-10", "V-11", "V-17", "R-03", "R-04", "R-06", "C-05")
def test_each_of_the_ten_result_codes_is_reached_by_walking(walk: Walk) -> None:
    """The pause between two messages to one phone is real time, and nothing on the pages shortens it.

    So the first message is asked for at the beginning, and the minute passes while the other codes are reached.
    """
    pair = submit(walk, MOBILE, UNICOM, province="浙江")
    single = submit(walk, TELECOM, province="甘肃")
    walk.clock.forward("+5 分钟")
    first, second = walk.phone(MOBILE).code(), walk.phone(UNICOM).code()
    code = walk.phone(TELECOM).code()
    portal = walk.national_portal
    portal.resend(TELECOM)
    asked_at = time.monotonic()
    portal.expect_code(*RESENT, good=True)

    for entered, person, id_suffix, answer in [
        (other_than(second), UNICOM, "", WRONG_CODE),
        (second, UNICOM, "012345", WRONG_ID),
        (first, MOBILE, "", PARTIAL),
        (first, MOBILE, "", ALREADY_DONE),
        (second, UNICOM, "", ALL_DONE),
        (other_than(code), MOBILE.with_phone("19900000000"), "", NOT_FOUND),
    ]:
        portal.verify(entered, person, id_suffix=id_suffix)
        portal.expect_code(*answer, good=answer in {PARTIAL, ALREADY_DONE, ALL_DONE})
    pair.expect_state("管局审核")
    portal.resend(UNICOM)
    portal.expect_code(*NOTHING_TO_RESEND, good=False)
    for answer in [WRONG_ID] * 4:
        portal.verify(code, TELECOM, id_suffix="012345")
        portal.expect_code(*answer, good=False)

    resend_when_allowed(portal, TELECOM, asked_at=asked_at)
    portal.expect_code(*RESENT, good=True)
    portal.resend(TELECOM)
    portal.expect_code(*QUOTA_USED_UP, good=False)
    assert walk.phone(TELECOM).codes(messages=3) == [code] * 3
    portal.verify(code, TELECOM, id_suffix="012345")
    portal.expect_code(*FAILED, good=False)
    single.expect_returned("短信核验失败")


@pytest.mark.rule("I-02", "I-03", "I-04", "V-13")
def test_number_on_the_back_of_a_permit_is_typed_in_zhejiang_with_full_width_brackets(walk: Walk) -> None:
    filing = submit(walk, PERMIT_HOLDER, province="浙江")
    walk.clock.forward("+5 分钟")
    code = walk.phone(PERMIT_HOLDER).code()
    portal = walk.national_portal
    portal.open()
    portal.fill(code=code, phone=PERMIT_HOLDER.phone, id_suffix="205(6)")
    portal.send("提交")
    expect(portal.field("id_suffix")).to_have_accessible_description(
        "括号也算一位，并且须用全角输入：请把 ( ) 改为（ ）。"
    )
    expect(portal.field("id_suffix")).to_have_value("205(6)")
    expect(filing.open().challenge(PERMIT_HOLDER, "错误")).to_contain_text("共 0 次")
    portal.fill(id_suffix="205（6）")
    portal.send("提交")
    portal.expect_code(*ALL_DONE, good=True)
    filing.expect_state("管局审核")


@pytest.mark.rule("I-02", "I-03")
def test_number_on_the_front_of_a_permit_is_typed_elsewhere(walk: Walk) -> None:
    on_front = replace(PERMIT_HOLDER, back_number="")
    filing = submit(walk, on_front, province="甘肃")
    walk.clock.forward("+5 分钟")
    code = walk.phone(on_front).code()
    portal = walk.national_portal
    portal.verify(code, on_front, id_suffix="205（6）")
    portal.expect_code(*WRONG_ID, good=False)
    portal.verify(code, on_front)
    portal.expect_code(*ALL_DONE, good=True)
    filing.expect_state("管局审核")
