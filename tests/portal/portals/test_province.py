"""The portals of the provinces: what stands on the pages, and what an entry is answered."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from portal.portals import captcha
from tests.entering import errors, from_form, right, send, verify, with_captcha, words
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from tests.world import TRAINER, new_sandbox
from verification.law.editions import editions
from verification.law.times import SHANGHAI
from verification.models import Challenge, ChallengeState, Message, Participant, Role, Sandbox
from verification.state import alarms
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

LABELS = editions()["jd-2017"].labels


@pytest.fixture
def started() -> sandboxes.Started:
    """The sandbox of 2017 in 甘肃, some minutes on: the codes have gone out."""
    begun = sandboxes.start(scenario="2017-gs")
    clock.move_to(begun.sandbox, clock.now(begun.sandbox) + timedelta(minutes=6), by=TRAINER)
    alarms.run_due(begun.sandbox)
    return begun


@pytest.fixture
def sandbox(started: sandboxes.Started) -> Sandbox:
    """Where the filer practises."""
    return started.sandbox


@pytest.fixture
def filer(started: sandboxes.Started) -> Client:
    """The filer's browser on the portal of 甘肃."""
    return browser_of(started.participant, host=GANSU)


@pytest.fixture
def challenge(sandbox: Sandbox) -> Challenge:
    """One of two that are open in a filing."""
    of_two = (c for c in Challenge.objects.filter(sandbox=sandbox, state="open") if c.filing.challenges.count() == 2)
    return next(of_two)


# ── Pages ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/verify/", "/resend/", "/help/", "/query/", "/outside/complaint/"])
def test_pages_are_well_made_with_and_without_a_visit(filer: Client, path: str) -> None:
    for browser in (filer, anybody(host=GANSU), anybody(host="bcainfo.localhost:8000")):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert_is_well_made(page_of(answer))


@pytest.mark.parametrize("path", ["/", "/help/", "/outside/complaint/"])
def test_public_pages_can_be_cached_for_those_without_a_visit(path: str) -> None:
    answer = anybody(host=GANSU).get(path)
    assert not answer.cookies
    assert "no-store" not in answer.get("Cache-Control", "")


@pytest.mark.rule("N-02")
def test_home_has_the_button_among_those_at_the_right(filer: Client) -> None:
    page = page_of(filer.get("/"))
    side = page.one("div", class_="bureau__side")
    assert [link.text for link in side.all("a")] == [
        "找回备案密码",
        "修改备案密码",
        LABELS.home_button.value,
        "公共查询",
        "投诉建议",
    ]
    assert side.one("a", class_="doors__main").attrs["href"] == "/verify/"
    assert page.one("html").attrs["data-look"] == "pilot"


def test_entry_outside_the_exercise_says_so(filer: Client) -> None:
    page = page_of(filer.get("/outside/find-password/"))
    assert "“找回备案密码”不在演练范围内。" in page.one("main").text
    assert filer.get("/outside/nothing/").status_code == 404


def test_box_of_the_administrators_leads_to_the_consoles(filer: Client) -> None:
    assert filer.get("/console/", {"user": "provider"})["Location"].startswith("http://localhost:8000/provider/")
    assert filer.get("/console/", {"user": "bureau"})["Location"].startswith("http://localhost:8000/bureau/")
    assert filer.get("/console/", {"user": "?"})["Location"] == "/"


# ── Not in force ─────────────────────────────────────────────────────────────


@pytest.mark.rule("N-04", "P-01")
def test_before_its_date_a_province_has_no_button_and_says_since_when() -> None:
    begun = sandboxes.start(scenario="2017-gs", starts_at=datetime(2017, 12, 18, 8, 58, tzinfo=SHANGHAI))
    browser = browser_of(begun.participant, host=GANSU)
    assert page_of(browser.get("/")).all("a", class_="doors__main") == []
    for path in ("/verify/", "/resend/"):
        page = page_of(browser.get(path))
        assert "甘肃省的备案短信核验自 2017年12月18日 09:00 起施行。" in page.one("main").text
        assert page.all("form", method="post") == []
    clock.move_to(begun.sandbox, datetime(2017, 12, 18, 9, 0, tzinfo=SHANGHAI), by=TRAINER)
    assert len(page_of(browser.get("/")).all("a", class_="doors__main")) == 1
    assert len(page_of(browser.get("/verify/")).all("form", method="post")) == 1


@pytest.mark.rule("N-04", "P-04")
def test_province_outside_the_pilot_learns_the_day_of_the_whole_country(started: sandboxes.Started) -> None:
    browser = browser_of(started.participant, host="bcainfo.localhost:8000")
    page = page_of(browser.get("/verify/"))
    assert "北京市的备案短信核验自 2020年8月17日 00:00 起施行。" in page.one("main").text
    assert page.one("html").attrs["data-look"] == "pilot"
    assert page_of(browser.post("/verify/", {})).all("form", method="post") == []


@pytest.mark.rule("N-04")
def test_pinned_edition_replaces_the_date() -> None:
    before = datetime(2016, 1, 4, 9, 0, tzinfo=SHANGHAI)
    begun = sandboxes.start(scenario="2017-gs", starts_at=before, pinned_edition="jd-2017")
    assert len(page_of(browser_of(begun.participant, host=GANSU).get("/verify/")).all("form", method="post")) == 1
    page = page_of(browser_of(begun.participant, host="bcainfo.localhost:8000").get("/verify/"))
    assert "北京市不在它的施行范围内" in page.one("main").text


# ── The forms ────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-01", "V-02", "R-01")
def test_verify_asks_for_three_pieces_and_the_captcha_under_the_editions_names(filer: Client) -> None:
    answer = filer.get("/verify/")
    page = page_of(answer)
    form = page.one("form", method="post")
    shown = [field for field in form.all("input") if field.attrs.get("type") != "hidden"]
    assert [field.attrs["name"] for field in shown] == ["code", "phone", "id_suffix", "captcha_1"]
    names = [LABELS.code, LABELS.phone, LABELS.id_suffix, LABELS.captcha]
    assert [label.text for label in form.all("label")] == [label.value for label in names]
    assert form.one("button", class_="entries__submit").text == "验证"
    assert page.one("p", class_="panel__links").all("a")[0].text == "发送短信"
    assert page.one("p", class_="panel__links").all("a")[0].attrs["href"] == "/resend/"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.rule("R-02")
def test_resend_asks_for_phone_id_and_the_captcha(filer: Client) -> None:
    form = page_of(filer.get("/resend/")).one("form", method="post")
    shown = [field for field in form.all("input") if field.attrs.get("type") != "hidden"]
    assert [field.attrs["name"] for field in shown] == ["phone", "id_suffix", "captcha_1"]
    assert form.one("button", class_="entries__submit").text == "发通知信"


def test_enter_submits_the_entry_and_does_not_change_the_captcha(filer: Client) -> None:
    buttons = page_of(filer.get("/verify/")).one("form", method="post").all("button")
    assert "name" not in buttons[0].attrs


@pytest.mark.rule("V-13")
def test_malformed_entry_gets_every_error_at_once_and_counts_as_no_try(filer: Client, challenge: Challenge) -> None:
    entry = {"code": "12345", "phone": "1380013", "id_suffix": "12*456"}
    page = verify(filer, entry)
    assert errors(page) == {
        "code": "验证码应为 6 位数字，请按短信内容填写。",
        "phone": "手机号码应为 1 开头的 11 位数字，请填写收到短信的号码。",
        "id_suffix": "请填写证件号码的最后 6 位，只能是数字、字母或全角括号（ ）。",
    }
    assert page.one("title").text.startswith("错误：备案短信核验")
    summary = page.one("div", role="alert")
    assert [link.attrs["href"] for link in summary.all("a")] == ["#id_code", "#id_phone", "#id_id_suffix"]
    for name, typed in entry.items():
        field = page.one("input", name=name)
        assert field.attrs["value"] == typed
        assert (field.attrs["aria-invalid"], field.attrs["aria-describedby"]) == ("true", f"id_{name}_error")
    challenge.refresh_from_db()
    assert challenge.tries == 0


@pytest.mark.rule("V-13")
def test_empty_entry_is_asked_for_by_the_editions_names(filer: Client) -> None:
    assert errors(page_of(filer.post("/verify/", from_form({})))) == {
        "code": "请填写核验操作码。",
        "phone": "请填写手机号码。",
        "id_suffix": "请填写身份证件号码后六位。",
        "captcha_1": "请填写图形验证码。",
    }


@pytest.mark.rule("V-13")
def test_what_people_really_type_passes(filer: Client, challenge: Challenge) -> None:
    entry = {
        "code": f"本次验证码：{challenge.code}。请登录",
        "phone": f"+86 {challenge.phone.number[:3]} {challenge.phone.number[3:]}",
        "id_suffix": challenge.id_suffix.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}),
    }
    assert words(verify(filer, entry))[0] == "成功"


# ── The captcha in the form ──────────────────────────────────────────────────


@pytest.mark.rule("V-12")
@pytest.mark.parametrize("answer", ["", "00000x"])
def test_bad_captcha_is_refused_before_anything_is_looked_up(filer: Client, challenge: Challenge, answer: str) -> None:
    wrong_id = right(challenge) | {"id_suffix": "999999"}
    token = captcha.issue()
    entry = from_form(wrong_id | {"captcha_0": token.text, "captcha_1": answer})
    page = page_of(filer.post("/verify/", entry))
    assert set(errors(page)) == {"captcha_1"}
    assert {name: page.one("input", name=name).attrs["value"] for name in wrong_id} == wrong_id
    assert page.one("input", name="captcha_0").attrs["value"] != token.text
    assert "value" not in page.one("input", name="captcha_1").attrs
    challenge.refresh_from_db()
    assert (challenge.tries, challenge.id_errors) == (0, 0)


@pytest.mark.rule("V-12")
def test_captcha_is_used_up_also_when_another_field_is_malformed(filer: Client, challenge: Challenge) -> None:
    entry = with_captcha(right(challenge))
    assert set(errors(page_of(filer.post("/verify/", entry | {"code": "1"})))) == {"code"}
    page = page_of(filer.post("/verify/", entry))
    assert errors(page) == {"captcha_1": "图形验证码已过期或已用过，请按新的图片重新填写。"}


@pytest.mark.rule("V-12")
def test_reloading_the_answer_shows_it_again_and_repeats_nothing(filer: Client, challenge: Challenge) -> None:
    entry = with_captcha(right(challenge) | {"id_suffix": "999999"})
    first, second = (words(page_of(filer.post("/verify/", entry))) for _ in range(2))
    assert first == second
    challenge.refresh_from_db()
    assert challenge.id_errors == 1
    entry = with_captcha(right(challenge))
    first, second = (words(page_of(filer.post("/verify/", entry))) for _ in range(2))
    assert first == second
    assert "完成" in first[-1]


@pytest.mark.rule("V-12")
def test_answer_is_shown_again_to_its_visitor_and_for_its_entry_only(
    filer: Client, challenge: Challenge, sandbox: Sandbox
) -> None:
    entry = with_captcha(right(challenge))
    filer.post("/verify/", entry)
    other = browser_of(Participant.objects.create(sandbox=sandbox, name="小王", joined_at=clock.real_now()), host=GANSU)
    changed = entry | {"code": "000000"}
    for browser, sent in ((other, entry), (filer, changed)):
        assert set(errors(page_of(browser.post("/verify/", sent)))) == {"captcha_1"}
    cache.clear()
    assert set(errors(page_of(filer.post("/verify/", entry)))) == {"captcha_1"}


def test_new_captcha_without_scripts_keeps_what_was_typed_and_complains_of_nothing(filer: Client) -> None:
    typed = {"code": "12", "phone": "", "id_suffix": "34"}
    token = captcha.issue()
    sent = typed | {"captcha_0": token.text, "captcha_1": "1", "new_captcha": "1"}
    page = page_of(filer.post("/verify/", sent))
    assert errors(page) == {}
    assert {name: page.one("input", name=name).attrs.get("value", "") for name in typed} == typed
    assert page.one("input", name="captcha_0").attrs["value"] != token.text
    assert "value" not in page.one("input", name="captcha_1").attrs


# ── Answers ──────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-16", "W-19", "D-06")
def test_passing_says_whether_others_must_still_verify(filer: Client, challenge: Challenge) -> None:
    page = verify(filer, right(challenge))
    assert_is_well_made(page)
    partial = editions()["jd-2017"].answers.partial.value
    assert words(page) == ("成功", "尊敬的ICP用户：", partial)
    other = challenge.filing.challenges.exclude(pk=challenge.pk).get()
    all_done = editions()["jd-2017"].answers.all_done.value
    assert words(verify(filer, right(other))) == ("成功", "尊敬的ICP用户：", all_done)
    challenge.refresh_from_db()
    assert challenge.state == ChallengeState.PASSED


@pytest.mark.rule("V-06", "V-07")
def test_wrong_pieces_cannot_be_told_apart_by_anything_on_the_page(filer: Client, challenge: Challenge) -> None:
    entry = right(challenge)
    pages = [
        page_of_answer(filer, entry | wrong)
        for wrong in (
            {"id_suffix": "999999"},
            {"code": "999999" if entry["code"] != "999999" else "999998"},
            {"phone": "13800138000"},
            {"code": "000000", "phone": "13800138000", "id_suffix": "999999"},
        )
    ]
    assert len(set(pages)) == 1
    assert "该条验证库里找不到记录。" in pages[0]


def page_of_answer(browser: Client, entry: dict[str, str]) -> str:
    """All that the portal says; what was typed, which the word beside it carries, is the visitor's own."""
    page = verify(browser, entry).one("main")
    said = str(page)
    for name in entry:
        said = said.replace(str(page.one("aside").one("input", name=name)), f"[{name}]")
    return said.replace(page.one("aside").one("input", name="csrfmiddlewaretoken").attrs["value"], "[token]")


# ── A word beside the page ───────────────────────────────────────────────────


def beside(page: Node) -> str:
    """What the training says beside the portal; nothing where there is no such block."""
    return "".join(block.text for block in page.all("aside", class_="beside"))


def test_word_beside_the_form_says_which_field_is_which(filer: Client) -> None:
    said = beside(page_of(filer.get("/verify/")))
    assert "短信里的“验证码”填在“核验操作码”一栏；“图形验证码”是图片里的数字" in said
    assert "不属于仿制的页面" in said
    assert beside(page_of(anybody(host=GANSU).get("/verify/"))) == ""
    assert beside(page_of(filer.get("/resend/"))) == ""  # which asks for no code


def test_what_was_not_accepted_can_be_mended_without_typing_it_all_again(filer: Client, challenge: Challenge) -> None:
    typed = right(challenge) | {"id_suffix": "999999"}
    page = verify(filer, typed)
    form = page.one("aside", class_="beside").one("form")
    again = {field.attrs["name"]: field.attrs["value"] for field in form.all("input")}
    mended = page_of(filer.post("/verify/", again | {"new_captcha": "1"}))
    assert {name: mended.one("input", name=name).attrs["value"] for name in typed} == typed
    assert errors(mended) == {}


def test_answer_leads_on(filer: Client, challenge: Challenge) -> None:
    said = beside(verify(filer, right(challenge)))
    assert "同一份申请还有别人要核验" in said
    assert "看模拟手机上的短信" in said


@pytest.mark.rule("V-08")
def test_fifth_wrong_id_fails_for_good(filer: Client, challenge: Challenge) -> None:
    wrong_id = right(challenge) | {"id_suffix": "999999"}
    answers = editions()["jd-2017"].answers
    said = [words(verify(filer, wrong_id)) for _ in range(5)]
    assert [text for _, _, text in said] == [answers.not_found.value] * 4 + [answers.failed.value]
    assert words(verify(filer, right(challenge)))[2] == answers.not_found.value


@pytest.mark.rule("V-14")
def test_portal_of_another_province_does_not_find_it(started: sandboxes.Started, challenge: Challenge) -> None:
    elsewhere = browser_of(started.participant, host="tjcainfo.localhost:8000")
    assert words(verify(elsewhere, right(challenge)))[2] == "该条验证库里找不到记录。"


@pytest.mark.rule("R-03", "R-04", "R-06")
def test_resend_answers_in_the_editions_words(filer: Client, challenge: Challenge) -> None:
    entry = {"phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
    before = Message.objects.count()
    assert words(send(filer, entry)) == ("成功", "尊敬的ICP用户：", "您的短信已发送成功。")
    assert Message.objects.count() > before
    assert words(send(filer, entry))[0] == "未成功"
    assert words(send(filer, entry | {"id_suffix": "999999"}))[2] == "暂无该短信核验的备案申请，无需重发短信"


def test_answer_is_the_page_of_the_post_and_is_not_kept(filer: Client, challenge: Challenge) -> None:
    answer: HttpResponse = filer.post("/verify/", with_captcha(right(challenge)))  # type: ignore[assignment]
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert challenge.code not in page
    assert challenge.phone.number not in page


# ── Who may ──────────────────────────────────────────────────────────────────


def test_entry_without_a_sandbox_leads_to_the_lobby_and_back() -> None:
    browser = anybody()
    page = page_of(browser.get("/verify/"))
    lobby = "/lobby/?next=%2Fverify%2F"
    assert page.one("p", class_="notice").one("a").attrs["href"] == lobby
    referrer = {"referer": f"http://{NATIONAL}/verify/"}
    answer = browser.post("/verify/", with_captcha({"code": "123456"}), headers=referrer)
    assert (answer.status_code, answer["Location"]) == (302, lobby)


@pytest.mark.rule("T-09")
@pytest.mark.parametrize(("name", "button"), [("verify", "短信核验"), ("resend", "短信重发")])
@pytest.mark.parametrize("is_inside", [False, True])
def test_province_leads_to_the_national_site_today(is_inside: bool, name: str, button: str) -> None:
    owner = owner_of(new_sandbox("2024-05-06 09:30"))
    browser = browser_of(owner, host=GANSU) if is_inside else anybody(host=GANSU)
    there = f"http://{NATIONAL}/{name}/"
    assert page_of(browser.get("/")).one("a", class_="doors__main").attrs["href"] == f"http://{NATIONAL}/verify/"
    answers = [browser.get(f"/{name}/?link=x")]
    if is_inside:  # a form from the time before
        answers.append(browser.post(f"/{name}/?link=x", {"code": "123456"}))
    for page in map(page_of, answers):
        assert [link.attrs["href"] for link in page.one("main").all("a")] == [f"{there}?link=x"]
        assert f"{button}统一在全国网站办理" in page.one("main").text
        assert page.one("main").all("form") == []


def test_who_does_not_play_the_filer_is_told_whom_to_ask() -> None:
    begun = sandboxes.start(scenario="2017-gs", shared=True, participant_name="李老师")
    trainee = sandboxes.join(join_code=begun.sandbox.join_code, name="小王")
    sandboxes.set_roles(trainee, roles={Role.BUREAU}, may_move_clock=False)
    browser = browser_of(trainee, host=GANSU)
    assert browser.get("/verify/").status_code == 200
    answer = browser.post("/verify/", with_captcha({}))
    assert answer.status_code == 403
    assert "办理人" in answer.content.decode()


def test_portal_of_another_sandbox_knows_nothing(challenge: Challenge) -> None:
    stranger = browser_of(sandboxes.start(scenario="2017-gs").participant, host=GANSU)
    assert words(verify(stranger, right(challenge)))[2] == "该条验证库里找不到记录。"


def strict_browser(started: sandboxes.Started) -> Client:
    """A browser of the owner whose tokens against forged requests are looked at, as outside of tests."""
    strict = Client(enforce_csrf_checks=True, headers={"host": GANSU})
    strict.cookies.update(browser_of(started.participant, host=GANSU).cookies)
    return strict


def test_post_needs_the_right_csrf_token(challenge: Challenge, started: sandboxes.Started) -> None:
    strict = strict_browser(started)
    form = page_of(strict.get("/verify/")).one("form", class_="entries")
    entry = with_captcha(right(challenge))
    answer = strict.post("/verify/", {**entry, "csrfmiddlewaretoken": "a" * 64})
    back = page_of(answer)
    assert "打开得太久" in back.one("ul", class_="notices").text
    assert back.one("input", name="code").attrs["value"] == challenge.code
    challenge.refresh_from_db()
    assert (challenge.state, challenge.tries) == (ChallengeState.OPEN, 0)
    token = form.one("input", name="csrfmiddlewaretoken").attrs["value"]
    passed = strict.post("/verify/", {**entry, "csrfmiddlewaretoken": token})
    assert words(page_of(passed))[0] == "成功"


def test_form_from_before_the_sandbox_comes_back_filled_in_and_counts_nothing(
    challenge: Challenge, started: sandboxes.Started
) -> None:
    stranger = Client(headers={"host": GANSU})
    page = page_of(stranger.get("/verify/"))
    assert page.all("input", name="csrfmiddlewaretoken") == []
    assert stranger.cookies == {}
    strict = strict_browser(started)
    back = page_of(strict.post("/verify/", right(challenge)))
    assert "进入演练环境之前打开的" in back.one("ul", class_="notices").text
    assert back.one("input", name="code").attrs["value"] == challenge.code
    challenge.refresh_from_db()
    assert (challenge.state, challenge.tries) == (ChallengeState.OPEN, 0)
    inputs = back.one("form", class_="entries").all("input")
    fields = {field.attrs["name"]: field.attrs.get("value", "") for field in inputs}
    token = captcha.read(fields["captcha_0"])
    assert token is not None
    passed = strict.post("/verify/", {**fields, "captcha_1": token.answer})
    assert words(page_of(passed))[0] == "成功"


def test_unknown_page_is_answered_in_chinese(filer: Client) -> None:
    answer = filer.get("/nowhere/")
    assert answer.status_code == 404
    assert_is_well_made(page_of(answer))
