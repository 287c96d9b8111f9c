"""A row that raises on the running site: set aside, told, and done after all, at its due time."""

from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.walk import MOBILE, TELECOM, Filing, Walk
from tests.stack_process import Stack

#: Without its moments a filing cannot go on from the first sending: the tables refuse it. The noon is not needed.
BREAK = """
from verification.models import Filing
row = Filing.objects.get(number="{number}", sandbox__filings__number="{other}")
print(row.pk, row.deadline_at.isoformat())
Filing.objects.filter(pk=row.pk).update(noon_at=None, deadline_at=None)
"""
REPAIR = """
from verification.models import Filing
Filing.objects.filter(pk={pk}).update(deadline_at="{deadline_at}")
"""


def alarms_of(stack: Stack) -> Any:
    return stack.get_json("/readyz")["parts"]["alarms"]


def when(filing: Filing, event: str) -> datetime:
    item = filing.open().page.locator(".timeline__item").filter(has=filing.page.get_by_text(event))
    return datetime.fromisoformat(item.locator("time").get_attribute("datetime") or "")


def test_broken_row_waits_for_the_trainer_and_holds_nobody_up(page: Page, stack: Stack) -> None:
    walk = Walk(page, stack)
    walk.start()
    broken, sound = (walk.provider.submit(person) for person in (MOBILE, TELECOM))
    pk, deadline_at = stack.manage("shell", text=BREAK.format(number=broken.number, other=sound.number)).split()[-2:]
    walk.clock.forward("+1 小时")
    walk.phone(TELECOM).code()
    assert alarms_of(stack) == {"ok": True, "set_aside": 1}

    page.goto(stack.url("/trainer/"))
    notice = page.get_by_role("region", name="搁置的定时事项")
    expect(notice.get_by_role("listitem")).to_contain_text(f"{broken.number}：下发验证码，IntegrityError")
    stack.manage("shell", text=REPAIR.format(pk=pk, deadline_at=deadline_at))
    notice.get_by_role("button", name="重新处理").click()
    expect(page.get_by_text("1 份申请正在重新处理")).to_be_visible()
    expect(notice).to_have_count(0)
    walk.phone(MOBILE).code()
    assert alarms_of(stack) == {"ok": True, "set_aside": 0}
    assert when(broken, "下发验证码") - when(broken, "进入短信核验") == timedelta(minutes=5)
