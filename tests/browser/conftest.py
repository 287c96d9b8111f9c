"""Chromium in front of the real stack."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.stack_process import Stack
from tools import browser as chromium
from tools.places import VAR

#: Playwright switches these off, all but the last, by an argument of which only the last one counts; so they are named
#: again. The last gives every page a new frame, which is a third of the work of loading one.
SWITCHED_OFF = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "RenderDocument",
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
    f"--disable-features={','.join(SWITCHED_OFF)}",
    "--renderer-process-limit=1",  # a process for each tab and host would cost more than the page in it
]
PATIENCE = 10_000  # milliseconds for a busy machine to do a job and to show it
WIDE, NARROW = (1280, 900), (390, 844)

NewPage = Callable[..., Page]
REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know how their test ended."""
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a worker, in front of its one site; each visitor has a profile of its own."""
    program = chromium.find()
    if program is None:
        pytest.fail("There is no Chromium: run `make test` once, or set CHROMIUM.", pytrace=False)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What went wrong in the pages behind the test's back: it must be nothing, or taken out of the list by the test."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def new_page(request: pytest.FixtureRequest, browser: Browser, stack: Stack, problems: list[str]) -> Iterator[NewPage]:
    """Opens a page of a further visitor, whose other tabs are watched too: new_page(width_and_height=NARROW)."""
    contexts: list[BrowserContext] = []

    def make(*, width_and_height: tuple[int, int] = WIDE, javascript: bool = True) -> Page:
        context = watched_context(
            browser, stack.port, problems, width_and_height=width_and_height, javascript=javascript
        )
        contexts.append(context)
        return context.new_page()

    yield make
    if has_failed(request):
        take_pictures(request, [tab for context in contexts for tab in context.pages])
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """The page of the test's visitor."""
    return new_page()


def watched_context(
    browser: Browser,
    port: int,
    problems: list[str],
    *,
    width_and_height: tuple[int, int] = WIDE,
    javascript: bool = True,
) -> BrowserContext:
    """The profile of a visitor; what goes wrong in any of its tabs goes into the list."""
    width, height = width_and_height
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        java_script_enabled=javascript,
    )
    context.set_default_timeout(PATIENCE)
    context.on("console", lambda message: note_message(problems, message))
    context.on("weberror", lambda problem: problems.append(f"script: {problem.error}"))
    context.on("requestfailed", lambda failed: note_failure(problems, failed, port))
    return context


def has_failed(request: pytest.FixtureRequest) -> bool:
    """Whether the test that has just ended did not hold."""
    report = request.node.stash.get(REPORT, None)
    return report is not None and report.failed


def take_pictures(request: pytest.FixtureRequest, tabs: Sequence[Page]) -> None:
    """Leave pictures of what the visitors saw last."""
    for number, tab in enumerate(tabs, start=1):
        name = re.sub(r"\W+", "-", request.node.name)
        tab.screenshot(path=VAR / "test-results" / f"{name}-{number}.png", full_page=True)


def note_message(problems: list[str], message: ConsoleMessage) -> None:
    """Errors and warnings of the console are problems, but for an icon that Chromium asks for on its own account."""
    url = message.location.get("url", "")
    if message.type in {"error", "warning"} and not url.endswith("/favicon.ico"):
        problems.append(f"console: {message.text} ({url})")


def note_failure(problems: list[str], request: Request, port: int) -> None:
    """A request that did not come through is one, unless the page was left before its answer came."""
    if f":{port}/" in request.url and request.failure != "net::ERR_ABORTED":
        problems.append(f"request: {request.method} {request.url}: {request.failure}")
