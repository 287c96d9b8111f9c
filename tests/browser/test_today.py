"""Today's rules as people meet them: an APP from the provider's form to its 备案号."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, NewPage
from tests.browser.walk import MOBILE, UNICOM, Walk
from tests.stack_process import Stack

PARTIAL = (31, "您的短信核验完成，请等待其他核验人进行短信核验")
ALL_DONE = (3, "您的短信核验已全部完成，该请求将提交管局审核")


@pytest.mark.rule("T-02", "T-07", "T-09", "T-10", "T-11")
@pytest.mark.parametrize("width_and_height", [WIDE, NARROW], ids=["wide", "narrow"])
def test_app_goes_from_the_form_to_its_number(
    new_page: NewPage, stack: Stack, width_and_height: tuple[int, int]
) -> None:
    walk = Walk(new_page(width_and_height=width_and_height), stack)
    walk.start("今天")
    provider = walk.provider
    provider.begin_app(MOBILE, UNICOM, name="走查应用", package="zoucha")
    page = provider.page
    android = page.get_by_role("group", name="安卓", exact=True)
    page.get_by_role("button", name="用演练数据填写空白项").click()
    expect(android.get_by_label("证书 MD5 指纹")).to_have_value(re.compile("^..(:..){15}$"))
    page.get_by_role("button", name="下一步：接入商初审").click()
    expect(android.get_by_text("安卓包名由至少两段组成")).to_be_visible()
    android.get_by_label("包名").fill("com.example.zoucha")
    filing = provider.send()
    walk.clock.forward("+5 分钟")
    codes = {person: walk.phone(person).code() for person in (MOBILE, UNICOM)}
    expect(walk.phone(UNICOM).messages.first).to_contain_text("12381")
    for person, answer in ((UNICOM, PARTIAL), (MOBILE, ALL_DONE)):
        walk.national_portal.verify(codes[person], person)
        walk.national_portal.expect_code(*answer, good=True)
    filing.expect_state("管局审核")
    walk.bureau.accept(filing)
    expect(filing.open().page.get_by_text(re.compile("^陇ICP备[0-9]{8}号-1A$"))).to_be_visible()
