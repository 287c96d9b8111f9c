"""The 2017 document, step by step, as people would follow it in 甘肃: on the pages, with the real site behind.

Each test begins on 2017-12-20 at 09:30, the third day of the pilot, in a sandbox of its own.
"""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.browser.walk import MOBILE, TELECOM, UNICOM, Filing, Walk
from tests.stack_process import Stack

PARTIAL = "您的短信核验完成,请等待其他核验人进行短信核验。"
ALL_DONE = "您的短信核验完成。本次备案申请已全部核验完成，将提交管局审核。"
ALREADY_DONE = "您的短信核验已经完成，无需重复提交。"
NOT_FOUND = "该条验证库里找不到记录。"
FAILED = "您的短信核验失败,请联系接入商查询核验结果。"
RESENT = "您的短信已发送成功。"
NOTHING_TO_RESEND = "暂无该短信核验的备案申请，无需重发短信"

WRONG_CAPTCHA = "图形验证码不正确，请按新的图片重新填写。"


@pytest.fixture
def walk(page: Page, stack: Stack) -> Walk:
    """A visitor in a new sandbox."""
    walk = Walk(page, stack)
    walk.start()
    return walk


def submit_and_receive(walk: Walk) -> tuple[Filing, str]:
    """A filing of one person, and the code on the person's phone five minutes later."""
    filing = walk.provider.submit(TELECOM)
    walk.clock.forward("+5 分钟")
    return filing, walk.phone(TELECOM).code()


# ── The way through ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("P-01", "W-01", "W-19", "W-25", "C-01", "C-03", "V-16", "D-06", "D-08", "N-01", "N-02")
def test_first_filing_of_two_persons_goes_all_the_way(walk: Walk) -> None:
    filing = walk.provider.submit(MOBILE, UNICOM)
    expect(filing.fact("备案人看到")).to_have_text("管局审核中")
    expect(filing.fact("实际状态")).to_have_text("待短信核验")
    expect(walk.phone(MOBILE).messages).to_have_count(0)
    expect(walk.phone(UNICOM).messages).to_have_count(0)

    walk.clock.forward("+5 分钟")
    first, second = walk.phone(MOBILE).code(), walk.phone(UNICOM).code()
    assert re.fullmatch(r"\d{6} \d{6}", f"{first} {second}")
    assert first != second

    portal = walk.portal("甘肃")
    portal.verify(first, MOBILE)
    portal.expect_answer(PARTIAL, good=True)
    filing.expect_state("待短信核验")
    expect(filing.challenge(MOBILE, "状态")).to_have_text("已通过")
    expect(filing.challenge(UNICOM, "状态")).to_have_text("待核验")
    expect(filing.page.get_by_text("已核验联系人")).to_have_count(1)

    portal.verify(second, UNICOM)
    portal.expect_answer(ALL_DONE, good=True)
    filing.expect_state("管局审核")
    expect(filing.page.get_by_text("已核验联系人")).to_have_count(2)
    expect(filing.fact("备案人看到")).to_have_text("管局审核中")

    walk.bureau.accept(filing)
    filing.expect_state("审核通过")
    number = filing.fact("备案号").inner_text()
    assert re.fullmatch(r"陇ICP备17\d{6}号", number)
    portal.open()
    portal.page.get_by_role("link", name="公共查询").last.click()
    portal.page.get_by_label("备案号", exact=True).check()
    portal.fill(q=number)
    portal.send("查询")
    expect(portal.page.locator("td[data-label=网站域名]")).to_have_text("zoucha.example.com")


@pytest.mark.rule("C-03", "C-06", "C-09", "P-06")
def test_message_is_that_of_the_document(walk: Walk, stack: Stack) -> None:
    walk.provider.submit(MOBILE, UNICOM)
    walk.clock.forward("+5 分钟")
    phone = walk.phone(MOBILE)
    code = phone.code()
    expect(phone.page.locator(".sms__text")).to_have_text(
        f"演移您好，由“演练云”发起的“演练走查有限公司”的“新增备案”已提交，本次验证码：{code}。"
        f"请登录gscainfo.localhost:{stack.port}进行核验。"
    )
    expect(phone.page.locator(".sms__head > .digits")).to_have_text("106575000130")
    expect(phone.page.locator(".sms__head > time")).to_have_text(re.compile(r"^2017-12-20 09:3[5-9]:\d\d$"))
    walk.phone(UNICOM).code()
    expect(walk.phone(UNICOM).page.locator(".sms__head > .digits")).to_have_text("10655113")


@pytest.mark.rule("W-17")
def test_same_person_in_both_roles_gets_one_message_and_enters_it_once(walk: Walk) -> None:
    filing = walk.provider.submit(TELECOM)
    expect(filing.challenge(TELECOM, "姓名与身份")).to_contain_text("主体负责人、网站负责人")
    walk.clock.forward("+5 分钟")
    phone = walk.phone(TELECOM)
    code = phone.code()
    expect(phone.page.locator(".sms__head > .digits")).to_have_text("106598051001")
    portal = walk.portal()
    portal.verify(code, TELECOM)
    portal.expect_answer(ALL_DONE, good=True)
    filing.expect_state("管局审核")
    expect(phone.messages).to_have_count(1)


@pytest.mark.rule("D-06")
def test_bureau_rejects_with_a_reason_that_the_provider_reads(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    walk.portal().verify(code, TELECOM)
    walk.portal().expect_answer(ALL_DONE, good=True)
    walk.bureau.reject(filing, "网站名称不能只有两个字")
    filing.expect_returned("管局驳回")
    expect(filing.page.locator("main").get_by_text("网站名称不能只有两个字", exact=True)).to_be_visible()


# ── Entries that are wrong ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-06", "V-07")
def test_entry_that_matches_nothing_is_not_found_and_costs_nothing(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    portal = walk.portal()
    portal.verify(f"{(int(code) + 1) % 10**6:06d}", MOBILE)
    portal.expect_answer(NOT_FOUND, good=False)
    expect(filing.open().challenge(TELECOM, "错误")).to_have_text(re.compile("^共 0 次"))
    portal.verify(code, TELECOM)
    portal.expect_answer(ALL_DONE, good=True)


@pytest.mark.rule("V-07", "V-08", "I-01")
def test_wrong_id_four_times_and_then_right(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    portal = walk.portal()
    for _ in range(4):
        portal.verify(code, TELECOM, id_suffix="012345")
        portal.expect_answer(NOT_FOUND, good=False)
    expect(filing.open().challenge(TELECOM, "错误")).to_contain_text("其中证件号码 4 次（限 5 次）")
    portal.verify(code, TELECOM, id_suffix=TELECOM.id_suffix.lower())
    portal.expect_answer(ALL_DONE, good=True)
    filing.expect_state("管局审核")


@pytest.mark.rule("V-08", "V-15", "D-03")
def test_wrong_id_five_times_returns_the_filing(walk: Walk) -> None:
    filing = walk.provider.submit(TELECOM, MOBILE)
    walk.clock.forward("+5 分钟")
    portal = walk.portal()
    portal.verify(walk.phone(MOBILE).code(), MOBILE)
    portal.expect_answer(PARTIAL, good=True)
    code = walk.phone(TELECOM).code()
    for _ in range(4):
        portal.verify(code, TELECOM, id_suffix="012345")
        portal.expect_answer(NOT_FOUND, good=False)
    portal.verify(code, TELECOM, id_suffix="012345")
    portal.expect_answer(FAILED, good=False)
    filing.expect_returned("短信核验失败")
    expect(filing.fact("备案人看到")).to_have_text("已退回")
    portal.verify(code, TELECOM)
    portal.expect_answer(NOT_FOUND, good=False)


@pytest.mark.rule("V-14")
def test_portal_of_another_province_does_not_find_the_code(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    qinghai = walk.portal("青海")
    qinghai.verify(code, TELECOM)
    qinghai.expect_answer(NOT_FOUND, good=False)
    expect(filing.open().challenge(TELECOM, "错误")).to_have_text(re.compile("^共 0 次"))
    gansu = walk.portal("甘肃")
    gansu.open_verify()
    gansu.verify(code, TELECOM)
    gansu.expect_answer(ALL_DONE, good=True)


# ── What the form itself refuses ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-12")
def test_wrong_captcha_is_refused_first_and_what_was_typed_stays(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    portal = walk.portal()
    portal.open_verify()
    shown = portal.field("captcha_0").input_value()
    portal.fill(code=code, phone=TELECOM.phone, id_suffix="012345", digits="abcde")
    portal.send("验证")
    expect(portal.field("captcha_1")).to_have_accessible_description(WRONG_CAPTCHA)
    expect(portal.field("captcha_0")).not_to_have_value(shown)
    expect(portal.field("captcha_1")).to_have_value("")
    for name, text in {"code": code, "phone": TELECOM.phone, "id_suffix": "012345"}.items():
        expect(portal.field(name)).to_have_value(text)
    expect(filing.open().challenge(TELECOM, "错误")).to_have_text(re.compile("^共 0 次"))
    portal.fill(id_suffix=TELECOM.id_suffix)
    portal.send("验证")
    portal.expect_answer(ALL_DONE, good=True)


@pytest.mark.rule("V-12", "V-08")
def test_reload_of_the_answer_shows_it_again_and_counts_nothing(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    portal = walk.portal()
    portal.verify(code, TELECOM, id_suffix="012345")
    portal.expect_answer(NOT_FOUND, good=False)
    portal.page.reload()
    portal.expect_answer(NOT_FOUND, good=False)
    portal.page.get_by_role("button", name="改了再提交").click()
    expect(portal.field("code")).to_have_value(code)
    expect(filing.open().challenge(TELECOM, "错误")).to_contain_text("其中证件号码 1 次")


@pytest.mark.rule("V-01", "V-02", "V-13")
def test_malformed_entries_are_named_beside_their_fields_and_count_nothing(walk: Walk) -> None:
    filing, _ = submit_and_receive(walk)
    portal = walk.portal()
    portal.open_verify()
    portal.fill(code="12345", phone="23300000201", id_suffix="(1201X")
    portal.send("验证")
    problems = {
        "code": "验证码应为 6 位数字，请按短信内容填写。",
        "phone": "手机号码应为 1 开头的 11 位数字，请填写收到短信的号码。",
        "id_suffix": "括号也算一位，并且须用全角输入：请把 ( ) 改为（ ）。",
    }
    for name, sentence in problems.items():
        expect(portal.field(name)).to_have_accessible_description(sentence)
        expect(portal.field(name)).to_have_attribute("aria-invalid", "true")
    expect(portal.page.locator(".errors li")).to_have_text(list(problems.values()))
    labels = portal.page.locator(".entry__label")
    expect(labels).to_have_text(["核验操作码", "手机号码", "身份证件号码后六位", "图形验证码"])
    expect(filing.open().challenge(TELECOM, "错误")).to_have_text(re.compile("^共 0 次"))


@pytest.mark.rule("I-01")
def test_entry_is_read_as_people_type_and_paste_it(walk: Walk) -> None:
    _, _ = submit_and_receive(walk)
    message = walk.phone(TELECOM).page.locator(".sms__text").inner_text()
    portal = walk.portal()
    portal.open_verify()
    portal.fill(code=message, phone="+86 133-0000-0201", id_suffix=" ０１２０１ｘ ")
    portal.send("验证")
    portal.expect_answer(ALL_DONE, good=True)


# ── Messages that do not come ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("C-10", "C-05", "R-01", "R-02", "R-03", "R-04")
def test_message_that_a_spam_filter_took_is_sent_again_by_hand(walk: Walk) -> None:
    filing = walk.provider.submit(TELECOM)
    phone = walk.phone(TELECOM)
    phone.turn("垃圾短信拦截")
    walk.clock.forward("+5 分钟")
    phone.expect_missing("被垃圾短信拦截")
    phone.turn("垃圾短信拦截")
    phone.expect_missing("被垃圾短信拦截")
    deadline = filing.open().fact("核验截止").inner_text()

    portal = walk.portal()
    portal.resend(MOBILE)
    portal.expect_answer(NOTHING_TO_RESEND, good=False)
    portal.resend(TELECOM)
    portal.expect_answer(RESENT, good=True)
    code = phone.code()
    expect(filing.open().challenge(TELECOM, "手动重发")).to_have_text("1 次")
    expect(filing.fact("核验截止")).to_have_text(deadline)
    portal.open_verify()
    portal.verify(code, TELECOM)
    portal.expect_answer(ALL_DONE, good=True)


@pytest.mark.rule("C-10")
def test_message_arrives_when_the_signal_is_back(walk: Walk) -> None:
    walk.provider.submit(TELECOM)
    phone = walk.phone(TELECOM)
    phone.turn("无信号")
    walk.clock.forward("+1 小时")
    phone.expect_missing("无信号，等待送达")
    phone.turn("无信号")
    code = phone.code()
    expect(phone.page.locator(".sms time")).to_have_text(re.compile(r"^2017-12-20 10:3\d:\d\d$"))
    walk.portal().verify(code, TELECOM)
    walk.portal().expect_answer(ALL_DONE, good=True)


@pytest.mark.rule("C-04", "C-05")
def test_noon_of_the_next_day_repeats_the_code_to_those_who_have_not_verified(walk: Walk) -> None:
    filing = walk.provider.submit(MOBILE, UNICOM)
    walk.clock.forward("+5 分钟")
    code = walk.phone(MOBILE).code()
    portal = walk.portal()
    portal.verify(walk.phone(UNICOM).code(), UNICOM)
    portal.expect_answer(PARTIAL, good=True)
    deadline = filing.open().fact("核验截止").inner_text()

    walk.clock.to("2017-12-21 11:59:00")
    walk.clock.to("2017-12-21 12:00:00")
    phone = walk.phone(MOBILE)
    assert phone.codes(messages=2) == [code, code]
    expect(phone.page.locator(".sms time").first).to_have_text("2017-12-21 12:00:00")
    expect(filing.open().fact("核验截止")).to_have_text(deadline)
    expect(walk.phone(UNICOM).messages).to_have_count(1)
    portal.verify(code, MOBILE)
    portal.expect_answer(ALL_DONE, good=True)


# ── Time runs out, and again ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-01", "D-02", "D-03", "V-15")
def test_filing_not_verified_in_48_hours_is_returned(walk: Walk) -> None:
    filing = walk.provider.submit(MOBILE, UNICOM)
    walk.clock.forward("+5 分钟")
    first, second = walk.phone(MOBILE).code(), walk.phone(UNICOM).code()
    portal = walk.portal()
    portal.verify(first, MOBILE)
    portal.expect_answer(PARTIAL, good=True)
    deadline = filing.open().fact("核验截止").inner_text()
    sent = walk.phone(UNICOM).page.locator(".sms time").inner_text()
    assert deadline.replace("12-22", "12-20") == sent

    walk.clock.to(str(datetime.fromisoformat(deadline) + timedelta(seconds=1)))  # the page leaves fractions out
    portal.verify(second, UNICOM)
    portal.expect_answer(NOT_FOUND, good=False)
    filing.expect_returned("超过时限未核验")
    expect(filing.challenge(UNICOM, "状态")).to_have_text("已过期")
    expect(filing.challenge(MOBILE, "状态")).to_have_text("已通过")
    expect(filing.page.get_by_text("我们会与您联系修改。")).to_be_visible()


@pytest.mark.rule("D-02")
def test_code_is_good_in_the_last_minute(walk: Walk) -> None:
    filing, code = submit_and_receive(walk)
    deadline = filing.open().fact("核验截止").inner_text()
    assert re.fullmatch(r"2017-12-22 09:3[5-9]:\d\d", deadline)
    walk.clock.to("2017-12-22 09:34:00")
    walk.portal().verify(code, TELECOM)
    walk.portal().expect_answer(ALL_DONE, good=True)


@pytest.mark.rule("D-04", "D-07", "V-15", "C-05")
def test_resubmission_brings_a_new_code_to_the_new_phone(walk: Walk) -> None:
    filing, old_code = submit_and_receive(walk)
    number = filing.number
    walk.clock.forward("+3 天")
    filing.expect_returned("超过时限未核验")
    elsewhere = TELECOM.with_phone("18900000204")
    filing = walk.provider.resubmit(filing, "主体负责人", 联系方式1=elsewhere.phone)
    assert filing.number == number
    expect(filing.fact("实际状态")).to_have_text("待短信核验")

    walk.clock.forward("+5 分钟")
    code = walk.phone(elsewhere).code()
    assert code != old_code
    portal = walk.portal()
    portal.verify(old_code, TELECOM)
    portal.expect_answer(NOT_FOUND, good=False)
    portal.verify(code, elsewhere)
    portal.expect_answer(ALL_DONE, good=True)
    filing.expect_state("管局审核")


# ── Where it does not hold, and without scripts ──────────────────────────────────────────────────────────────────────


@pytest.mark.rule("P-01", "N-04")
def test_province_in_which_nothing_is_in_force_asks_for_no_verification(walk: Walk, stack: Stack) -> None:
    portal = walk.portal("浙江")
    portal.open()
    expect(portal.page.get_by_role("link", name="备案短信核验", exact=True)).to_have_count(0)
    portal.page.goto(f"{portal.page.url}verify/")
    expect(portal.page.get_by_role("heading", name="备案短信核验尚未施行")).to_be_attached()
    expect(portal.page.get_by_role("textbox")).to_have_count(0)
    filing = walk.provider.submit(TELECOM, province="浙江")
    expect(filing.fact("实际状态")).to_have_text("管局审核")
    walk.clock.forward("+5 分钟")
    phones = walk.phones()
    expect(phones.get_by_role("heading", name="模拟手机")).to_be_visible()
    expect(phones.get_by_role("link", name=TELECOM.phone)).to_have_count(0)


@pytest.mark.rule("V-01", "V-12", "V-16", "R-03")
def test_whole_way_without_scripts_on_a_narrow_screen(new_page: NewPage, stack: Stack) -> None:
    walk = Walk(new_page(width_and_height=NARROW, javascript=False), stack)
    walk.start()
    filing = walk.provider.submit(MOBILE, UNICOM)
    walk.clock.forward("+5 分钟")
    portal = walk.portal()
    portal.resend(MOBILE)
    portal.expect_answer(RESENT, good=True)
    code, again = walk.phone(MOBILE).codes(messages=2)
    assert code == again
    portal.open_verify()
    portal.fill(code=code, phone=MOBILE.phone, id_suffix=MOBILE.id_suffix, digits="")
    portal.page.get_by_role("button", name="换一张").click()
    expect(portal.field("code")).to_have_value(code)
    portal.fill()
    portal.send("验证")
    portal.expect_answer(PARTIAL, good=True)
    portal.verify(walk.phone(UNICOM).code(), UNICOM)
    portal.expect_answer(ALL_DONE, good=True)
    filing.expect_state("管局审核")
