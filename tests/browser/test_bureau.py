"""An officer's round in Chromium: the queue, the first look, decisions on many, and who decided what."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.browser.walk import MOBILE, TELECOM, UNICOM, Bureau, Filing, Portal, Walk
from tests.stack_process import Stack

#: Nobody has to verify there in 2018, so that a filing waits for the bureau at once.
PROVINCE = "北京"
OFFICER = "王科员"

Submit = Callable[[str], Filing]


@pytest.fixture
def teacher(new_page: NewPage, stack: Stack) -> Walk:
    """Who has begun a class of 2018, and submits what the officer is to decide."""
    walk = Walk(new_page(), stack)
    page = walk.page
    page.goto(stack.url("/lobby/"))
    page.get_by_text("自选开始时刻和规则版本，或开一个多人演练").click()
    page.get_by_label("演练情景").select_option("2018 年 · 浙江")
    page.get_by_label("多人演练").check()
    page.get_by_role("button", name="按这些设置开始").click()
    expect(page.locator(".code")).to_be_visible()
    return walk


@pytest.fixture
def submit(teacher: Walk) -> Submit:
    """Submits a first filing that nobody has to verify, by the name of its website."""
    persons = iter((MOBILE, UNICOM, TELECOM))
    return lambda name: teacher.provider.submit(next(persons), province=PROVINCE, domain=f"{name}.example.com")


def sign_in(page: Page, teacher: Walk) -> Bureau:
    """Join the class as an officer, and go to the bureau's console by the banner."""
    page.goto(teacher.stack.url("/lobby/"))
    form = page.get_by_role("region", name="加入别人的演练")
    form.get_by_label("加入码").first.fill(teacher.page.locator(".code").inner_text())
    form.get_by_label("您的称呼").fill(OFFICER)
    form.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_text("您已加入")).to_be_visible()
    roles = teacher.page
    roles.goto(teacher.stack.url("/lobby/participants/"))
    roles.get_by_role("group", name="身份").get_by_label("管局").check()
    roles.get_by_role("button", name="保存大家的身份").click()
    expect(roles.get_by_role("status").first).to_be_visible()
    page.reload()
    page.get_by_role("navigation", name="切换身份").get_by_role("link", name="管局").click()
    expect(page.get_by_role("heading", name="备案审核")).to_be_visible()
    return Bureau(page, teacher.stack)


@pytest.mark.rule("D-06", "W-23")
def test_round_of_an_officer(page: Page, teacher: Walk, submit: Submit) -> None:
    first, second, wrong = (submit(name) for name in ("yi", "er", "san"))
    bureau = sign_in(page, teacher)
    # The first look at a new number: only now a code goes out.
    page.get_by_role("row").filter(has_text="变更手机号码").get_by_role("link").click()
    page.get_by_role("link", name="预审通过…").click()
    page.get_by_role("button", name="预审通过", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("预审通过，约 5 分钟后向新的手机号码下发验证码。")
    expect(page.locator(".timeline__item", has_text="管局预审通过")).to_contain_text(OFFICER)
    # Two are accepted in one go, and one is rejected.
    bureau.begin_batch("通过", first, second)
    page.get_by_role("button", name="通过勾选的申请").click()
    expect(page.get_by_role("status")).to_have_text("2 份申请都已通过。")
    numbers = page.locator("[data-label=结果]").all_inner_texts()
    found = [re.search(r"京ICP备18\d{6}号", text) for text in numbers]
    assert [match and match[0] for match in found] == ["京ICP备18000001号", "京ICP备18000002号"]
    page.get_by_role("link", name="返回列表").click()
    page.go_back()  # no question of the browser whether to decide once more
    expect(page.get_by_role("heading", level=1)).to_have_text("批量通过")
    page.go_forward()
    bureau.begin_batch("驳回", wrong)
    page.get_by_label("驳回原因").fill("主体名称与证件不一致，请按证件改正。")
    page.get_by_role("button", name="驳回勾选的申请").click()
    expect(page.get_by_role("status")).to_have_text("这份申请已驳回。")
    # The histories name the officer, and the record can be queried by everybody.
    page.get_by_role("link", name="返回列表").click()
    page.get_by_label("状态").select_option("审核通过")
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("link", name=second.number).click()
    expect(page.locator(".timeline__item").last).to_contain_text(f"备案号 京ICP备18000002号 · {OFFICER}")
    wrong.expect_returned("管局驳回")
    expect(wrong.page.locator(".timeline__item").last).to_contain_text(f"请按证件改正。 · {OFFICER}")
    page.goto(teacher.stack.url("/query/"))
    page.get_by_label("备案号", exact=True).check()
    portal = Portal(page, teacher.stack, PROVINCE)
    portal.fill(q="京ICP备18000002号")
    portal.send("查询")
    expect(page.locator("td[data-label=备案号]")).to_have_text(["京ICP备18000002号-1"])
    expect(page.locator("td[data-label=网站域名]")).to_have_text(["er.example.com"])


@pytest.mark.parametrize("javascript", [True, False])
def test_whole_page_is_chosen_and_decided_on_a_phone_with_and_without_scripts(
    new_page: NewPage, teacher: Walk, submit: Submit, javascript: bool
) -> None:
    made = [submit(name) for name in ("yi", "er")]
    page = new_page(width_and_height=NARROW, javascript=javascript)
    sign_in(page, teacher)
    page.get_by_role("navigation", name="各省待处理").get_by_role("link", name=f"{PROVINCE} 2").click()
    page.get_by_text("全选本页").click()
    for filing in made:
        expect(page.get_by_label(f"选择 {filing.number}")).to_be_checked()
    expect(page.get_by_text("取消全选")).to_be_visible()
    if javascript:
        expect(page.get_by_role("status")).to_have_text("已勾选 2 份")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="驳回…", exact=True).click()
    page.get_by_label(f"选择 {made[0].number}").uncheck()
    page.get_by_role("button", name="驳回勾选的申请").click()
    expect(page).to_have_title(re.compile("^错误：批量驳回"))
    expect(page.get_by_label(f"选择 {made[0].number}")).not_to_be_checked()
    expect(page.get_by_label(f"选择 {made[1].number}")).to_be_checked()
    page.get_by_label("驳回原因").fill("网站名称不符合要求。")
    page.get_by_role("button", name="驳回勾选的申请").click()
    expect(page.get_by_role("status")).to_have_text("这份申请已驳回。")
    page.get_by_role("link", name="返回列表").click()
    expect(page.get_by_role("navigation", name="各省待处理").locator("[aria-current]")).to_have_text(f"{PROVINCE} 1")
    expect(page.get_by_role("link", name=made[0].number)).to_be_visible()


def test_officer_with_the_keyboard_only(page: Page, teacher: Walk, submit: Submit) -> None:
    filing = submit("yi")
    sign_in(page, teacher)
    page.get_by_role("button", name="全选本页").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label(f"选择 {filing.number}")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_label(f"选择 {filing.number}")).not_to_be_checked()
    page.get_by_label(f"选择 {filing.number}").press("Space")
    expect(page.get_by_role("status")).to_have_text("已勾选 1 份")
    page.get_by_role("button", name="通过…", exact=True).press("Enter")
    page.get_by_role("button", name="通过勾选的申请").press("Enter")
    expect(page.get_by_role("status")).to_have_text("这份申请已通过。")
