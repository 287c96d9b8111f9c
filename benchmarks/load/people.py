"""Who sits in the class, as Locust's users: members who do what the bar says, and a trainer's desks and projector.

They think a while before whatever they press, type wrong now and then, and look at the phone in a tab of its own.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any, ClassVar

import gevent
from locust import User, task

from benchmarks.load.browsing import PAUSE, Browser, Page, Tab
from portal.shared.page.drawings import digits_in

#: Who has begun an exercise just now waits so long to begin another.
START_PAUSE = 5
#: So often somebody mistypes the identity document first, and then does it right.
WRONG = 0.15
_ENTRY = ("phone", "verify")


@dataclass
class Room:
    """Where the class takes place: what all of them know, and who is in."""

    host: str
    port: int
    think: tuple[float, float]
    code: str = ""
    began_at: float = 0.0
    presses_within: float = 10.0

    def __post_init__(self) -> None:
        self.joined: list[float] = []
        self.finished = 0
        self.trainer: dict[str, str] = {}

    @property
    def path(self) -> str:
        """The page of the class."""
        return f"/class/{self.code}/"


class _Somebody(User):  # type: ignore[misc]  # Locust comes without types here
    """Somebody with a browser."""

    abstract = True
    room: ClassVar[Room]

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.browser = Browser(self.room.host, self.room.port, self._heard)
        self._followers: list[Any] = []

    def _heard(self, name: str, seconds: float, length: int, wrong: str) -> None:
        self.environment.events.request.fire(
            request_type="",
            name=name,
            response_time=seconds * 1000,
            response_length=length,
            exception=AssertionError(wrong) if wrong else None,
            context={},
        )

    def on_stop(self) -> None:
        """Close what is open."""
        gevent.killall(self._followers)

    def follow(self, tab: Tab) -> None:
        """Let a visible tab ask as its scripts do, as long as somebody sits there."""

        def forever() -> None:
            gevent.sleep(random.uniform(0, PAUSE))  # noqa: S311  # nobody opens a page at the same instant
            while True:
                tab.follow()
                gevent.sleep(tab.pause)

        self._followers.append(gevent.spawn(forever))

    def think(self) -> None:
        """As long as it takes to read, and to find the button."""
        gevent.sleep(random.uniform(*self.room.think))  # noqa: S311  # as above


class Member(_Somebody):
    """A trainee: joins when the others do, then does one exercise after the other."""

    def on_start(self) -> None:
        """Open the page, press the button within the same seconds as everybody."""
        self.main, self.phone = Tab(self.browser, Page("", 0, "", {})), Tab(self.browser, Page("", 0, "", {}))
        door = self.browser.get("page", self.room.path)
        press_at = self.room.began_at + random.uniform(0, self.room.presses_within)  # noqa: S311  # as above
        gevent.sleep(max(0.0, press_at - monotonic()))
        nickname = f"学员{random.randrange(10**6)}"  # noqa: S311  # as above
        self.home = self.main.show(self.browser.post("join", door, f"{self.room.path}join/", {"nickname": nickname}))
        assert "course-task" in self.home.text, f"did not get in: {self.home.status}"
        self.room.joined.append(monotonic())
        for tab in (self.main, self.phone):
            self.follow(tab)

    @task  # type: ignore[untyped-decorator]  # as above
    def do_all(self) -> None:
        """The exercises in their order; who is through begins anew."""
        for start in sorted(set(self._starts())):
            self.think()
            self._do(start)
            self.home = self.main.show(self.browser.get("page", self.room.path))

    def _starts(self) -> Iterable[str]:
        return [part.split('"')[0] for part in self.home.text.split('action="') if "/start/" in part.split('"')[0]]

    # ── An exercise ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, start: str) -> None:
        page = self.main.show(self.browser.post("start", self.home, start, {}))
        if page.path == self.room.path:  # one start is taken in a few seconds: they press again later
            gevent.sleep(START_PAUSE)
            return
        while True:
            self.think()
            bar = self._bar()
            if "lesson--good" in bar.text or "lesson--bad" in bar.text:
                self.main.show(self.browser.post("press", bar, "/lesson/finish/", {}))
                self.phone.show(Page("", 0, "", {}))
                self.room.finished += 1
                self.think()
                return
            if "data-step" not in bar.text:
                assert "data-under-way" in bar.text, f"there is no bar on {self.main.page.path}"
            else:
                self._step(bar)

    def _bar(self) -> Page:
        """The bar as the tab shows it, with the tokens of its own form."""
        return self.main.bar or self.main.page

    def _step(self, bar: Page) -> None:
        """Do what the bar says: read something, move the clock, or enter a code."""
        place = bar.first('data-guide-name="([^"]*)"')
        if bar.value("mark"):
            choices = bar.text.split('name="choice" value="')[1:]
            choice = random.choice([each.split('"')[0] for each in choices])  # noqa: S311  # nobody knows yet
            fields = {"step": bar.value("step"), "mark": bar.value("mark"), "choice": choice}
            self._press(bar, "predict", fields)
        elif "/lesson/seen/" in bar.text:
            if 'data-guide-here="false"' in bar.text:
                self.main.show(
                    self.browser.get("page", _path(bar.first('data-guide-button[^>]*data-guide-page="([^"]*)"')))
                )
                self.think()
                bar = self._bar()
            self._press(bar, "seen", {"step": bar.value("step")})
        elif place.startswith("clock"):
            page = self.main.show(self.browser.get("page", "/clock/"))
            self.think()
            self.main.show(self.browser.post("press", page, "/clock/jump/", {"next": "/clock/"}))
        else:
            assert place.split(".")[0] in _ENTRY, f"nobody has been told what to do at {place}"
            self._enter(bar)

    def _press(self, bar: Page, button: str, fields: dict[str, str]) -> None:
        """A button of the bar: it leads back to the page."""
        to = {**fields, "next": self.main.page.path}
        self.main.show(self.browser.post("press", bar, f"/lesson/{button}/", to))

    def _enter(self, bar: Page) -> None:
        """Look at the phone, type what it says, and the digits of the picture."""
        phone = bar.first('href="([^"]*)"[^>]*data-guide-phone')
        page = self.phone.show(self.browser.get("page", _path(phone or bar.first('data-guide-page="([^"]*)"'))))
        typed = {
            "code": page.first(r'sms__code digits">(\d{6})<'),
            "phone": page.first(r'<span class="digits">(\d{11})</span></h1>'),
            "id_suffix": page.first(r'证件号码后六位 <span class="digits">([^<]+)</span>'),
        }
        assert all(typed.values()), f"{page.path} does not tell what to type: {typed}"
        self.think()
        if random.random() < WRONG:  # noqa: S311  # as above
            self._send({**typed, "id_suffix": "000000"})
            self.think()
        self._send(typed)

    def _send(self, typed: dict[str, str]) -> None:
        form = self.main.show(self.browser.get("page", "/verify/"))
        token = form.value("captcha_0")
        self.browser.ask("picture", "GET", form.first('class="captcha__picture" src="([^"]*)"'))
        self.think()
        self.browser.ask(
            "draft", "POST", form.first('data-keep="([^"]*)"'), {**form.tokens, **typed, "draft": "verify"}
        )
        answer = {"captcha_0": token, "captcha_1": digits_in(token.partition(".")[0])}
        self.main.show(self.browser.post("entry", form, "/verify/", {**typed, **answer}))
        assert "answer__mark" in self.main.page.text, "the entry was not answered"


class Desk(_Somebody):
    """A desk or the projector's page, which asks for itself every two seconds (courses.js)."""

    abstract = True
    page: ClassVar[str]

    def on_start(self) -> None:
        """Open it."""
        self.browser.cookies.update(self.room.trainer)
        self.tab = Tab(self.browser, self.browser.get(self.page, f"{self.room.path}{self.page}/"))

    @task  # type: ignore[untyped-decorator]  # as above
    def look(self) -> None:
        """Ask once."""
        begun = perf_counter()
        self.tab.follow_class(self.page)
        gevent.sleep(max(0.0, PAUSE - (perf_counter() - begun)))


class TrainersDesk(Desk):
    """教员台."""

    page = "desk"


class Projector(Desk):
    """投影."""

    page = "screen"


def _path(address: str) -> str:
    """The path of an address of the national host, without its anchor."""
    path = address.partition("#")[0]
    return "/" + path.split("/", 3)[3] if "://" in path else path
