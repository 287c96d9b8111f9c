"""The kinds of the later editions as a provider submits them: what each asks for, and who is verified then."""

from urllib.parse import quote

import pytest
from django.test import Client

from tests import world
from tests.pages import Node, assert_is_well_made
from tests.submitting import opened, sent
from tests.visitors import browser_of
from verification.acting import filings
from verification.by import By
from verification.law.editions import edition_in_force
from verification.law.words import IdType, Kind
from verification.models import Filing, Provider, Sandbox, Subject
from verification.time import clock

pytestmark = pytest.mark.django_db

EXPANSION, NATIONWIDE = "2018-09-24 09:30", "2020-08-17 09:30"


def new_world(at: str, province: str) -> tuple[Sandbox, Provider, Subject, Client]:
    """A sandbox at a moment, its provider with a record in the province, and the provider's browser."""
    sandbox = world.new_sandbox(at)
    provider = world.new_provider(sandbox)
    player = sandbox.participants.create(
        name="小王", plays_provider=True, plays_bureau=True, joined_at=clock.real_now()
    )
    return sandbox, provider, world.on_record(provider, province=province), browser_of(player)


def address_of(record: Subject, kind: Kind) -> str:
    return f"/provider/new/?province={record.province}&kind={kind}&subject_number={quote(record.number)}"


def names_of(page: Node) -> set[str]:
    """The fields that a person can fill in."""
    fields = [field for tag in ("input", "select") for field in page.one("main").all(tag)]
    return {field.attrs["name"] for field in fields if field.attrs.get("type") != "hidden" and "name" in field.attrs}


def targets_of(page: Node) -> list[str]:
    return [item.text for item in page.one("section", **{"aria-labelledby": "targets"}).all("li")]


SITE_1 = {"services.0.serial": "1", "services.0.chosen": "on", "services.1.serial": "2"}


def send(browser: Client, record: Subject, kind: Kind, **fields: str) -> Filing:
    """Submit a kind with these fields, and return the filing."""
    browser.post(address_of(record, kind), fields | {"action": "submit"})
    return Filing.objects.latest("id")


# ── Names, and what is offered ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("N-06")
@pytest.mark.parametrize(
    ("at", "province", "names"),
    [
        ("2018-09-24 09:30", "gs", "新增备案 新增网站 接入备案 变更备案 注销备案 注销网站 取消接入"),
        ("2018-09-24 09:30", "z", "新增备案 新增网站 新增接入 备案变更 变更手机号码 注销主体 注销网站 取消接入"),
        (
            "2020-08-17 00:00",
            "b",
            (
                "首次备案 新增网站 新增接入 变更备案 变更主体 变更网站 变更接入 域名迁移 网站迁移 "
                "注销主体 注销网站 取消接入"
            ),
        ),
    ],
)
def test_kinds_have_the_names_of_the_edition_and_the_others_a_reason(at: str, province: str, names: str) -> None:
    *_, browser = new_world(at, province)
    page = opened(browser, f"/provider/new/?province={province}")
    assert_is_well_made(page)
    assert [card.one("h2").text for card in page.all("a", class_="card")] == names.split()
    missing = page.one("section", **{"aria-labelledby": "missing"})
    assert len(missing.all("dt")) == len(Kind) - len(names.split())
    assert all(reason.text for reason in missing.all("dd"))


@pytest.mark.rule("P-02", "P-03", "P-04", "P-05")
@pytest.mark.parametrize(
    ("before", "at", "province", "edition_id"),
    [
        ("2018-09-09 23:59", "2018-09-10 00:00", "z", "miit-2018"),
        ("2018-09-23 23:59", "2018-09-24 00:00", "e", "miit-2018"),
        ("2020-08-16 23:59", "2020-08-17 00:00", "b", "qingcloud-2020"),
        ("2018-09-09 23:59", "2018-09-10 00:00", "gs", "tencent-2018"),
    ],
)
def test_submission_is_governed_by_the_edition_of_place_and_moment(
    before: str, at: str, province: str, edition_id: str
) -> None:
    _, provider, _, browser = new_world(before, province)
    earlier = edition_in_force(province, at=world.moment(before))
    filing = world.submit(provider, world.first_filing(1, 2, province=province))
    assert filing.edition == earlier
    assert (filing.state == "verifying") == (earlier is not None)
    world.move(provider.sandbox, at)
    provider.refresh_from_db()
    later = world.submit(provider, world.first_filing(3, 4, province=province, domain=2))
    assert (later.edition_id, later.state) == (edition_id, "verifying")
    shown = opened(browser, f"/provider/{later.pk}/").one("section", **{"aria-label": "申请概况"})
    assert shown.one("a", href=f"/editions/{edition_id}/").text == later.edition.name  # type: ignore[union-attr]


# ── What each form asks for ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "province", "kind", "asked"),
    [
        (
            EXPANSION,
            "z",
            Kind.CHANGE_PHONE,
            {"subject.person.phone", "services.0.person.phone", "services.1.person.phone"},
        ),
        (NATIONWIDE, "gs", Kind.MOVE_DOMAIN, {"services.0.domain", "services.1.domain"}),
        (NATIONWIDE, "gs", Kind.CHANGE_ACCESS, {"services.0.server_ip", "services.1.server_ip"}),
        (NATIONWIDE, "gs", Kind.MOVE_WEBSITE, {"target_number"}),
        (NATIONWIDE, "gs", Kind.CANCEL_SERVICE, set()),
        (NATIONWIDE, "gs", Kind.CANCEL_SUBJECT, set()),
        (
            NATIONWIDE,
            "gs",
            Kind.CHANGE_SUBJECT,
            {
                "new_province",
                "subject.name",
                "subject.nature",
                "subject.remark",
                *(f"subject.person.{name}" for name in ("name", "id_type", "id_number", "phone", "emergency_phone")),
            },
        ),
    ],
)
def test_form_asks_only_for_what_the_kind_needs(at: str, province: str, kind: Kind, asked: set[str]) -> None:
    _, _, record, browser = new_world(at, province)
    page = opened(browser, address_of(record, kind))
    assert_is_well_made(page)
    assert {name for name in names_of(page) if not name.endswith(".chosen")} == asked


@pytest.mark.rule("I-03")
@pytest.mark.parametrize(
    ("at", "province", "is_asked"), [(NATIONWIDE, "z", True), (NATIONWIDE, "gs", False), (EXPANSION, "z", False)]
)
def test_number_on_the_back_of_a_permit_is_asked_where_it_counts(at: str, province: str, is_asked: bool) -> None:
    *_, browser = new_world(at, province)
    page = opened(browser, f"/provider/new/?province={province}&kind=first_filing")
    assert ("subject.person.id_back_number" in names_of(page)) == is_asked


PERMIT = {
    "subject.name": "演练港澳有限公司",
    "subject.nature": "enterprise",
    "subject.person.name": "演港",
    "subject.person.id_type": IdType.HK_MACAU_PERMIT.value,
    "subject.person.id_number": "H00000009",
    "subject.person.phone": "13900000009",
    "services.0.name": "演练港澳",
    "services.0.domain": "gangao.example.com",
    "services.0.same_person": "on",
}


@pytest.mark.rule("I-03", "I-04")
@pytest.mark.parametrize("typed", ["A000000(9)", "A000000（9）", "a000000 （９）"])
def test_brackets_on_the_back_count_as_full_width_however_they_are_typed(typed: str) -> None:
    *_, browser = new_world(NATIONWIDE, "z")
    fields = PERMIT | {"subject.person.id_back_number": typed, "action": "submit"}
    browser.post("/provider/new/?province=z&kind=first_filing", fields)
    assert Filing.objects.get().challenges.get().id_suffix == "000（9）"


@pytest.mark.rule("I-03")
def test_missing_number_on_the_back_is_a_mistake_at_its_field() -> None:
    *_, browser = new_world(NATIONWIDE, "z")
    page = sent(browser, "/provider/new/?province=z&kind=first_filing", PERMIT | {"action": "submit"})
    (mistake,) = page.all("div", class_="field__error")
    assert mistake.attrs["id"] == "id_subject.person.id_back_number_error"
    assert Filing.objects.count() == 0


def test_number_on_the_back_belongs_to_a_permit_only() -> None:
    *_, browser = new_world(NATIONWIDE, "z")
    someone = world.person(9)
    fields = PERMIT | {
        "subject.person.id_type": someone.id_type,
        "subject.person.id_number": someone.id_number,
        "subject.person.id_back_number": "A000000（9）",
        "action": "submit",
    }
    browser.post("/provider/new/?province=z&kind=first_filing", fields)
    person = Filing.objects.get().parts.order_by("id")[0].person
    assert person is not None
    assert (person.id_suffix, person.id_back_suffix) == (someone.id_number[-6:], "")


# ── Who is verified ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-03")
def test_new_website_of_2020_verifies_the_subject_too() -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    third = world.person(3)
    fields = {
        "services.0.name": "新站",
        "services.0.domain": "new.example.com",
        **{f"services.0.person.{name}": getattr(third, name) for name in ("name", "id_type", "id_number", "phone")},
    }
    page = sent(browser, address_of(record, Kind.ADD_SERVICE), fields | {"action": "review"})
    assert targets_of(page) == ["13900000001 演甲1（主体负责人）", "13900000003 演丙3（网站负责人：新站）"]


@pytest.mark.rule("W-09")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.CHANGE_ACCESS, SITE_1 | {"services.0.server_ip": "192.0.2.77"}),
        (Kind.CHANGE_FILING, SITE_1 | {"services.0.server_ip": "192.0.2.77"}),
        (Kind.MOVE_DOMAIN, SITE_1 | {"services.0.domain": "moved.example.com"}),
        (Kind.MOVE_WEBSITE, SITE_1 | {"target_number": "陇ICP备16000009号"}),
    ],
)
def test_access_and_moves_verify_nobody_and_reach_the_records(kind: Kind, fields: dict[str, str]) -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    target = Subject.objects.get(pk=record.pk)
    target.pk, target.number, target.name = None, "陇ICP备16000009号", "别家公司"
    target.save()
    filing = send(browser, record, kind, **fields)
    assert world.standing(filing) == ("reviewing", "", 1)
    assert filing.challenges.count() == 0
    world.accept(filing)
    site = record.services.model.objects.get(name="老站1")
    assert {
        Kind.CHANGE_ACCESS: site.accesses.get().server_ip == "192.0.2.77",
        Kind.CHANGE_FILING: site.accesses.get().server_ip == "192.0.2.77",
        Kind.MOVE_DOMAIN: site.domain == "moved.example.com",
        Kind.MOVE_WEBSITE: (site.subject_id, site.serial) == (target.pk, 1),
    }[kind]


@pytest.mark.rule("W-09")
def test_phone_cannot_slip_in_by_a_kind_that_verifies_nobody() -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    fields = SITE_1 | {"services.0.server_ip": "192.0.2.77", "services.0.person.phone": "13900000050"}
    world.accept(send(browser, record, Kind.CHANGE_ACCESS, **fields))
    assert record.services.get(serial=1).responsible.phone == world.person(2).phone


def test_website_moves_to_no_subject_that_is_not_on_record() -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    page = sent(browser, address_of(record, Kind.MOVE_WEBSITE), SITE_1 | {"action": "review"})
    assert [node.attrs["id"] for node in page.all("div", class_="field__error")] == ["id_target_number_error"]
    filing = send(browser, record, Kind.MOVE_WEBSITE, **SITE_1, target_number="陇ICP备99000009号")
    assert world.standing(filing) == ("returned", "data_check", 1)


@pytest.mark.rule("W-10")
@pytest.mark.parametrize(
    ("new_province", "targets", "state", "number"),
    [
        ("", ["13900000001"], "verifying", ""),
        ("gs", ["13900000001"], "verifying", ""),
        ("z", [], "reviewing", "浙ICP备20000001号"),
    ],
)
def test_change_of_the_subject_verifies_unless_it_leaves_the_province(
    new_province: str, targets: list[str], state: str, number: str
) -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    fields = {"subject.name": "新公司名", "new_province": new_province}
    filing = send(browser, record, Kind.CHANGE_SUBJECT, **fields)
    assert [c.phone.number for c in filing.challenges.all()] == targets
    assert filing.state == state
    page = opened(browser, f"/provider/{filing.pk}/")
    assert ("变更后的省份" in page.one("main").text) == bool(number)
    world.pass_all(filing)
    world.accept(filing)
    record.refresh_from_db()
    assert (record.name, record.number) == ("新公司名", number or "陇ICP备16000001号")


@pytest.mark.rule("W-11")
def test_change_of_a_website_verifies_its_person() -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    fields = SITE_1 | {"services.0.name": "新站名", "action": "review"}
    page = sent(browser, address_of(record, Kind.CHANGE_WEBSITE), fields)
    assert targets_of(page) == ["13900000002 演乙2（网站负责人：新站名）"]


@pytest.mark.parametrize(
    ("edition_id", "kind", "targets", "one_is_enough"),
    [
        pytest.param("aliyun-2018", Kind.CANCEL_SUBJECT, [1], False, marks=pytest.mark.rule("W-13")),
        pytest.param("aliyun-2018", Kind.CANCEL_SERVICE, [2], False, marks=pytest.mark.rule("W-13")),
        pytest.param("aliyun-2018", Kind.CANCEL_ACCESS, [2], False, marks=pytest.mark.rule("W-13")),
        pytest.param("miit-2018", Kind.CANCEL_SUBJECT, [1], False, marks=pytest.mark.rule("W-14")),
        pytest.param("miit-2018", Kind.CANCEL_SERVICE, [1, 2], True, marks=pytest.mark.rule("W-14", "W-15")),
        pytest.param("miit-2018", Kind.CANCEL_ACCESS, [2], False, marks=pytest.mark.rule("W-14")),
        pytest.param("tencent-2018", Kind.CANCEL_SUBJECT, [], False, marks=pytest.mark.rule("W-12")),
        pytest.param("qingcloud-2020", Kind.CANCEL_SUBJECT, [1], False, marks=pytest.mark.rule("W-16")),
        pytest.param("qingcloud-2020", Kind.CANCEL_SERVICE, [], False, marks=pytest.mark.rule("W-16")),
        pytest.param("qingcloud-2020", Kind.CANCEL_ACCESS, [], False, marks=pytest.mark.rule("W-16")),
    ],
)
def test_cancelling_verifies_whom_the_edition_names(
    edition_id: str, kind: Kind, targets: list[int], one_is_enough: bool
) -> None:
    province = "z" if edition_id == "miit-2018" else "gs"
    sandbox, _, record, browser = new_world("2019-01-10 09:30", province)
    sandbox.pinned_edition = edition_id
    sandbox.save()
    page = sent(browser, address_of(record, kind), SITE_1 | {"action": "review"})
    assert [words.split()[0] for words in targets_of(page)] == [world.person(who).phone for who in targets]
    assert ("其中一人核验通过即可" in page.one("main").text) == one_is_enough


@pytest.mark.rule("W-15")
def test_cancelled_website_is_reviewed_after_one_of_two_has_passed() -> None:
    _, _, record, browser = new_world(EXPANSION, "z")
    filing = send(browser, record, Kind.CANCEL_SERVICE, **SITE_1)
    world.move(filing.sandbox, "2018-09-24 09:35")
    (row,) = opened(browser, "/provider/").one("tbody").all("tr")
    assert "已核验 0 / 1" in row.text
    world.verify(filing, 2)
    assert world.standing(filing) == ("reviewing", "", 1)
    assert world.states(filing) == {"演甲1": "dropped", "演乙2": "passed"}
    assert "不再需要" in opened(browser, f"/provider/{filing.pk}/").one("main").text


@pytest.mark.rule("W-24")
@pytest.mark.parametrize(
    ("at", "province", "standing", "phones"),
    [
        (EXPANSION, "z", ("returned", "data_check", 1), []),
        (NATIONWIDE, "gs", ("verifying", "", 1), ["13900000002"]),
    ],
)
def test_new_access_with_another_phone(
    at: str, province: str, standing: tuple[str, str, int], phones: list[str]
) -> None:
    sandbox, _, record, browser = new_world(at, province)
    other = world.new_provider(sandbox, "示例主机")
    fields = SITE_1 | {"services.0.person.phone": "13900000050", "action": "submit"}
    browser.post(f"{address_of(record, Kind.ADD_ACCESS)}&provider={other.pk}", fields)
    filing = Filing.objects.get()
    assert world.standing(filing) == standing
    assert [c.phone.number for c in filing.challenges.all()] == phones


# ── What changes, and what does not ──────────────────────────────────────────────────────────────────────────────────


def test_access_that_is_chosen_and_not_changed_is_refused_at_the_form() -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    address = address_of(record, Kind.CHANGE_ACCESS)
    page = sent(browser, address, SITE_1 | {"services.0.server_ip": "192.0.2.1", "action": "review"})
    assert_is_well_made(page)
    assert [item.text for item in page.one("div", class_="errors").all("li")] == [
        "提交的内容与备案记录完全相同。可以变更的是网站的服务器 IP 地址，请至少修改一项。"
    ]
    both = SITE_1 | {"services.0.server_ip": "192.0.2.77", "services.1.chosen": "on", "action": "review"}
    page = sent(browser, address, both)
    assert page.one("div", id="id_services.1.chosen_error").text == (
        "网站 old2.example.com 没有任何变更，请填写要变更的项目，或不选择这个网站。"
    )


def test_help_shows_the_address_of_the_providers_own_access() -> None:
    sandbox, _, record, browser = new_world(NATIONWIDE, "gs")
    site = record.services.get(serial=1)
    other = world.new_provider(sandbox, "示例主机")
    site.accesses.create(provider=other, server_ip="192.0.2.2", accepted_at=record.accepted_at)
    page = opened(browser, address_of(record, Kind.CHANGE_ACCESS))
    assert page.one("div", id="id_services.0.server_ip_helptext").text == "备案记录：192.0.2.1。不变更请留空。"
    page = opened(browser, f"{address_of(record, Kind.CHANGE_ACCESS)}&provider={other.pk}")
    assert page.one("div", id="id_services.0.server_ip_helptext").text == "备案记录：192.0.2.2。不变更请留空。"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"services.0.server_ip": "192.0.2.77"}, "变更：服务器 IP 地址"),
        ({"services.0.remark": "新备注"}, "变更：备注"),
        ({"services.0.name": "新站名", "services.0.person.phone": "13900000050"}, "变更：网站名称、网站负责人"),
    ],
)
def test_both_consoles_name_what_a_change_changes(fields: dict[str, str], said: str) -> None:
    _, _, record, browser = new_world(NATIONWIDE, "gs")
    filing = send(browser, record, Kind.CHANGE_WEBSITE, **SITE_1, **fields)
    for room in ("provider", "bureau"):
        page = opened(browser, f"/{room}/{filing.pk}/")
        assert_is_well_made(page)
        cell = page.one("section", **{"aria-labelledby": "round-1"}).all("td", **{"data-label": "部分"})[0]
        assert cell.text == f"网站 1{said}"


@pytest.mark.parametrize("kind", [Kind.ADD_SERVICE, Kind.CANCEL_SERVICE])
def test_what_is_added_or_ended_as_a_whole_names_no_change(kind: Kind) -> None:
    _, provider, record, browser = new_world(NATIONWIDE, "gs")
    filing = world.submit(provider, world.request_of(kind, record))
    cell = opened(browser, f"/bureau/{filing.pk}/").all("td", **{"data-label": "部分"})[0]
    assert cell.text == ("网站" if kind is Kind.ADD_SERVICE else "网站 1")


# ── Pre-review ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def prereviewed() -> tuple[Filing, Client]:
    """变更手机号码 of the 主体, which waits for the bureau, and the browser of somebody who plays both sides."""
    _, _, record, browser = new_world(EXPANSION, "z")
    fields = {"subject.person.phone": "13900000050", **{k: v for k, v in SITE_1.items() if "chosen" not in k}}
    return send(browser, record, Kind.CHANGE_PHONE, **fields), browser


@pytest.mark.rule("W-23")
def test_review_page_says_that_the_bureau_comes_first() -> None:
    _, _, record, browser = new_world(EXPANSION, "z")
    fields = {"subject.person.phone": "13900000050", "action": "review"}
    page = sent(browser, address_of(record, Kind.CHANGE_PHONE), fields)
    assert targets_of(page) == ["13900000050 演甲1（主体负责人）"]
    assert "管局预审通过后约 5 分钟下发" in page.one("main").text


@pytest.mark.rule("W-23", "D-08")
def test_filer_sees_the_bureau_review_while_it_prereviews(prereviewed: tuple[Filing, Client]) -> None:
    filing, browser = prereviewed
    assert world.standing(filing) == ("prereview", "", 1)
    page = opened(browser, f"/provider/{filing.pk}/")
    status = page.one("section", **{"aria-labelledby": "status"})
    assert [value.text for value in status.all("dd")] == ["管局预审", "管局审核中"]
    notices = page.one("section", **{"aria-labelledby": "notices"})
    assert notices.all("p")[0].text.endswith("管局预审通过后，新的手机号码会收到验证码。")


@pytest.mark.rule("W-23")
def test_code_goes_to_the_new_phone_only_after_the_approval(prereviewed: tuple[Filing, Client]) -> None:
    filing, browser = prereviewed
    world.move(filing.sandbox, "2018-09-25 10:00")
    assert world.messages(filing.sandbox) == []
    queue = opened(browser, "/bureau/")
    assert "预审后进行" in queue.one("tbody").text
    page = opened(browser, f"/bureau/{filing.pk}/approve/")
    assert_is_well_made(page)
    shown = sent(browser, f"/bureau/{filing.pk}/approve/")
    assert shown.one("ul", class_="notices").text.endswith("预审通过，约 5 分钟后向新的手机号码下发验证码。")
    titles = [
        title.text
        for title in shown.one("section", **{"aria-labelledby": "round-1"}).all("p", class_="timeline__title")
    ]
    assert titles == ["接入商提交备案申请", "进入管局预审", "管局预审通过", "进入短信核验"]
    world.move(filing.sandbox, "2018-09-25 10:05")
    assert world.messages(filing.sandbox) == [("演甲1", "first", "2018-09-25 10:05")]
    assert world.messages(filing.sandbox, "13900000050") == world.messages(filing.sandbox)
    notices = opened(browser, f"/provider/{filing.pk}/").one("section", **{"aria-labelledby": "notices"})
    assert "已通过管局预审" in notices.all("p")[0].text
    world.pass_all(filing)
    assert world.standing(filing) == ("reviewing", "", 1)


@pytest.mark.rule("W-23")
def test_rejection_in_prereview_sends_no_code(prereviewed: tuple[Filing, Client]) -> None:
    filing, browser = prereviewed
    assert_is_well_made(opened(browser, f"/bureau/{filing.pk}/reject/"))
    browser.post(f"/bureau/{filing.pk}/reject/", {"reason": "新号码不是本人的"})
    assert world.standing(filing) == ("returned", "rejected", 1)
    assert set(world.states(filing).values()) == {"dropped"}


def test_acceptance_and_approval_are_not_each_other(prereviewed: tuple[Filing, Client]) -> None:
    filing, browser = prereviewed
    assert browser.get(f"/bureau/{filing.pk}/accept/").status_code == 302
    browser.post(f"/bureau/{filing.pk}/accept/")
    assert world.standing(filing) == ("prereview", "", 1)
    filings.approve(filing, by=By.machine("李科长"))
    assert browser.get(f"/bureau/{filing.pk}/approve/").status_code == 302
    page = sent(browser, f"/bureau/{filing.pk}/approve/")
    assert "目前是“待短信核验”，不能预审通过，请按目前的状态处理。" in page.one("ul", class_="notices").text
    assert world.standing(filing) == ("verifying", "", 1)


def test_page_offers_the_prereview(prereviewed: tuple[Filing, Client]) -> None:
    filing, browser = prereviewed
    page = opened(browser, f"/bureau/{filing.pk}/")
    assert_is_well_made(page)
    assert page.one("a", class_="button--primary").attrs["href"] == f"/bureau/{filing.pk}/approve/"


# ── The whole form, filled with synthetic data ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "province", "kind"),
    [(EXPANSION, "z", Kind.CHANGE_PHONE)]
    + [
        (NATIONWIDE, "gs", kind)
        for kind in (Kind.CHANGE_SUBJECT, Kind.CHANGE_WEBSITE, Kind.CHANGE_ACCESS, Kind.MOVE_DOMAIN, Kind.MOVE_WEBSITE)
    ],
)
def test_synthetic_data_fills_every_kind_rightly(at: str, province: str, kind: Kind) -> None:
    _, _, record, browser = new_world(at, province)
    target = Subject.objects.get(pk=record.pk)
    target.pk, target.number = None, record.number.replace("16000001", "16000009")
    target.save()
    address = address_of(record, kind)
    filled = sent(browser, address, {"services.0.serial": "1", "action": "fill"})
    fields = {
        field.attrs["name"]: field.attrs.get("value", "on" if field.attrs.get("type") == "checkbox" else "")
        for field in filled.one("main").all("input")
        if "name" in field.attrs and (field.attrs.get("type") != "checkbox" or "checked" in field.attrs)
    }
    page = sent(browser, address, fields | {"action": "review"})
    assert page.one("h1").text == "接入商初审", page.one("main").text


@pytest.mark.rule("W-24")
def test_example_of_a_new_access_takes_a_website_that_the_provider_does_not_serve_yet() -> None:
    sandbox, provider, record, browser = new_world(NATIONWIDE, "gs")
    record.services.get(serial=1).accesses.update(provider=world.new_provider(sandbox, "别家"))
    address = address_of(record, Kind.ADD_ACCESS)
    page = sent(browser, address, SITE_1 | {"services.0.chosen": "", "action": "fill"})
    ticked = [box.attrs["name"] for box in page.all("input", type="checkbox") if "checked" in box.attrs]
    assert ticked == ["services.0.chosen"]
    assert "已由本接入商接入，无需再次办理。" in page.one("section", **{"aria-labelledby": "services.1"}).text
    record.services.get(serial=1).accesses.update(provider=provider)
    none = sent(browser, address, SITE_1 | {"services.0.chosen": "", "action": "fill"})
    assert not [box for box in none.all("input", type="checkbox") if "checked" in box.attrs]
