"""The documents of 2018, as people would follow them in 浙江: the short link, the card, answers that name the person.

Each test begins on 2018-09-10 at 09:30, the first day, in a sandbox of its own.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walk import MOBILE, UNICOM, CardPortal, Filing, Person, Walk
from tests.stack_process import Stack

HOST = "zcainfo.localhost"

#: Of 演练老客户有限公司 and of its first website, on record in every new sandbox.
OWNER = Person("演己", "110101190001010065", "18600000006")
WEBMASTER = Person("演庚", "110101190001010073", "13300000007")

PARTIAL = "{}的短信核验完成。请等待其他待核验人进行短信核验。"
ALL_DONE = "{}的短信核验完成。您的请求已完成全部核验，该请求将提交管局审核。"
ALREADY_DONE = "{}的短信核验已经完成，无需重复提交"
WRONG_ID = "{}的短信核验失败，请输入正确的信息。"
NOT_FOUND = "该条验证库里找不到记录。"
FAILED = "您的短信核验失败,请联系接入商查询核验结果。"
RESENT = "您的短信已发送成功。"


@pytest.fixture
def walk(page: Page, stack: Stack) -> Walk:
    """A visitor in a new sandbox."""
    walk = Walk(page, stack)
    walk.start("2018 年 · 浙江")
    return walk


def submit_and_send(walk: Walk, subject: Person, website: Person | None = None) -> Filing:
    """A filing whose codes have gone out."""
    filing = walk.provider.submit(subject, website, province="浙江")
    walk.clock.forward("+5 分钟")
    return filing


def follow_link_of(walk: Walk, person: Person) -> CardPortal:
    """Click the link in the person's message: the tab of the phone becomes one of the portal."""
    phone = walk.phone(person)
    phone.code()
    phone.follow_link()
    return CardPortal(phone.page, walk.stack, "浙江")


@pytest.mark.rule("P-02", "C-08", "V-02", "V-03", "V-04", "V-05", "D-06")
def test_first_filing_goes_all_the_way_by_short_link_and_card(walk: Walk, stack: Stack) -> None:
    filing = submit_and_send(walk, MOBILE, UNICOM)
    code = walk.phone(MOBILE).code()
    text = walk.phone(MOBILE).page.locator(".sms__text").inner_text()
    assert f"的“新增备案”已提交，本次验证码：{code}。请点击" in text
    assert text.endswith(f"或登录{HOST}:{stack.port}进行核验。")
    portal = follow_link_of(walk, MOBILE)
    expect(portal.page).to_have_url(re.compile(re.escape(stack.url("/verify/?link=", HOST)) + r"[\w-]+$"))
    expect(portal.field("code")).to_have_value(code)
    expect(portal.field("phone")).to_have_value(MOBILE.phone)
    expect(portal.field("id_suffix")).to_have_value("")
    portal.fill(id_suffix=MOBILE.id_suffix)
    portal.send("提交")
    portal.expect_answer(PARTIAL.format("演移"), good=True)

    expect(filing.open().challenge(MOBILE, "状态")).to_have_text("已通过")
    second = walk.phone(UNICOM).code()
    portal = walk.card_portal("浙江")
    portal.verify(code, MOBILE)
    portal.expect_answer(ALREADY_DONE.format("演移"), good=True)
    portal.verify(second, UNICOM)
    portal.expect_answer(ALL_DONE.format("演联"), good=True)
    walk.bureau.accept(filing)
    filing.expect_state("审核通过")
    expect(filing.fact("备案号")).to_have_text(re.compile(r"^浙ICP备18\d{6}号$"))


@pytest.mark.rule("C-08")
def test_short_link_is_dead_once_the_code_is_used(walk: Walk, problems: list[str]) -> None:
    submit_and_send(walk, MOBILE)
    portal = follow_link_of(walk, MOBILE)
    portal.fill(id_suffix=MOBILE.id_suffix)
    portal.send("提交")
    portal.expect_answer(ALL_DONE.format("演移"), good=True)
    page = follow_link_of(walk, MOBILE).page
    expect(page.get_by_role("heading", name="短链接已失效")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    (problem,) = problems
    assert "status of 410" in problem
    problems.clear()


@pytest.mark.rule("V-07", "V-09", "V-16", "D-03")
def test_wrong_entries_are_answered_by_name_and_the_third_returns_the_filing(walk: Walk) -> None:
    filing = submit_and_send(walk, MOBILE)
    code = walk.phone(MOBILE).code()
    portal = walk.card_portal("浙江")
    portal.verify(code, MOBILE, id_suffix="012345")
    portal.expect_answer(WRONG_ID.format("演移"), good=False)
    portal.verify(f"{(int(code) + 1) % 10**6:06d}", MOBILE)
    portal.expect_answer(NOT_FOUND, good=False)
    expect(filing.open().challenge(MOBILE, "错误")).to_contain_text("共 2 次（限 3 次）")
    portal.verify(code, MOBILE, id_suffix="012345")
    portal.expect_answer(FAILED, good=False)
    filing.expect_returned("短信核验失败")


@pytest.mark.rule("V-02", "R-01", "R-02", "R-03", "C-05")
def test_card_shows_the_other_form_at_its_second_tab(walk: Walk) -> None:
    submit_and_send(walk, MOBILE)
    portal = walk.card_portal("浙江")
    portal.open_verify()
    expect(portal.page.locator("html")).to_have_attribute("data-look", "card")
    tabs = portal.page.get_by_role("navigation", name="短信核验和短信重发").get_by_role("link")
    expect(tabs).to_have_text(["短信核验", "短信重发"])
    labels = portal.page.locator(".entry__label")
    expect(labels).to_have_text(["短信验证码", "手机号码", "证件号码后六位", "图形验证码"])
    portal.resend(MOBILE)
    portal.expect_answer(RESENT, good=True)
    code, again = walk.phone(MOBILE).codes(messages=2)
    assert code == again


@pytest.mark.rule("D-01", "D-02", "P-02")
def test_filing_not_verified_in_24_hours_is_returned(walk: Walk) -> None:
    filing = submit_and_send(walk, MOBILE)
    code = walk.phone(MOBILE).code()
    deadline = filing.open().fact("核验截止").inner_text()
    assert re.fullmatch(r"2018-09-11 09:3\d:\d\d", deadline)
    walk.clock.to(deadline)
    portal = walk.card_portal("浙江")
    portal.verify(code, MOBILE)
    portal.expect_answer(NOT_FOUND, good=False)
    filing.expect_returned("超过时限未核验")


# ── What these documents have and those of other years lack, on the records of the new sandbox ───────────────────────


@pytest.mark.rule("W-15")
def test_one_of_two_is_enough_to_cancel_a_website(walk: Walk) -> None:
    filing = walk.provider.find("注销网站")
    walk.clock.forward("+5 分钟")
    code, of_the_other = walk.phone(WEBMASTER).code(), walk.phone(OWNER).code()
    portal = walk.card_portal("浙江")
    portal.verify(code, WEBMASTER)
    portal.expect_answer(ALL_DONE.format(WEBMASTER.name), good=True)
    filing.expect_state("管局审核")
    expect(filing.challenge(OWNER, "状态")).to_have_text("不再需要")
    portal.verify(of_the_other, OWNER)
    portal.expect_answer(NOT_FOUND, good=False)


@pytest.mark.rule("W-23")
def test_new_phone_gets_its_code_after_the_bureau_has_looked(walk: Walk) -> None:
    filing = walk.provider.find("变更手机号码")
    new = OWNER.with_phone("18600000060")
    walk.clock.forward("+1 小时")
    filing.expect_state("管局预审")
    expect(walk.phone(new).messages).to_have_count(0)
    walk.bureau.approve(filing)
    filing.expect_state("待短信核验")
    walk.clock.forward("+5 分钟")
    portal = walk.card_portal("浙江")
    portal.verify(walk.phone(new).code(), new)
    portal.expect_answer(ALL_DONE.format(new.name), good=True)
    filing.expect_state("管局审核")


@pytest.mark.rule("W-24")
def test_access_with_a_phone_that_is_not_on_record_is_returned_at_once(walk: Walk) -> None:
    subject, website = "演练他家客户有限公司", "演练他家站"
    filing = walk.provider.add_access(subject, website, province="浙江", 联系方式1=MOBILE.phone)
    filing.expect_returned("数据校验未通过")
    filing = walk.provider.add_access(subject, website, province="浙江")
    filing.expect_state("待短信核验")
