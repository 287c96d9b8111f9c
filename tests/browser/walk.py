"""Someone who walks through the exercise: a tab for each part, and in it what this part does, on its pages only.

Nothing here looks into the database or calls the domain: what a test knows, it has read off a page. The one thing that
a test cannot do as a person does is to read the captcha; it works the digits out with the running site's own key.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from playwright.sync_api import Locator, Page, expect

from tests.browser.filer import digits_shown
from tests.stack_process import Stack

SALUTATION = "尊敬的ICP用户："
PATIENCE = 20.0  # seconds for the jobs to do what is due


@dataclass(frozen=True)
class Person:
    """A responsible person: what the provider types, and what the person knows by heart."""

    name: str
    id_number: str
    phone: str
    id_type: str = "居民身份证"
    back_number: str = ""

    @property
    def id_suffix(self) -> str:
        """What the portal asks for: of the number on the back, where the provider types that too."""
        return (self.back_number or self.id_number)[-6:]

    def with_phone(self, phone: str) -> "Person":
        """The same person with another phone."""
        return replace(self, phone=phone)


#: Synthetic, as all data of the exercise: one phone of each network.
MOBILE = Person("演移", "110101190001012028", "13900000202")
UNICOM = Person("演联", "110101190001012036", "18600000203")
TELECOM = Person("演信", "11010119000101201X", "13300000201")
#: With a permit for people from 香港, whose number on the back has brackets.
PERMIT_HOLDER = Person("演港", "H00000205", "13900000205", "港澳居民来往内地通行证", "A100205（6）")


class Walk:
    """The visitor, who plays every part in a sandbox of their own."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self._tabs: dict[str, Page] = {}

    def start(self, scenario: str = "2017 年 · 甘肃") -> None:
        """Begin a sandbox with one click."""
        self.page.goto(self.stack.url("/lobby/"))
        self.page.get_by_role("button", name=f"开始演练：{scenario}").click()
        expect(self.page.get_by_role("heading", name=f"您在“{scenario} 演练”中")).to_be_visible()

    def _tab(self, name: str) -> Page:
        if name not in self._tabs:
            self._tabs[name] = self.page.context.new_page()
        return self._tabs[name]

    @property
    def provider(self) -> "Provider":
        """接入商."""
        return Provider(self._tab("provider"), self.stack)

    @property
    def bureau(self) -> "Bureau":
        """管局."""
        return Bureau(self._tab("bureau"), self.stack)

    @property
    def clock(self) -> "Clock":
        """教员 at the clock."""
        return Clock(self._tab("clock"), self.stack)

    def portal(self, province: str = "甘肃") -> "Portal":
        """办理人 at the portal of a province in 2017."""
        return Portal(self._tab("portal"), self.stack, province)

    def card_portal(self, province: str) -> "CardPortal":
        """办理人 at the portal of a province in 2018."""
        return CardPortal(self._tab("portal"), self.stack, province)

    @property
    def national_portal(self) -> "NationalPortal":
        """办理人 at the national portal since 2020."""
        return NationalPortal(self._tab("portal"), self.stack)

    def phones(self) -> Page:
        """The list of all phones."""
        self.page.goto(self.stack.url("/phone/"))
        return self.page

    def phone(self, person: Person) -> "Phone":
        """The phone of a person, which stays open in a tab of its own."""
        page = self._tab(person.phone)
        if "/phone/" not in page.url:
            page.goto(self.stack.url("/phone/"))
            page.get_by_role("link", name=person.phone).click()
            expect(page.get_by_role("heading", name=f"手机 {person.phone}")).to_be_visible()
        return Phone(page)


@dataclass(frozen=True)
class Provider:
    """The console of the 接入商."""

    page: Page
    stack: Stack

    def submit(
        self,
        subject: Person,
        website: Person | None = None,
        *,
        province: str = "甘肃",
        kind: str = "新增备案",
        subject_name: str = "演练走查有限公司",
        website_name: str = "走查",
        domain: str = "zoucha.example.com",
    ) -> "Filing":
        """Submit a first filing, by its name of the time, with one website.

        Without a person of its own, that of the 主体 stands for the website too.
        """
        page = self.page
        self._choose(province, kind)
        self._fill({"主体": {"主体名称": subject_name}, "网站": {"网站名称": website_name, "域名": domain}})
        page.get_by_label("主体性质").select_option("企业")
        self._fill_person("主体负责人", subject)
        if website is None:
            page.get_by_label("网站负责人与主体负责人为同一人").check()
        else:
            self._fill_person("网站负责人", website)
        return self.send()

    def begin_app(self, subject: Person, responsible: Person, *, name: str, package: str) -> None:
        """Fill in a first filing of today with an Android APP, all but the key and fingerprint of its certificate."""
        page = self.page
        self._choose("甘肃", "首次备案")
        page.get_by_label("服务类型").select_option("APP")
        app = page.get_by_role("group", name="APP", exact=True)
        expect(app).to_be_visible()
        self._fill(
            {"主体": {"主体名称": "演练走查有限公司"}, "APP": {"APP名称": name, "使用的域名": "api.example.com"}}
        )
        page.get_by_label("主体性质").select_option("企业")
        app.get_by_label("有安卓版").check()
        self._fill({"安卓": {"包名": package}})
        self._fill_person("主体负责人", subject)
        self._fill_person("服务负责人", responsible)

    def add_access(self, subject: str, website: str, *, province: str, **person: str) -> "Filing":
        """Submit a 新增接入 for a website on record; what is not typed about its person stays as it is there."""
        self._choose(province, "新增接入")
        self.page.get_by_role("row").filter(has_text=subject).get_by_role("link").click()
        group = self.page.get_by_role("group", name=re.compile(f"^{website}"))
        group.get_by_label("为这个网站新增接入").check()
        for label, text in person.items():
            group.get_by_label(label).fill(text)
        return self.send()

    def find(self, kind: str) -> "Filing":
        """The one filing of a kind in the list."""
        self.page.goto(self.stack.url("/provider/"))
        self.page.get_by_role("row").filter(has_text=kind).get_by_role("link").first.click()
        return self._shown()

    def resubmit(self, filing: "Filing", part: str, **changes: str) -> "Filing":
        """Submit a returned filing again with some fields of a part typed anew."""
        filing.open()
        self.page.get_by_role("link", name="修改后重新提交").click()
        self._fill({part: changes})
        return self.send()

    def _choose(self, province: str, kind: str) -> None:
        self.page.goto(self.stack.url("/provider/"))
        self.page.get_by_role("link", name="新建备案申请").click()
        self._choose_province(province)
        self.page.get_by_role("link", name=re.compile(f"^{kind}( |$)")).click()

    def _choose_province(self, province: str) -> None:
        choice = self.page.get_by_label("备案所在省份")
        if choice.locator("option:checked").inner_text() != province:
            self.page.wait_for_load_state()  # the script that follows the choice must be there
            choice.select_option(province)
        expect(self.page.get_by_text(re.compile(f"^{province}目前"))).to_be_visible()

    def _fill_person(self, role: str, person: Person) -> None:
        group = self.page.get_by_role("group", name=role, exact=True)
        group.get_by_label("证件类型").select_option(person.id_type)
        self._fill({role: {"姓名": person.name, "证件号码": person.id_number, "联系方式1": person.phone}})
        if person.back_number:
            self._fill({role: {"通行证背面的香港或澳门身份证件号码": person.back_number}})

    def _fill(self, parts: Mapping[str, Mapping[str, str]]) -> None:
        for part, fields in parts.items():
            group = self.page.get_by_role("group", name=part, exact=True)
            for label, text in fields.items():
                group.get_by_label(label).first.fill(text)

    def send(self) -> "Filing":
        """Go by the last look and send what is filled in."""
        self.page.get_by_role("button", name="下一步：接入商初审").click()
        expect(self.page.get_by_role("heading", name="接入商初审")).to_be_visible()
        self.page.get_by_role("button", name="初审通过，提交管局").click()
        return self._shown()

    def _shown(self) -> "Filing":
        expect(self.page.locator("h1 .digits")).to_be_visible()
        number = self.page.locator("h1 .digits").inner_text()
        return Filing(self.page, self.page.url, number)


@dataclass(frozen=True)
class Filing:
    """The page of one filing at its provider, and its 申请编号."""

    page: Page
    address: str
    number: str

    def open(self) -> "Filing":
        """Look at the page as it is now; anew as long as it says that jobs are under way."""
        self.page.goto(self.address)
        _look_anew_while(self.page.get_by_role("link", name="刷新"))
        return self

    def fact(self, name: str) -> Locator:
        """What stands beside a word such as 备案人看到."""
        return self.page.locator("dl.facts > div").filter(has=self.page.get_by_text(name, exact=True)).locator("dd")

    def challenge(self, person: Person, column: str) -> Locator:
        """What the present round says about a person's phone, by the heading of the column."""
        rows = self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=person.phone))
        return rows.first.locator(f"[data-label={column}]")

    def expect_state(self, state: str) -> None:
        """The filing is in this state."""
        expect(self.open().fact("实际状态")).to_have_text(state)

    def expect_returned(self, reason: str) -> None:
        """The filing is back, and the page says why."""
        expect(self.open().page.get_by_role("heading", name=f"已退回：{reason}")).to_be_visible()


def _look_anew_while(link: Locator) -> None:
    """Load the page anew as long as it offers a link for that, since jobs are under way."""
    give_up = time.monotonic() + PATIENCE
    while link.count():
        assert time.monotonic() < give_up, "what is due was not done"
        link.page.reload()


@dataclass(frozen=True)
class Phone:
    """The page of a simulated phone, on which messages come by themselves."""

    page: Page

    @property
    def messages(self) -> Locator:
        """The messages, the newest first."""
        return self.page.locator(".sms")

    def codes(self, *, messages: int) -> list[str]:
        """The codes on the phone, the newest first, once there are so many messages."""
        expect(self.messages).to_have_count(messages)
        return self.page.locator(".sms__code").all_inner_texts()

    def code(self) -> str:
        """The code of the one message on the phone, once it is there."""
        (code,) = self.codes(messages=1)
        return code

    def follow_link(self) -> None:
        """Click the short link in the newest message."""
        self.messages.first.locator(".sms__text").get_by_role("link").click()

    def turn(self, switch: str) -> None:
        """Press a switch such as 无信号."""
        self.page.get_by_role("button", name=switch, exact=True).click()
        expect(self.page.get_by_text(re.compile(f"“{switch}”已"))).to_be_visible()

    def expect_missing(self, reason: str) -> None:
        """A message was sent that is not on the phone, and the page says why."""
        expect(self.page.get_by_role("region", name="手机上没有的短信").get_by_text(reason, exact=True)).to_be_visible()
        expect(self.messages).to_have_count(0)


@dataclass(frozen=True)
class Clock:
    """The page of the sandbox's clock."""

    page: Page
    stack: Stack

    def forward(self, stride: str) -> None:
        """Move on by a button such as +5 分钟."""
        self.page.goto(self.stack.url("/clock/"))
        self.page.get_by_role("button", name=stride).click()
        self._confirm()

    def to(self, moment: str) -> None:
        """Move on to a moment, written 2017-12-21 12:00:00."""
        self.page.goto(self.stack.url("/clock/"))
        self.page.get_by_label("拨到指定时刻").fill(moment.replace(" ", "T"))
        self.page.get_by_role("button", name="看看会发生什么").click()
        self._confirm()

    def _confirm(self) -> None:
        """Move, and wait until the jobs are done: the page follows them, or without scripts offers to look anew."""
        self.page.get_by_role("button", name="拨到这个时刻").click()
        expect(self.page.get_by_role("heading", name="演练时钟")).to_be_visible()
        self.page.wait_for_load_state()
        _look_anew_while(self.page.get_by_role("link", name="刷新进度"))
        expect(self.page.locator("[data-progress]")).to_have_count(0)


@dataclass(frozen=True)
class Portal:
    """The portal of a province, reached as a filer does: by the national one."""

    page: Page
    stack: Stack
    province: str

    resend_link: ClassVar[str] = "发送短信"
    verify_button: ClassVar[str] = "验证"
    resend_button: ClassVar[str] = "发通知信"

    def open(self) -> None:
        """Choose the province on the national portal."""
        self.page.goto(self.stack.url("/"))
        self.page.get_by_role("link", name=re.compile(f"^{self.province}")).click()
        expect(self.page.get_by_role("heading", name=re.compile(f"^{self.province}.*通信管理局$"))).to_be_visible()

    def open_verify(self) -> None:
        """Go by the button 备案短信核验 at the lower right of the home page."""
        self.open()
        self.page.get_by_role("link", name="备案短信核验", exact=True).click()
        expect(self.page.get_by_role("heading", name="备案短信核验")).to_be_attached()

    def open_resend(self) -> None:
        """Go by the link of the verify page."""
        self.open_verify()
        self.page.get_by_role("link", name=self.resend_link, exact=True).click()
        expect(self.page.get_by_role("heading", name=self.resend_link)).to_be_attached()

    def verify(self, code: str, person: Person, *, id_suffix: str = "") -> None:
        """Type the three pieces and the captcha, and send them: in the form, back from an answer, or from afar."""
        if (back := self.page.get_by_role("link", name="返回", exact=True)).count():
            back.click()
        elif not self.field("code").count():
            self.open_verify()
        self.fill(code=code, phone=person.phone, id_suffix=id_suffix or person.id_suffix)
        self.send(self.verify_button)

    def resend(self, person: Person) -> None:
        """Ask for another message."""
        self.open_resend()
        self.fill(phone=person.phone, id_suffix=person.id_suffix)
        self.send(self.resend_button)

    def fill(self, *, digits: str | None = None, **entry: str) -> None:
        """Type into the form; ``digits`` instead of those in the picture."""
        for name, text in entry.items():
            self.field(name).fill(text)
        self.field("captcha_1").fill(digits_shown(self.page, self.stack) if digits is None else digits)

    def field(self, name: str) -> Locator:
        """An input of the form."""
        return self.page.locator(f"[name={name}]")

    def send(self, button: str) -> None:
        """Press the button of the form."""
        self.page.locator("main").get_by_role("button", name=button, exact=True).click()

    def expect_answer(self, sentence: str, *, good: bool) -> None:
        """The page answers in these words, and shows what they mean by its mark."""
        expect(self.page.locator(".answer__text > p")).to_have_text([SALUTATION, sentence])
        expect(self.page.get_by_role("img", name="成功" if good else "未成功", exact=True)).to_be_visible()


class CardPortal(Portal):
    """The portal of a province in 2018: a card with a tab for each of the two forms."""

    resend_link = "短信重发"
    verify_button = resend_button = "提交"


@dataclass(frozen=True)
class NationalPortal(Portal):
    """The portal that verifies for all provinces: the form stands on its home page, the answer in a dialog."""

    province: str = ""

    resend_link = "短信重发"
    verify_button = resend_button = "提交"

    def open(self) -> None:
        """Go to the home page, on which the form stands."""
        self.page.goto(self.stack.url("/"))
        expect(self.page.get_by_role("region", name="短信核验").locator("[name=code]")).to_be_visible()

    def open_verify(self) -> None:
        """Go to the form."""
        self.open()

    def verify(self, code: str, person: Person, *, id_suffix: str = "") -> None:
        """Type the three pieces and the captcha on the home page, and send them."""
        self.open()
        self.fill(code=code, phone=person.phone, id_suffix=id_suffix or person.id_suffix)
        self.send(self.verify_button)

    def expect_code(self, code: int, sentence: str, *, good: bool) -> None:
        """The dialog answers in these words, and gives this result code."""
        dialog = self.page.get_by_role("dialog", name="提示")
        expect(dialog.locator(".answer__code")).to_have_text(f"结果码 {code}")
        self.expect_answer(sentence, good=good)


@dataclass(frozen=True)
class Bureau:
    """The console of the 管局."""

    page: Page
    stack: Stack

    def open(self, filing: Filing) -> None:
        """Find the filing in the queue."""
        self.page.goto(self.stack.url("/bureau/"))
        self.page.get_by_role("link", name=filing.number).click()
        expect(self.page.get_by_role("heading", name=filing.number)).to_be_visible()

    def approve(self, filing: Filing) -> None:
        """Let a filing pass that waits for the first look."""
        self.open(filing)
        self.page.get_by_role("link", name="预审通过…").click()
        self.page.get_by_role("button", name="预审通过", exact=True).click()

    def accept(self, filing: Filing) -> None:
        """Accept a filing that waits for review."""
        self.open(filing)
        self.page.get_by_role("link", name="通过…").click()
        self.page.get_by_role("button", name="通过", exact=True).click()

    def reject(self, filing: Filing, reason: str) -> None:
        """Send a filing back with a reason."""
        self.open(filing)
        self.page.get_by_role("link", name="驳回…").click()
        self.page.get_by_label("驳回原因").fill(reason)
        self.page.get_by_role("button", name="驳回", exact=True).click()

    def begin_batch(self, button: str, *filings: Filing) -> None:
        """Tick filings in the queue and go on to the page that asks once more."""
        self.page.goto(self.stack.url("/bureau/"))
        for filing in filings:
            self.page.get_by_label(f"选择 {filing.number}").check()
        self.page.get_by_role("button", name=f"{button}…", exact=True).click()
        expect(self.page.get_by_role("heading", name=f"批量{button}")).to_be_visible()
