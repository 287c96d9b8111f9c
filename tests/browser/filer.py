"""What a filer does on the portals, for the tests that walk through them."""

import time

from django.test import override_settings
from playwright.sync_api import Page, expect

from portal.portals import captcha
from tests.stack_process import Stack


def begin(page: Page, stack: Stack, scenario: str = "2017 年 · 甘肃", host: str | None = None) -> None:
    """Begin a scenario with one click, and be in it: going elsewhere before would call it off."""
    page.goto(stack.url("/lobby/", host))
    with page.expect_navigation():
        page.get_by_role("button", name=f"开始演练：{scenario}").click()


def start(page: Page, stack: Stack, host: str | None = None) -> None:
    """Begin the scenario of 2017 in 甘肃 with one click, and let its codes go out."""
    begin(page, stack, host=host)
    page.goto(stack.url("/clock/", host))
    page.get_by_role("button", name="跳到下一个时刻").click()
    page.wait_for_load_state()


def open_challenge(stack: Stack) -> dict[str, str]:
    """The three pieces of one of two persons in a filing of the newest sandbox."""
    query = (
        "SELECT c.code, p.number, c.id_suffix FROM verification_challenge c"
        " JOIN verification_phone p ON p.id = c.phone_id"
        " JOIN verification_filing f ON f.id = c.filing_id AND f.mode = 'all'"
        " WHERE c.state = 'open' AND c.sandbox_id = (SELECT MAX(id) FROM verification_sandbox)"
        " AND (SELECT COUNT(*) FROM verification_challenge o WHERE o.filing_id = c.filing_id) = 2"
        " ORDER BY c.id LIMIT 1"
    )
    give_up = time.monotonic() + 20
    while not (found := stack.query(query)):  # the jobs follow the clock
        assert time.monotonic() < give_up, "no code went out"
        time.sleep(0.05)
    ((code, phone, id_suffix),) = found
    return {"code": code, "phone": phone, "id_suffix": id_suffix}


def digits_shown(page: Page, stack: Stack) -> str:
    """The digits in the picture, which the running site's own key tells."""
    key = (stack.data_dir / "secret-key").read_text(encoding="ascii").strip()
    with override_settings(SECRET_KEY=key):
        token = captcha.read(page.input_value("[name=captcha_0]"))
        assert token is not None
        return token.answer


def send(page: Page, stack: Stack, entry: dict[str, str]) -> str:
    """Fill in the form that is open, send it with Enter, and return the words of the answer."""
    for name, value in entry.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=captcha_1]", digits_shown(page, stack))
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_be_visible()
    return page.inner_text(".answer__text p:nth-of-type(2)")
