"""The lobby, visits, the owner's decisions, and the way to a province's host."""

import re
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from portal.shared.visit import cookies
from tests.pages import assert_is_well_made, page_of
from tests.visitors import NATIONAL, anybody, browser_of
from verification.by import By
from verification.law.times import SHANGHAI
from verification.models import Browser, Participant, Role, Sandbox
from verification.outside import keys
from verification.worlds import sandboxes
from verification.worlds.bureau import AutomaticReview, review_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """A browser on the national host."""
    return anybody()


@pytest.fixture
def shared() -> sandboxes.Started:
    """A class and its owner."""
    return sandboxes.start(scenario="2017-gs", name="三班", shared=True, participant_name="李老师")


@pytest.fixture
def trainee(shared: sandboxes.Started) -> Participant:
    """Somebody who joined the class."""
    return sandboxes.join(join_code=shared.sandbox.join_code, name="小王")


# ── Starting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_click_starts_a_sandbox_of_ones_own(client: Client) -> None:
    response = client.post("/lobby/start/", {"scenario": "2017-gs"})
    assert (response.status_code, response["Location"]) == (302, "/lobby/")
    sandbox = Sandbox.objects.get(template_of=None)
    assert sandbox.starts_at == datetime(2017, 12, 20, 9, 30, tzinfo=SHANGHAI)
    participant = sandbox.participants.get()
    assert participant.roles == tuple(Role)
    page = client.get("/lobby/").content.decode()
    assert "您在“2017 年 · 甘肃 演练”中" in page
    assert "2017-12-20 09:35 下发验证码" in page
    assert "2017-12-20 09:30" in page


def test_cookie_is_signed_http_only_and_of_this_host_alone(client: Client) -> None:
    cookie = client.post("/lobby/start/", {"scenario": "today"}).cookies[cookies.NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (True, "Lax", "", "/")
    assert cookie["max-age"] == 30 * 24 * 3600
    client.cookies[cookies.NAME] = f"{Browser.objects.get().key}:forged"
    assert client.get("/phone/").status_code == 302


def test_start_at_a_moment_of_ones_choice(client: Client) -> None:
    client.post("/lobby/start/", {"scenario": "2017-gs", "starts_at": "2018-01-05T08:00"})
    assert Sandbox.objects.get(template_of=None).starts_at == datetime(2018, 1, 5, 8, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"scenario": "2017-gs"}, "2017 年 · 甘肃 演练"),
        ({"scenario": "2017-gs", "starts_at": "2021-03-05T09:00"}, "2021 年 3 月 · 甘肃 演练"),
        ({"scenario": "2018-z", "pinned_edition": "jd-2017"}, "2018 年 9 月 · 甘肃 演练"),
    ],
)
def test_sandbox_is_named_by_when_and_where_it_begins(client: Client, fields: dict[str, str], name: str) -> None:
    client.post("/lobby/start/", fields)
    assert Sandbox.objects.get(template_of=None).name == name


@pytest.mark.rule("N-04")
def test_start_before_any_verification_says_since_when_there_will_be(client: Client) -> None:
    fields = {"scenario": "2018-z", "starts_at": "2016-01-01T09:00"}
    page = page_of(client.post("/lobby/start/", fields, follow=True))
    notice = page.one("li", class_="notice--warn")
    assert notice.text.startswith(
        "浙江省这时还没有施行短信核验，备案申请直接进入管局审核，不会有短信。自 2018-09-10 00:00 起施行："
    )
    offered = page_of(client.get(notice.one("a").attrs["href"]))
    assert "2018-09-10 00:00" in offered.one("main").text
    assert "还没有施行" not in client.post("/lobby/start/", {"scenario": "2018-z"}, follow=True).content.decode()


def test_start_with_a_bureau_that_decides_by_itself(client: Client) -> None:
    review = {"after_working_days": "5", "refuse_every": "3", "reason": "材料不全"}
    client.post("/lobby/start/", {"scenario": "2018-z", **review})
    assert review_of(Sandbox.objects.get(template_of=None)) == AutomaticReview(5, 3, "材料不全")


def test_start_with_an_edition_of_ones_choice(client: Client) -> None:
    client.post("/lobby/start/", {"scenario": "2018-z", "pinned_edition": "aliyun-2018"})
    sandbox = Sandbox.objects.get(template_of=None)
    assert sandbox.pinned_edition == "aliyun-2018"
    assert sandbox.filings.latest("id").edition_id == "aliyun-2018"
    page = client.get("/lobby/").content.decode()
    assert '<a href="/editions/aliyun-2018/">2018 年试点版（无豁免）</a>' in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"scenario": "today", "pinned_edition": "x-1999"}, "没有这个规则版本，请从列出的版本中选择。"),
        ({"scenario": "today", "after_working_days": "0"}, "请填写 1 至 20 之间的整数。"),
        ({"scenario": "2099"}, "没有这个情景，请从列出的情景中选择。"),
        ({"scenario": "today", "starts_at": "gestern"}, "请按“年-月-日 时:分”填写开始时刻，例如 2017-12-20 09:30。"),
        ({"scenario": "today", "starts_at": "1999-01-01T00:00"}, "开始时刻不能早于 2010 年，请选一个更晚的时刻。"),
    ],
)
def test_start_refused_says_why_and_makes_nothing(client: Client, data: dict[str, str], sentence: str) -> None:
    response = client.post("/lobby/start/", data)
    assert sentence in response.content.decode()
    assert "<title>错误：演练大厅" in response.content.decode()
    assert not Sandbox.objects.exists()


def test_starting_is_limited_for_an_address(client: Client, settings: Settings) -> None:
    settings.STARTS_AN_HOUR = 2
    for _ in range(3):
        response = client.post("/lobby/start/", {"scenario": "today"})
    assert Sandbox.objects.filter(template_of=None).count() == 2
    assert "这个网络地址的操作次数已到上限，请 60 分钟后再试。" in response.content.decode()


def test_shared_sandbox_shows_its_codes_once(client: Client) -> None:
    response = client.post("/lobby/start/", {"scenario": "2017-gs", "shared": "on", "name": "三班"}, follow=True)
    page = response.content.decode()
    assert response.redirect_chain == [("/lobby/participants/", 302)]
    assert Sandbox.objects.get(template_of=None).join_code in page
    assert page.count("恢复码：") == 1
    assert "恢复码：" not in client.get("/lobby/participants/").content.decode()


# ── Going on to where one wanted to go ───────────────────────────────────────────────────────────────────────────────


def test_page_that_needs_a_sandbox_leads_to_the_lobby_and_back(client: Client) -> None:
    assert client.get("/phone/?q=138")["Location"] == "/lobby/?next=%2Fphone%2F%3Fq%3D138"
    assert "会回到刚才的页面" in client.get("/lobby/?next=/phone/").content.decode()
    assert client.post("/lobby/start/", {"scenario": "today", "next": "/phone/?q=138"})["Location"] == "/phone/?q=138"


def test_who_begins_on_the_first_page_finds_in_the_lobby_what_they_can_be(client: Client) -> None:
    assert page_of(client.get("/")).one("a", class_="banner__start").attrs["href"] == "/lobby/"
    assert page_of(client.get("/help/")).one("a", class_="banner__start").attrs["href"] == "/lobby/?next=%2Fhelp%2F"
    assert "会回到刚才的页面" not in client.get("/lobby/").content.decode()


def test_form_that_needs_a_sandbox_leads_back_to_the_page_it_stood_on(client: Client) -> None:
    response = client.post("/clock/jump/", headers={"referer": f"http://{NATIONAL}/clock/"})
    assert response["Location"] == "/lobby/?next=%2Fclock%2F"
    response = client.post("/clock/jump/", headers={"referer": "http://elsewhere.example/clock/"})
    assert response["Location"] == "/lobby/"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil", "foo", "lobby:nowhere"]
)
def test_next_never_leads_off_the_site(client: Client, address: str) -> None:
    assert client.post("/lobby/start/", {"scenario": "today", "next": address})["Location"] == "/lobby/"


# ── Joining, recovering, leaving ─────────────────────────────────────────────────────────────────────────────────────


def test_join_with_a_code_as_people_type_it(client: Client, shared: sandboxes.Started) -> None:
    code = shared.sandbox.join_code.lower()
    response = client.post("/lobby/join/", {"join_code": f" {code[:4]}-{code[4:]} ", "name": "小王"})
    assert response.status_code == 302
    participant = Participant.objects.get(name="小王")
    assert participant.sandbox == shared.sandbox
    assert participant.roles == (Role.FILER,)


def test_joining_twice_from_one_browser_makes_one_participant(client: Client, shared: sandboxes.Started) -> None:
    for _ in range(2):
        client.post("/lobby/join/", {"join_code": shared.sandbox.join_code, "name": "小王"})
    assert Participant.objects.filter(name="小王").count() == 1
    client.post("/lobby/leave/")
    client.post("/lobby/join/", {"join_code": shared.sandbox.join_code, "name": "小王"})
    assert Participant.objects.filter(name="小王").count() == 1
    assert "您在“三班”中" in client.get("/lobby/").content.decode()


def test_another_name_at_the_same_computer_is_another_person(client: Client, shared: sandboxes.Started) -> None:
    for name in ("小王", "小李"):
        client.post("/lobby/join/", {"join_code": shared.sandbox.join_code, "name": name})
    assert sorted(shared.sandbox.participants.values_list("name", flat=True)) == sorted(["李老师", "小王", "小李"])
    assert Browser.objects.get().participant == Participant.objects.get(name="小李")


def test_join_refused_beside_the_field(client: Client) -> None:
    page = client.post("/lobby/join/", {"join_code": "XXXXXXXX", "name": "小王"}).content.decode()
    assert "没有找到这个加入码对应的演练，请向教员核对后重新输入。" in page
    assert "<title>错误：演练大厅" in page
    page = client.post("/lobby/join/", {}).content.decode()
    assert "请输入加入码。" in page
    assert "请输入您的称呼。" in page


def test_owner_comes_back_with_the_recovery_code(client: Client, shared: sandboxes.Started) -> None:
    code = shared.recovery_code.upper()
    data = {"join_code": shared.sandbox.join_code, "recovery_code": f" {code[:8]} {code[8:]}"}
    assert client.post("/lobby/recover/", data)["Location"] == "/lobby/participants/"
    assert client.get("/lobby/participants/").status_code == 200
    page = client.post("/lobby/recover/", data | {"recovery_code": "0" * 16}).content.decode()
    assert "恢复码不对，请核对后重新输入。" in page


def test_recovery_codes_cannot_be_tried_out(client: Client, shared: sandboxes.Started, settings: Settings) -> None:
    settings.RECOVERIES_AN_HOUR = 1
    wrong = {"join_code": shared.sandbox.join_code, "recovery_code": "0" * 16}
    client.post("/lobby/recover/", wrong)
    page = client.post("/lobby/recover/", wrong | {"recovery_code": shared.recovery_code}).content.decode()
    assert "操作次数已到上限" in page


def test_whoever_leaves_may_come_back(shared: sandboxes.Started, trainee: Participant) -> None:
    own = sandboxes.start(scenario="2017-gs", name="自己的")
    for person in (trainee, shared.participant, own.participant):
        client = browser_of(person)
        assert "离开" in client.get("/lobby/").content.decode()
        page = client.post("/lobby/leave/", follow=True).content.decode()
        assert f"您已离开演练环境“{person.sandbox.name}”，可以在“我的演练环境”中回到那里。" in page
        assert client.get("/phone/").status_code == 302
        answer = client.post(f"/lobby/places/{person.pk}/", follow=True)
        assert f"您在“{person.sandbox.name}”中" in answer.content.decode()
        assert client.get("/phone/").status_code == 200


# ── My sandboxes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lobby_lists_what_the_browser_may_go_back_to(shared: sandboxes.Started, trainee: Participant) -> None:
    client = browser_of(trainee)
    client.post("/lobby/start/", {"scenario": "2018-z", "name": "自己的"})
    client.post("/lobby/start/", {"scenario": "today", "name": "第三个"})
    page = page_of(client.get("/lobby/"))
    assert page.one("section", **{"aria-labelledby": "here"}).one("h2").text == "您在“第三个”中"
    cards = page.one("section", **{"aria-labelledby": "places"}).all("li", class_="card")
    assert [card.one("h3").text for card in cards] == ["自己的", "三班"]
    facts = [[fact.text for fact in card.all("dd")] for card in cards]
    assert facts[0] == ["2018-09-10 09:30", "建立者", "建立者，可以扮演所有身份"]
    assert facts[1] == ["2017-12-20 09:30", "小王", "办理人"]
    assert [card.one("form").attrs["action"] for card in cards][1] == f"/lobby/places/{trainee.pk}/"
    client.post("/lobby/leave/")
    cards = page_of(client.get("/lobby/")).one("section", **{"aria-labelledby": "places"}).all("li", class_="card")
    assert [card.one("h3").text for card in cards] == ["第三个", "自己的", "三班"]


def test_stranger_has_no_such_list(client: Client) -> None:
    assert "我的演练环境" not in client.get("/lobby/").content.decode()


def test_browser_goes_back_to_its_own_places_only(shared: sandboxes.Started, trainee: Participant) -> None:
    client = browser_of(trainee)
    for pk in (shared.participant.pk, 0):
        page = client.post(f"/lobby/places/{pk}/", follow=True).content.decode()
        assert "回不到那个演练环境：它已关闭，或您已不在其中。请从列出的演练环境中选择。" in page
        assert "您在“三班”中" in page
    assert Browser.objects.get().participant == trainee
    assert "回不到那个演练环境" in anybody().post(f"/lobby/places/{trainee.pk}/", follow=True).content.decode()


def personal_link_of(client: Client) -> str:
    """The path of the personal link on the lobby's page."""
    link = page_of(client.get("/lobby/")).one("span", class_="personal-link").text
    assert link.startswith(f"http://{NATIONAL}/lobby/me/")
    return link.removeprefix(f"http://{NATIONAL}")


def test_personal_link_asks_and_lets_another_browser_be_the_same(client: Client, trainee: Participant) -> None:
    link = personal_link_of(browser_of(trainee))
    answer = client.get(link)
    assert (answer.status_code, answer["Referrer-Policy"]) == (200, "no-referrer")
    assert page_of(answer).one("h1").text == "以“小王”的身份继续？"
    assert not Browser.objects.exclude(participant=trainee).exists()
    assert client.get("/phone/").status_code == 302
    assert "您在“三班”中" in client.post(link, follow=True).content.decode()
    assert [browser.participant for browser in Browser.objects.all()] == [trainee, trainee]


def test_personal_link_of_a_sandbox_that_is_closed_says_so(client: Client, shared: sandboxes.Started) -> None:
    link = personal_link_of(browser_of(shared.participant))
    sandboxes.close(shared.sandbox, by=By.participant(shared.participant))
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "“李老师”于" in answer.content.decode()
    sandboxes.delete_unused()
    answer = client.post(link)
    assert answer.status_code == 410
    assert "这个演练环境已经删除" in answer.content.decode()
    assert client.get("/lobby/me/1.forged/").status_code == 404


def test_clearing_asks_first_and_leaves_nothing_on_the_computer(trainee: Participant) -> None:
    client = browser_of(trainee)
    assert "三班（小王）" in client.get("/lobby/clear/").content.decode()
    assert client.get("/phone/").status_code == 200
    page = client.post("/lobby/clear/", follow=True).content.decode()
    assert "已从这台电脑上清除" in page
    assert "我的演练环境" not in page
    assert not Browser.objects.exists()
    assert client.cookies[cookies.NAME].value == ""
    assert Participant.objects.filter(pk=trainee.pk).exists()


# ── What the owner decides ───────────────────────────────────────────────────────────────────────────────────────────


def given(trainee: Participant, *roles: str, clock: str = "") -> dict[str, object]:
    """The owner's form as it is sent with these ticks for one participant."""
    name = f"participant{trainee.pk}"
    return {"shown": [trainee.pk], f"{name}-roles": roles, **({f"{name}-may_move_clock": clock} if clock else {})}


def test_owner_gives_parts_and_the_clock_to_all_at_once(shared: sandboxes.Started, trainee: Participant) -> None:
    owner, pupil = browser_of(shared.participant), browser_of(trainee)
    other = sandboxes.join(join_code=shared.sandbox.join_code, name="小李")
    assert "小王" in owner.get("/lobby/participants/").content.decode()
    data = given(trainee, "provider", "bureau", clock="on") | given(other, "bureau")
    later = sandboxes.join(join_code=shared.sandbox.join_code, name="后来的")
    answer = owner.post("/lobby/participants/roles/", data | {"shown": [trainee.pk, other.pk]}, follow=True)
    assert "已更新“小王”、“小李”的身份" in answer.content.decode()
    for each in (trainee, other, later):
        each.refresh_from_db()
    assert (trainee.roles, trainee.moves_clock) == ((Role.PROVIDER, Role.BUREAU), True)
    assert [other.roles, later.roles] == [(Role.BUREAU,), (Role.FILER,)]
    assert "不能调整" not in pupil.get("/clock/").content.decode()
    assert "没有这个身份" in owner.post("/lobby/participants/roles/", given(other, "x"), follow=True).content.decode()


def test_who_may_move_the_clock_without_being_trainer_finds_it(shared: sandboxes.Started, trainee: Participant) -> None:
    def links() -> list[str]:
        banner = page_of(browser_of(trainee).get("/lobby/")).one("nav", class_="banner__roles")
        return [link.text for link in banner.all("a")]

    assert links() == ["办理人", "手机"]
    sandboxes.set_roles(trainee, roles={Role.FILER}, may_move_clock=True)
    assert links() == ["办理人", "时钟", "手机"]
    sandboxes.set_roles(trainee, roles={Role.FILER, Role.TRAINER}, may_move_clock=True)
    assert links() == ["办理人", "教员", "手机"]


def test_only_the_owner_decides(shared: sandboxes.Started, trainee: Participant) -> None:
    pupil = browser_of(trainee)
    for address in ("/lobby/participants/", "/lobby/close/"):
        response = pupil.get(address)
        assert response.status_code == 403
        assert "请联系演练环境的建立者“李老师”" in response.content.decode()
    assert pupil.post("/lobby/participants/roles/", given(trainee, "bureau")).status_code == 403
    trainee.refresh_from_db()
    assert trainee.roles == (Role.FILER,)


def test_owner_without_a_name_is_not_named_twice(shared: sandboxes.Started, trainee: Participant) -> None:
    Participant.objects.filter(pk=shared.participant.pk).update(name="建立者")
    refusal = browser_of(trainee).get("/lobby/close/").content.decode()
    assert "请联系演练环境的建立者，由其在“参加者与身份”中为您调整。" in refusal


def test_who_has_no_part_is_told_whom_to_ask(trainee: Participant) -> None:
    pupil = browser_of(trainee)
    assert "您目前没有身份" not in pupil.get("/lobby/").content.decode()
    sandboxes.set_roles(trainee, roles=set(), may_move_clock=False)
    assert "您目前没有身份，请联系演练环境的建立者分配。" in pupil.get("/lobby/").content.decode()


def test_owner_decides_in_the_own_sandbox_only(shared: sandboxes.Started, trainee: Participant) -> None:
    stranger = browser_of(sandboxes.start(scenario="today").participant)
    stranger.post("/lobby/participants/roles/", given(trainee, "bureau"))
    trainee.refresh_from_db()
    assert trainee.roles == (Role.FILER,)
    assert stranger.post(f"/lobby/participants/{trainee.pk}/remove/").status_code == 404
    owner = browser_of(shared.participant)
    assert owner.post(f"/lobby/participants/{shared.participant.pk}/remove/").status_code == 404


def test_removing_asks_first_and_ends_the_visit(shared: sandboxes.Started, trainee: Participant) -> None:
    owner, pupil = browser_of(shared.participant), browser_of(trainee)
    assert "移出“小王”" in owner.get(f"/lobby/participants/{trainee.pk}/remove/").content.decode()
    assert pupil.get("/phone/").status_code == 200
    owner.post(f"/lobby/participants/{trainee.pk}/remove/")
    answer = pupil.get("/phone/")
    assert answer.status_code == 410
    assert page_of(answer).one("h1").text == "您已不在这个演练环境中"
    assert re.search(r"“李老师”于 [-0-9]{10} [:0-9]{5}（实际时间）把您移出了演练环境“三班”。", answer.content.decode())
    assert page_of(answer).one("main").one("a").attrs["href"] == "/lobby/?next=%2Fphone%2F"


@pytest.fixture
def key(shared: sandboxes.Started, trainee: Participant) -> keys.NewKey:
    """A key that the trainee made as a provider who may move the clock."""
    sandboxes.set_roles(trainee, roles={Role.PROVIDER}, may_move_clock=True)
    return keys.make_key(shared.sandbox.providers.get(name="演练云"), maker=trainee, may_move_clock=True)


def keys_on(response: HttpResponse) -> list[list[str]]:
    """The rows of the table of keys: whose each is, for which provider, what for, and whether it moves the clock."""
    page = page_of(response)
    assert_is_well_made(page)
    rows = [row for table in page.all("table") for row in table.one("tbody").all("tr")]
    return [[cell.text for cell in row.all("td")[:4]] for row in rows]


def test_owner_sees_and_revokes_the_keys_of_all(
    shared: sandboxes.Started, trainee: Participant, key: keys.NewKey
) -> None:
    owner = browser_of(shared.participant)
    assert keys_on(owner.get("/lobby/participants/")) == [["小王", "演练云", "—", "可以"]]
    sandboxes.set_roles(trainee, roles=set(), may_move_clock=False)
    assert keys_on(owner.get("/lobby/participants/")) == [["小王（停用）", "演练云", "—", "不可以"]]
    address = f"/lobby/participants/keys/{key.key.pk}/revoke/"
    assert_is_well_made(page_of(owner.get(address)))
    assert browser_of(trainee).post(address).status_code == 403
    assert owner.post(address)["Location"] == "/lobby/participants/"
    assert (keys_on(owner.get("/lobby/participants/")), keys.live_keys().count()) == ([], 0)
    assert owner.get(address).status_code == 404


def test_removing_says_which_keys_go_and_takes_them_along(
    shared: sandboxes.Started, trainee: Participant, key: keys.NewKey
) -> None:
    owner = browser_of(shared.participant)
    address = f"/lobby/participants/{trainee.pk}/remove/"
    assert f"对方建立的 1 个 API 密钥一并吊销：{key.key}（演练云）" in page_of(owner.get(address)).one("form").text
    assert "已移出“小王”，并吊销其 1 个密钥。" in owner.post(address, follow=True).content.decode()
    assert keys.find_key(key.secret) is None


def test_closing_asks_first_and_ends_every_visit(shared: sandboxes.Started, trainee: Participant) -> None:
    owner, pupil = browser_of(shared.participant), browser_of(trainee)
    assert "此操作不能撤销" in owner.get("/lobby/close/").content.decode()
    assert pupil.get("/phone/").status_code == 200
    owner.post("/lobby/close/")
    assert owner.get("/phone/").status_code == 302
    told = re.compile(r"“李老师”于 [-0-9]{10} [:0-9]{5}（实际时间）关闭了演练环境“三班”。")
    sandboxes.delete_unused()
    for answer in (pupil.get("/phone/"), pupil.post("/clock/jump/")):
        assert answer.status_code == 410
        assert page_of(answer).one("h1").text == "演练环境已关闭"
        assert told.search(answer.content.decode())
    assert "刚才填写的内容没有提交" in answer.content.decode()
    assert told.search(pupil.get("/lobby/").content.decode())
    assert not told.search(owner.get("/lobby/").content.decode())
    pupil.post("/lobby/start/", {"scenario": "today"})
    assert not told.search(pupil.get("/lobby/").content.decode())


# ── What an upgrade has brought ──────────────────────────────────────────────────────────────────────────────────────


def test_edition_that_an_upgrade_brought_is_told_on_every_page_until_somebody_has_read_it() -> None:
    started = sandboxes.start(scenario="today")
    since = datetime(2023, 9, 1, tzinfo=SHANGHAI)
    Sandbox.objects.filter(pk=started.sandbox.pk).update(untold_since=since)
    browser = browser_of(started.participant)
    for address in ("/lobby/", "/provider/", "/trainer/", "/phone/"):
        page = page_of(browser.get(address))
        assert "平台现在有了“2023 年现行版”" in page.one("main").text, address
        assert_is_well_made(page)
    answer = browser.post("/lobby/told/", {"next": "/trainer/"})
    assert (answer.status_code, answer["Location"]) == (302, "/trainer/")
    assert "平台现在有了" not in page_of(browser.get("/trainer/")).one("main").text
