"""What is special to the later editions, as people would do it on the pages, with the real site behind.

Each test plays in a sandbox of its own. The persons are those of the demo's 演练老客户有限公司.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walk import Filing, Person, Walk
from tests.stack_process import Stack

OWNER = Person("演己", "110101190001010065", "18600000006")
WEBMASTER = Person("演庚", "110101190001010073", "13300000007")
EXPANSION, NATIONAL = "2018 年 · 浙江", "2020 年 · 全国"


@pytest.fixture
def walk(page: Page, stack: Stack) -> Walk:
    """A visitor without a sandbox yet."""
    return Walk(page, stack)


def open_form(walk: Walk, kind: str, record: str = "演练老客户有限公司", *, provider: str = "演练云") -> Page:
    """The form of a kind on a record of the demo, at one of the two providers."""
    page = walk.provider.page
    page.goto(walk.stack.url("/provider/"))
    page.get_by_role("navigation", name="选择接入商").get_by_role("link", name=provider).click()
    page.get_by_role("link", name="新建备案申请").click()
    page.get_by_role("link").filter(has=page.get_by_role("heading", name=kind, exact=True)).click()
    page.get_by_role("row", name=record).get_by_role("link").click()
    expect(page.get_by_role("heading", name=f"{kind}：填写申请")).to_be_visible()
    return page


def send(page: Page, kind: str) -> Filing:
    """Take the last look and submit."""
    page.get_by_role("button", name="下一步：接入商初审").click()
    page.get_by_role("button", name="初审通过，提交管局").click()
    expect(page.get_by_role("heading", name=re.compile(rf"{kind} \d+"))).to_be_visible()
    return Filing(page, page.url, page.locator("h1 .digits").inner_text())


def verify(walk: Walk, code: str, person: Person, *, province: str) -> None:
    """Enter the three pieces on the portal of the province."""
    portal = walk.portal()
    portal.page.goto(walk.stack.url(f"/go/{province}?to=/verify/"))
    portal.fill(code=code, phone=person.phone, id_suffix=person.id_suffix)
    portal.field("captcha_1").press("Enter")
    expect(portal.field("captcha_1")).to_have_count(0)


@pytest.mark.rule("W-14", "W-15")
def test_cancelled_website_goes_on_after_one_of_two_has_passed(walk: Walk) -> None:
    walk.start(EXPANSION)
    page = open_form(walk, "注销网站")
    page.get_by_role("group", name=re.compile("演练老站")).get_by_label("选择这个网站").check()
    page.get_by_role("button", name="下一步：接入商初审").click()
    targets = page.get_by_role("region", name="将收到验证码的手机")
    expect(targets.get_by_role("listitem")).to_have_count(2)
    expect(targets).to_contain_text("其中一人核验通过即可")
    page.get_by_role("button", name="初审通过，提交管局").click()
    filing = Filing(page, page.url, page.locator("h1 .digits").inner_text())
    filing.expect_state("待短信核验")
    walk.clock.forward("+5 分钟")
    code, _ = walk.phone(WEBMASTER).codes(messages=2)  # the demo has a 注销网站 of its own, which was sent before
    verify(walk, code, WEBMASTER, province="z")
    filing.expect_state("管局审核")
    expect(filing.challenge(WEBMASTER, "状态")).to_have_text("已通过")
    expect(filing.challenge(OWNER, "状态")).to_have_text("不再需要")


@pytest.mark.rule("W-23", "D-08")
def test_new_phone_gets_its_code_only_after_the_prereview(walk: Walk) -> None:
    walk.start(EXPANSION)
    new_phone = "13900000555"
    page = open_form(walk, "变更手机号码")
    expect(page.get_by_label("姓名")).to_have_count(0)
    page.get_by_role("group", name="主体负责人", exact=True).get_by_label("联系方式1").fill(new_phone)
    filing = send(page, "变更手机号码")
    expect(filing.fact("实际状态")).to_have_text("管局预审")
    expect(filing.fact("备案人看到")).to_have_text("管局审核中")
    walk.clock.forward("+1 小时")
    filing.expect_state("管局预审")
    expect(walk.phone(OWNER.with_phone(new_phone)).messages).to_have_count(0)

    bureau = walk.bureau
    bureau.open(filing)
    bureau.page.get_by_role("link", name="预审通过…").click()
    bureau.page.get_by_role("button", name="预审通过", exact=True).click()
    expect(bureau.page.get_by_role("status")).to_contain_text("约 5 分钟后向新的手机号码下发验证码")
    walk.clock.forward("+5 分钟")
    owner = OWNER.with_phone(new_phone)
    verify(walk, walk.phone(owner).code(), owner, province="z")
    filing.expect_state("管局审核")
    walk.bureau.accept(filing)
    filing.expect_state("审核通过")


def file_access_with_another_phone(walk: Walk, kind: str) -> Filing:
    """The other provider adds its access, with a phone that is not on record."""
    page = open_form(walk, kind, provider="示例主机")
    website = page.get_by_role("group", name=re.compile("演练老站"))
    website.get_by_label("为这个网站新增接入").check()
    website.get_by_label("联系方式1").fill("13900000777")
    return send(page, kind)


@pytest.mark.rule("W-24")
def test_new_access_with_another_phone_is_returned_in_2017(walk: Walk) -> None:
    walk.start()
    filing = file_access_with_another_phone(walk, "新增接入备案")
    filing.expect_returned("数据校验未通过")
    expect(filing.page.get_by_text("请先到原接入商变更负责人手机号码").first).to_be_visible()


@pytest.mark.rule("W-24")
def test_new_access_with_another_phone_is_verified_on_record_in_2020(walk: Walk) -> None:
    walk.start(NATIONAL)
    filing = file_access_with_another_phone(walk, "新增接入")
    expect(filing.fact("实际状态")).to_have_text("待短信核验")
    expect(filing.page.get_by_role("link", name="13900000777")).to_have_count(0)
    walk.clock.forward("+5 分钟")
    assert walk.phone(WEBMASTER).code()
    expect(filing.open().challenge(WEBMASTER, "状态")).to_have_text("待核验")


@pytest.mark.rule("I-03", "I-04")
def test_back_of_the_permit_is_asked_of_its_holder_only(walk: Walk) -> None:
    walk.start(NATIONAL)
    page = walk.provider.page
    page.goto(walk.stack.url("/provider/new/?province=z&kind=first_filing"))
    person = page.get_by_role("group", name="主体负责人", exact=True)
    back = person.get_by_label("通行证背面的香港或澳门身份证件号码")
    expect(back).to_be_hidden()
    person.get_by_label("证件类型").select_option("港澳居民来往内地通行证")
    expect(back).to_be_visible()
    back.fill("A123456(7)")
    person.get_by_label("证件类型").select_option("护照")
    expect(back).to_be_hidden()


def test_trainer_pins_an_edition_for_the_next_submission(walk: Walk) -> None:
    walk.start()
    page = walk.page
    page.get_by_role("navigation", name="切换身份").get_by_role("link", name="教员").click()
    page.get_by_label("适用的版本").select_option("2020 年全国版")
    page.get_by_role("button", name="保存规则版本").click()
    expect(page.get_by_role("status")).to_contain_text("从下一次提交起适用“2020 年全国版”")
    open_form(walk, "变更主体")
    page.get_by_role("button", name="系统故障").click()
    expect(page.get_by_role("button", name="系统故障")).to_have_attribute("aria-pressed", "true")


@pytest.mark.rule("W-14")
def test_comparison_is_chosen_and_read_without_a_sandbox(page: Page, stack: Stack) -> None:
    page.goto(stack.url("/editions/"))
    page.get_by_label("一个版本", exact=True).select_option("2018 年试点延续版")
    page.get_by_label("另一个版本").select_option("2018 年扩大试点版")
    page.get_by_label("只列出不同之处").check()
    page.get_by_role("button", name="比较").click()
    row = page.get_by_role("row", name=re.compile("^注销主体"))
    expect(row).to_contain_text("≠ 不同")
    expect(row).to_contain_text("同一问答的第（三）节没有提到注销")
    expect(page.get_by_text("≠ 不同").first).to_be_visible()
