"""An officer's round in Chromium: the queue, one decision, decisions on many, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.browser.walk import MOBILE, TELECOM, UNICOM, Walk
from tests.stack_process import Stack

PROVINCE = "浙江"  # where nobody has to verify in 2017, so that a filing waits for the bureau at once


@pytest.mark.rule("D-06")
def test_round_of_an_officer(page: Page, stack: Stack) -> None:
    walk = Walk(page, stack)
    walk.start()
    first, second, wrong = (walk.provider.submit(person, province=PROVINCE) for person in (MOBILE, UNICOM, TELECOM))
