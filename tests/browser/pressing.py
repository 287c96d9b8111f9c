"""The acts of exercises, done by pressing what “show me” highlights: for tests, guides, pictures.

What is entered is read off the pages, as a person would; only the digits of a captcha come from the running site's key.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.browser.filer import digits_shown
from tests.stack_process import Stack
from training.content import intended, person_of, typed, with_mistakes
from training.facts import number_of
from training.files import Exercise, Step
from training.words import (
    OWN,
    Act,
    Decide,
    Enter,
    Mistake,
    Moment,
    Move,
    Piece,
    Read,
    Resend,
    Resubmit,
    Seen,
    Submit,
    Switch,
    Turn,
    Withdraw,
)
from verification.law.editions import editions
from verification.law.identity import suffix_of
from verification.law.words import Place

#: So many pages lie between any page and the control, at most.
_FARTHEST = 6
#: So often the clock is moved to its next moment for one step, at most.
_MOST_JUMPS = 6
#: So often Tab is pressed for one control, at most.
_MOST_TABS = 150
#: How the page of a phone calls a switch, and whether it is on there where the phone's column says yes.
_SWITCHES = {
    Switch.SIGNAL: ("no_signal", False),
    Switch.SPAM_FILTER: ("spam_filter", True),
    Switch.OTHER_HANDSET: ("other_handset", True),
}
_WRONG_ID, _WRONG_PHONE = "00000X", "13900000999"  # as training/performing.py has them


@dataclass(frozen=True)
class Message:
    """What a person reads on the phone for an entry: the code of a message, the number, and the holder's document."""

    code: str
    phone: str
    id_suffix: str


@dataclass
class Presser:
    """Somebody at an exercise who does what “show me” says: with a mouse, by keyboard alone, or without scripts."""

    page: Page
    stack: Stack
    exercise: Exercise
    by_keyboard: bool = False
    has_scripts: bool = True
    shows_the_way: bool = True
    step: Step | None = None
    about: str = ""  # the filing of several that is being decided
    wrong: dict[tuple[str, str], int] = field(default_factory=dict)  # by filing and person
    resent: set[str] = field(default_factory=set)

    # ── Pressing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def press(self, control: Locator) -> None:
        """Press a button or a link."""
        expect(control).to_be_visible()
        if self.by_keyboard:
            self._tab_to(control)
            self.page.keyboard.press("Enter")
        else:
            control.click()

    def press_and_go(self, control: Locator) -> None:
        """Press what leads to another page, or to the same one anew, and wait for it."""
        with self.page.expect_navigation():
            self.press(control)

    def type(self, control: Locator, text: str) -> None:
        """Put a text into an input, in the place of what is there."""
        if self.by_keyboard:
            self._tab_to(control)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        else:
            control.fill(text)

    def _tab_to(self, control: Locator) -> None:
        for _ in range(_MOST_TABS):
            if control.evaluate("control => control === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError("the Tab key does not come to the control")

    # ── The bar, and what it shows ───────────────────────────────────────────────────────────────────────────────────

    @property
    def bar(self) -> Locator:
        """The bar of the exercise."""
        return self.page.locator("[data-lesson]")

    def begin(self) -> None:
        """Start the exercise, with “show me” where there are scripts."""
        self.page.goto(self.stack.url("/exercises/"))
        self.press_and_go(self.page.locator(f"#{self.exercise.name}").get_by_role("button", name="开始"))
        expect(self.bar).to_be_visible()
        if self.has_scripts and self.shows_the_way:
            self.press(self.page.locator("[data-guide-button]"))
            expect(self.page.locator("html[data-guided]")).to_be_attached()

    def go_to(self, *names: str) -> Locator:
        """Follow what “show me” highlights until that is one of these places; the control."""
        guided = ""
        for _ in range(_FARTHEST):
            guided = self._guided()
            if guided in names:
                return self.page.locator(f"[data-guide~='{guided}']")
            if guided.startswith("phone") and not names[0].startswith("phone"):
                self.press_and_go(self.page.locator("#inbox").get_by_role("link", name="去核验").first)
            elif self.has_scripts:
                self.press_and_go(self.page.locator(".driver-active-element"))
        raise AssertionError(f"“show me” does not lead to {names[0]}: {guided} on {self.page.url}")

    def _guided(self) -> str:
        """The name of what is highlighted, or ``way``; without scripts of what the bar's link leads to."""
        if self.has_scripts:
            root = self.page.locator("html[data-guided]")
            expect(root).to_be_attached()
            return root.get_attribute("data-guided") or ""
        go = self.page.locator("[data-guide-button]")
        name = go.get_attribute("data-guide-name") or ""
        self.press_and_go(go)
        if self.page.locator(f"[data-guide~='{name}']:target").count():
            return name
        return "way"

    def rest(self) -> None:
        """Let the pause pass that lies between two re-sendings; whoever is led has been led to the clock."""

    def how_far(self, act: Move) -> object:
        """What is another once the clock has come to where the act moves it: the step."""
        return self.bar.get_attribute("data-step")

    # ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────

    def read_message(self, filing: str = "") -> Message:
        """Go to the phone of the step, and read its newest message, of a filing where several may be."""
        self._take_the_phone()
        page = self.page
        expect(page.locator(".handset")).to_be_visible()
        number = page.locator("h1 .digits").inner_text()
        id_suffix = page.locator(".phone-page .stack p .digits").first.inner_text()
        id_suffix = self._backs().get(number, id_suffix)
        messages = page.locator(".sms")
        name = next((each.name for each in self.exercise.opening.filings if each.label == filing), "")
        if name and messages.filter(has_text=name).count():
            messages = messages.filter(has_text=name)
        code = messages.first.locator(".sms__code").inner_text() if messages.count() else ""
        return Message(code, number, id_suffix)

    def _take_the_phone(self) -> None:
        phone = self.page.locator("[data-guide-phone]")
        if phone.count():
            self.press_and_go(phone.last)  # in the note, or else in the bar
        else:
            self.go_to("phone.code", "phone")

    def _backs(self) -> Mapping[str, str]:
        """By phone, what those type who hold a permit with a number on its back; the exercise tells them that."""
        holders = [person_of(self.exercise, label) for label in self.exercise.opening.persons]
        return {each.phone: suffix_of(each.id_back_number) for each in holders if each.id_back_number}


@dataclass
class Wanderer(Presser):
    """Somebody at an exercise who does not heed what is shown, and goes to the page of each act directly."""

    act: Any = None

    def read_message(self, filing: str = "") -> Message:
        """As whoever heeds it; of a message that has not arrived the code is known all the same."""
        message = super().read_message(filing)
        sql = "SELECT c.code FROM verification_challenge c JOIN verification_phone p ON p.id = c.phone_id "
        sql += "WHERE c.filing_id = ? AND p.number = ? ORDER BY c.round DESC"
        codes = [] if message.code else self.stack.query(sql, self._filing, message.phone)
        return replace(message, code=codes[0][0]) if codes else message

    def go_to(self, *names: str) -> Locator:
        """Go to the page of the first of these places, unless one is there; the control."""
        name = "bureau.filing" if names[0] == "papers" else names[0]
        address, control = self._address_of(name), self.page.locator(f"[data-guide~='{name}']").first
        is_there = self.page.url.partition("?")[0].partition("#")[0] == address.partition("?")[0]
        if not is_there or not control.count():
            self.page.goto(address)
        return control

    def rest(self) -> None:
        """Let the pause pass that lies between two re-sendings."""
        self.press_and_go(self.go_to("clock.strides").get_by_role("button").first)
        self.press_and_go(self.page.locator("[data-guide~='clock.confirm']"))

    def how_far(self, act: Move) -> object:
        """Whether the moment has come, as the rows tell."""
        asked = {
            Moment.FIRST_SENDING: "SELECT 1 FROM verification_challenge WHERE filing_id = ? AND state = 'open'",
            Moment.NOON: "SELECT 1 FROM verification_event WHERE filing_id = ? AND kind = 'challenge.noon_resent'",
            Moment.DEADLINE: "SELECT 1 FROM verification_filing WHERE id = ? AND state = 'returned'",
        }
        assert act.to is not None
        return bool(self.stack.query(asked[act.to], self._filing))

    def _take_the_phone(self) -> None:
        self.go_to("phone.code")

    def _address_of(self, name: str) -> str:
        opening = self.exercise.opening
        if name.startswith("phone."):
            sql = "SELECT id FROM verification_phone WHERE sandbox_id = ? AND number = ?"
            ((phone,),) = self.stack.query(sql, self._sandbox, number_of(self.exercise, self.act.person))
            return self.stack.url(f"/phone/{phone}/")
        if name.startswith("clock."):
            return self.stack.url("/clock/")
        if name == "provider.form":
            spec = opening.submissions[self.act.submission]
            asked = {"province": opening.province, "kind": spec.kind.value}
            if spec.record:
                record = next(each.name for each in opening.records if each.label == spec.record)
                sql = "SELECT number FROM verification_subject WHERE sandbox_id = ? AND name = ?"
                ((asked["subject_number"],),) = self.stack.query(sql, self._sandbox, record)
            return self.stack.url(f"/provider/new/?{urlencode(asked)}")
        if name.partition(".")[0] in ("verify", "resend"):
            return self._portal_of(name.partition(".")[0])
        part, _, page = name.partition(".")
        rest = {"status": "", "filing": ""}.get(page, f"{page}/")
        return self.stack.url(f"/{part}/{self._filing}/{rest}")

    def _portal_of(self, page: str) -> str:
        ((edition_id, province),) = self.stack.query(
            "SELECT edition_id, province FROM verification_filing WHERE id = ?", self._filing
        )
        if editions()[edition_id].place is Place.NATION:
            return self.stack.url("/" if page == "verify" else f"/{page}/")
        return self.stack.url(f"/{page}/", f"{province}cainfo.localhost")

    @property
    def _sandbox(self) -> int:
        sql = "SELECT sandbox_id FROM training_try WHERE exercise = ? ORDER BY id DESC LIMIT 1"
        ((sandbox,),) = self.stack.query(sql, self.exercise.name)
        return int(sandbox)

    @property
    def _filing(self) -> int:
        """The filing that the act is about, or else the first one; the trainee's own comes behind the opening's."""
        label = self.about or getattr(self.act, "filing", None)
        rows = self.stack.query("SELECT id FROM verification_filing WHERE sandbox_id = ? ORDER BY id", self._sandbox)
        labels = [filing.label for filing in self.exercise.opening.filings]
        return int(rows[labels.index(label) if label in labels else -1 if label == OWN else 0][0])


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(by: Presser, act: Read) -> None:
    """Look at the place, and say so."""
    assert by.step is not None
    by.go_to(by.step.place)


def _enter(by: Presser, act: Enter) -> None:
    key = (act.filing, act.person)
    message = by.read_message(act.code_of or act.filing)
    for _ in range(by.wrong.get(key, 0) if act.wrong else 0, act.times):
        form = by.go_to("verify.form", "verify.code", "verify.id")
        code = f"{(int(message.code) + 1) % 10**6:06d}" if act.wrong is Piece.CODE else message.code
        _send(
            by,
            form,
            code=code,
            phone=_WRONG_PHONE if act.wrong is Piece.PHONE else message.phone,
            id_suffix=_WRONG_ID if act.wrong is Piece.ID else message.id_suffix,
        )
        by.wrong[key] = by.wrong.get(key, 0) + bool(act.wrong)


def _resend(by: Presser, act: Resend) -> None:
    if act.person in by.resent:
        by.rest()
    by.resent.add(act.person)
    message = by.read_message()
    form = by.go_to("resend.form")
    _send(by, form, phone=message.phone, id_suffix=message.id_suffix)


def _send(by: Presser, control: Locator, **pieces: str) -> None:
    """Fill in the form of a portal that the control belongs to, send it, and read the answer."""
    expect(control).to_be_visible()
    form = by.page.locator("form.entries")
    for name, text in pieces.items():
        by.type(form.locator(f"[name={name}]"), text)
    by.type(form.locator("[name=captcha_1]"), digits_shown(by.page, by.stack))
    earlier = by.page.locator(".answer")
    earlier.evaluate_all("answers => answers.forEach((answer) => answer.classList.add('earlier'))")
    by.press(form.locator(".entries__submit"))
    expect(by.page.locator(".answer:not(.earlier)")).to_be_visible()
    if (close := by.page.get_by_role("button", name="确定", exact=True)).count():
        by.press(close)


def _turn(by: Presser, act: Turn) -> None:
    key, is_as_column = _SWITCHES[act.switch]
    form = by.go_to("phone.switches").locator("form").filter(has=by.page.locator(f"[name=switch][value={key}]"))
    button = form.get_by_role("button")
    wanted = str(act.on is is_as_column).lower()
    if button.get_attribute("aria-pressed") != wanted:
        by.press(button)
        expect(button).to_have_attribute("aria-pressed", wanted)


def _move(by: Presser, act: Move) -> None:
    """Press what is shown until the step is done: a stride, or on to the next moment again and again."""
    before = by.how_far(act)
    for _ in range(_MOST_JUMPS):
        control = by.go_to("clock.jump", "clock.strides")
        if control.get_attribute("data-guide") == "clock.strides":
            by.press_and_go(control.get_by_role("button").first)
            control = by.go_to("clock.confirm")
        by.press_and_go(control)
        _wait_for_jobs(by)
        if by.how_far(act) != before:
            return
    raise AssertionError("the clock does not come to the moment")


def _wait_for_jobs(by: Presser) -> None:
    """What has become due is done, and the bar knows it."""
    if by.has_scripts:
        expect(by.page.locator("[data-under-way]")).to_have_count(0)
    by.page.reload()
    while by.page.locator("[data-under-way]").count():
        by.page.reload()


def _submit(by: Presser, act: Submit) -> None:
    _fill_in(by, act.submission, act.mistakes, "provider.form")


def _resubmit(by: Presser, act: Resubmit) -> None:
    if act.submission is None:
        by.press_and_go(by.go_to("provider.status").get_by_role("button", name="不修改，直接重新提交"))
    else:
        _fill_in(by, act.submission, act.mistakes, "provider.resubmit")


def _fill_in(by: Presser, submission: str, mistakes: Iterable[Mistake], place: str) -> None:
    """Write into the form what one of the opening's submissions says, and send it."""
    if by.go_to(place, "provider.status").get_attribute("data-guide") == "provider.status":
        by.press_and_go(by.page.get_by_role("link", name="修改后重新提交"))
        by.go_to(place)
    form = by.page.locator("[data-filing-form]")
    wanted = with_mistakes(intended(by.exercise, by.exercise.opening.submissions[submission]), mistakes)
    for name, text in typed(wanted).items():
        _write(by, form.locator(f"[name='{name}']"), text)
    by.press_and_go(by.go_to(place))
    by.press_and_go(by.go_to(place))


def _write(by: Presser, control: Locator, text: str) -> None:
    """Put a text where the form asks for it; what it does not show is not asked for."""
    if not control.count() or not control.first.is_visible():
        return
    kind = control.first.evaluate("control => control.type")
    if kind in ("checkbox", "radio"):
        control.and_(by.page.locator(f"[value='{text}']")).or_(control).first.check()
    elif kind == "select-one":
        control.select_option(text)
    else:
        by.type(control, text)


def _withdraw(by: Presser, act: Withdraw) -> None:
    control = by.go_to("provider.status", "provider.withdraw")
    if control.get_attribute("data-guide") == "provider.status":
        by.press_and_go(control.get_by_role("link", name="撤回申请"))
    by.press_and_go(by.go_to("provider.withdraw").get_by_role("button", name="撤回", exact=True))


_DECISIONS = {"accept": "通过", "approve": "预审通过", "reject": "驳回"}


def _decide(by: Presser, act: Decide) -> None:
    """Go to each filing from its papers or the queue, and decide it."""
    for label in act.labels:
        by.about = label if act.filings else ""
        name = next(each.name or each.record for each in by.exercise.opening.filings if each.label == label)
        control = by.go_to("papers", "bureau.queue", "bureau.filing")
        match control.get_attribute("data-guide"):
            case "papers":
                bundle = control.locator("section").filter(has_text=name)
                by.press_and_go(bundle.get_by_role("link", name="管局看到的申请"))
            case "bureau.queue":
                by.press_and_go(control.get_by_role("row").filter(has_text=name).get_by_role("link").first)
        by.press_and_go(by.page.get_by_role("link", name=f"{_DECISIONS[act.decision]}…", exact=True))
        form = by.page.locator("[data-guide~='bureau.decide']")
        suggestion = act.suggestion or act.reason  # the page asks for one where the edition has it
        for name, text in (("field", act.field), ("reason", act.reason), ("suggestion", suggestion)):
            if text:
                _write(by, form.locator(f"[name={name}]"), text)
        by.press_and_go(form.get_by_role("button", name=_DECISIONS[act.decision], exact=True))


PERFORMERS: Mapping[type, Callable[[Presser, Any], None]] = {
    Read: _read,
    Enter: _enter,
    Resend: _resend,
    Turn: _turn,
    Move: _move,
    Submit: _submit,
    Resubmit: _resubmit,
    Withdraw: _withdraw,
    Decide: _decide,
}


def perform(by: Presser, act: Act) -> None:
    """Do an act by pressing."""
    PERFORMERS[type(act)](by, act)


class Broken(AssertionError):
    """A replay that does not go on: exercise, step, control, and what the matter was."""


def replay(by: Presser) -> None:
    """Do every step of the exercise to its goal. Raises :class:`Broken` where it does not go on."""
    by.begin()
    for step in by.exercise.steps:
        by.step = step
        try:
            _do_step(by, step)
        except Exception as error:
            where = f"exercise {by.exercise.name}, step {step.id}, control {step.place}"
            raise Broken(f"{where}, on {by.page.url}: {error}") from error
    expect(by.bar).to_have_class("lesson lesson--good")


def _do_step(by: Presser, step: Step) -> None:
    expect(by.page.locator(f"[data-lesson][data-step='{step.id}']")).to_be_visible()
    perform(by, step.act)
    if isinstance(step.done, Seen):
        by.press_and_go(by.bar.get_by_role("button", name="看过了"))
    if by.has_scripts:
        expect(by.page.locator(f"[data-lesson][data-step='{step.id}']")).to_have_count(0)
    elif by.page.locator(f"[data-lesson][data-step='{step.id}']").count():
        by.page.reload()
