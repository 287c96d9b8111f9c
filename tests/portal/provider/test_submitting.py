"""The way of a submission: kind, record, form, one more look, and what comes of it; and the same again on return."""

from urllib.parse import quote

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import Node, assert_is_well_made
from tests.submitting import mistakes_of, opened, sent, typed
from tests.visitors import browser_of
from verification.acting import filings
from verification.asking.submissions import Submission
from verification.law.words import Kind
from verification.models import Challenge, Filing, Provider, Sandbox, Subject
from verification.time import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017 in which the law is in force in 甘肃."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def browser(sandbox: Sandbox, provider: Provider) -> Client:
    """The provider's browser."""
    return browser_of(sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now()))


@pytest.fixture
def record(provider: Provider) -> Subject:
    """A 主体 with two websites on record."""
    return world.on_record(provider)


NEW = "/provider/new/?province=gs&kind="


def about(record: Subject, kind: Kind) -> str:
    """The address of the form of a kind that stands on a record."""
    return f"{NEW}{kind}&subject_number={quote(record.number)}"


def summary_of(page: Node) -> list[str]:
    """The list of mistakes above the form."""
    return [item.text for box in page.all("div", class_="errors") for item in box.all("li")]


def values_of(page: Node) -> dict[str, str]:
    """What the form's text fields hold."""
    return {field.attrs["name"]: field.attrs.get("value", "") for field in page.all("input") if "name" in field.attrs}


def targets_of(page: Node) -> list[str]:
    """Who would get a message, as the page before the submission says."""
    return [item.text for item in page.one("section", **{"aria-labelledby": "targets"}).all("li")]


# ── Kind and record ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("N-06")
def test_kinds_have_the_names_of_the_edition(browser: Client) -> None:
    page = opened(browser, "/provider/new/?province=gs")
    assert_is_well_made(page)
    assert [card.one("h2").text for card in page.all("a", class_="card")] == [
        "新增备案",
        "新增网站备案",
        "新增接入备案",
        "变更备案信息",
        "注销主体",
        "注销网站",
        "取消接入",
    ]
    missing = page.one("section", **{"aria-labelledby": "missing"})
    assert missing.all("dt")[0].text == "变更主体"
    assert missing.all("dd")[0].text == "2017 年试点没有单独的“变更主体”，请用“变更备案信息”办理。"


def test_kinds_say_where_the_law_is_not_in_force(browser: Client) -> None:
    page = opened(browser, "/provider/new/?province=b")
    assert "北京目前尚未实行短信核验" in page.one("main").text


def test_province_is_that_of_the_latest_filing(browser: Client, provider: Provider) -> None:
    world.submit(provider, world.first_filing(province="xz"))
    page = opened(browser, "/provider/new/")
    assert page.one("select", id="province").one("option", selected="").text == "西藏"


def test_kind_that_is_not_offered_leads_back_to_the_kinds(browser: Client) -> None:
    page = opened(browser, f"{NEW}change_subject")
    assert page.one("h1").text == "新建备案申请：选择备案类型"


def test_record_is_chosen_from_those_of_the_province(browser: Client, record: Subject) -> None:
    page = opened(browser, f"{NEW}add_website")
    assert_is_well_made(page)
    assert page.one("tbody").one("a").text == record.number
    assert opened(browser, "/provider/new/?province=xz&kind=add_website").all("tbody") == []


@pytest.mark.parametrize(
    ("number", "mistake"),
    [("", "请填写或选择已备案主体的备案号。"), ("长" * 31, "备案号最多 30 个字，请核对后重新填写。")],
)
def test_number_that_can_be_none_is_asked_again(browser: Client, number: str, mistake: str) -> None:
    page = opened(browser, f"{NEW}cancel_subject&subject_number={quote(number)}")
    assert_is_well_made(page)
    assert mistakes_of(page) == {"subject_number": mistake}


# ── The form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.FIRST_FILING, {"subject.name", "subject.person.phone", "services.0.domain", "services.0.person.phone"}),
        (Kind.ADD_SERVICE, {"services.0.domain", "services.0.person.phone"}),
        (Kind.ADD_ACCESS, {"services.0.person.phone", "services.1.person.phone"}),
        (
            Kind.CHANGE_FILING,
            {
                "subject.name",
                "subject.person.phone",
                "services.0.domain",
                "services.0.person.phone",
                "services.1.domain",
                "services.1.person.phone",
            },
        ),
        (Kind.CANCEL_SUBJECT, set()),
        (Kind.CANCEL_SERVICE, set()),
    ],
)
def test_form_asks_only_for_what_the_kind_needs(browser: Client, record: Subject, kind: Kind, asked: set[str]) -> None:
    page = opened(browser, about(record, kind))
    assert_is_well_made(page)
    endings = ("subject.name", ".domain", ".phone")
    assert {name for name in values_of(page) if name.endswith(endings)} == asked


def test_blank_form_gets_every_mistake_at_once_and_at_its_field(browser: Client) -> None:
    page = sent(browser, f"{NEW}first_filing", {"action": "review", "services.0.name": ""})
    assert page.one("title").text.startswith("错误：")
    missing = {"name", "id_type", "id_number", "phone"}
    assert set(mistakes_of(page)) == {
        "subject.name",
        "subject.nature",
        *(f"subject.person.{name}" for name in missing),
        "services.0.name",
        "services.0.domain",
        *(f"services.0.person.{name}" for name in missing),
    }
    assert summary_of(page)[0] == "主体：请填写主体名称。"
    links = [link.attrs["href"] for link in page.one("div", class_="errors").all("a")]
    assert links[0] == "#id_subject.name"
    assert Filing.objects.count() == 0


def test_mistakes_keep_what_was_typed(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2)) | {"subject.person.id_number": "110101190001010018"}
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "submit"})
    assert mistakes_of(page) == {"subject.person.id_number": "居民身份证号码的校验位不对，请逐位核对后重新填写。"}
    kept = values_of(page)
    assert {name: kept[name] for name in fields if name in kept} == {
        name: value for name, value in fields.items() if name in kept
    }


def test_too_long_text_and_the_domains_mistakes_stand_together(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2)) | {"subject.name": "长" * 101, "services.0.domain": "not a domain"}
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    assert set(mistakes_of(page)) == {"subject.name", "services.0.domain"}


@pytest.mark.rule("W-17")
def test_one_phone_for_two_persons_is_refused_at_its_field(browser: Client) -> None:
    fields = typed(world.first_filing(1, world.person(2, phone=world.person(1).phone)))
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    assert list(mistakes_of(page)) == ["services.0.person.phone"]


def test_full_width_digits_and_spaces_are_taken(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2)) | {"subject.person.phone": "１３９ ０００ ０００ ０１"}
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    assert page.one("h1").text == "接入商初审"


def test_websites_are_added_and_removed_without_a_script(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    more = sent(browser, f"{NEW}first_filing", fields | {"action": "add"})
    assert "services.1.domain" in values_of(more)
    assert mistakes_of(more) == {}
    both = typed(world.first_filing(1, 2, 3))
    fewer = values_of(sent(browser, f"{NEW}first_filing", both | {"action": "remove:0"}))
    assert "services.0.domain" not in fewer
    assert fewer["services.1.domain"] == both["services.1.domain"]


@pytest.mark.parametrize("action", ["remove:", "remove:x", f"remove:{'9' * 5000}", "nonsense"])
def test_buttons_that_do_not_exist_leave_everything(browser: Client, action: str) -> None:
    fields = typed(world.first_filing(1, 2, 3))
    kept = values_of(sent(browser, f"{NEW}first_filing", fields | {"action": action}))
    assert kept["services.0.domain"] == fields["services.0.domain"]


def test_serial_that_can_be_none_is_a_mistake(browser: Client) -> None:
    address = f"{NEW}cancel_website&subject_number={quote('陇ICP备99000009号')}"
    page = sent(browser, address, {"services.0.serial": "9" * 5000, "action": "submit"})
    assert list(mistakes_of(page)) == ["services.0.serial"]


def test_last_website_stays(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "remove:0"})
    assert values_of(page)["services.0.domain"] == fields["services.0.domain"]


def test_mistake_goes_to_its_website_after_another_was_removed(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2, 3))
    fields = {name: value for name, value in fields.items() if not name.startswith("services.0.")}
    page = sent(browser, f"{NEW}first_filing", fields | {"services.1.domain": "", "action": "review"})
    assert list(mistakes_of(page)) == ["services.1.domain"]


@pytest.mark.parametrize("kind", [Kind.FIRST_FILING, Kind.ADD_SERVICE, Kind.CHANGE_FILING, Kind.CANCEL_SERVICE])
def test_synthetic_data_fills_the_blanks_rightly(browser: Client, record: Subject, kind: Kind) -> None:
    address = about(record, kind)
    blank = values_of(opened(browser, address))
    fields = {name: value for name, value in blank.items() if "chosen" not in name and name.startswith(("s", "w"))}
    filled = sent(browser, address, fields | {"action": "fill"})
    chosen = {box.attrs["name"]: "on" for box in filled.all("input", type="checkbox") if "checked" in box.attrs}
    options = {
        select.attrs["name"]: option.attrs["value"]
        for select in filled.all("select")
        for option in select.all("option")
        if "selected" in option.attrs
    }
    texts = {name: value for name, value in values_of(filled).items() if name.startswith(("s", "w"))}
    texts = {name: value for name, value in texts.items() if not name.endswith(("chosen", "same_person"))}
    page = sent(browser, address, texts | options | chosen | {"action": "review"})
    assert summary_of(page) == []
    assert page.one("h1").text == "接入商初审"


def test_synthetic_data_leaves_what_was_typed(browser: Client) -> None:
    page = sent(browser, f"{NEW}first_filing", {"subject.name": "我的公司", "action": "fill"})
    assert values_of(page)["subject.name"] == "我的公司"


# ── One more look, and off ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-01", "W-20")
def test_review_says_who_will_get_a_message(browser: Client) -> None:
    submission = world.first_filing(world.person(1, emergency_phone="13900000099"), 2)
    page = sent(browser, f"{NEW}first_filing", typed(submission) | {"action": "review"})
    assert_is_well_made(page)
    assert targets_of(page) == ["13900000001 演甲1（主体负责人）", "13900000002 演乙2（网站负责人：网站1）"]
    assert Filing.objects.count() == 0


@pytest.mark.rule("W-17")
def test_same_person_needs_to_be_typed_once_and_gets_one_message(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    fields = {name: value for name, value in fields.items() if not name.startswith("services.0.person")}
    page = sent(browser, f"{NEW}first_filing", fields | {"services.0.same_person": "on", "action": "review"})
    assert targets_of(page) == ["13900000001 演甲1（主体负责人、网站负责人：网站1）"]


def test_mistake_of_the_same_person_stands_once(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2)) | {"subject.person.phone": "12345", "services.0.same_person": "on"}
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    assert list(mistakes_of(page)) == ["subject.person.phone"]
    assert len(summary_of(page)) == 1


def test_review_carries_everything_to_the_submission(browser: Client, provider: Provider) -> None:
    fields = typed(world.first_filing(1, 2))
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    carried = {name: value for name, value in values_of(page).items() if name.startswith(("subject", "services"))}
    assert carried == fields
    response = browser.post(f"{NEW}first_filing", carried | {"action": "submit"}, follow=True)
    filing = Filing.objects.get()
    assert response.redirect_chain == [(f"/provider/{filing.pk}/", 302)]
    assert world.standing(filing) == ("verifying", "", 1)
    assert filing.provider == provider
    assert filing.events.first().actor == "小王"  # type: ignore[union-attr]


#: What was typed, and what will be kept of it, by the field's path.
WIDE = {
    "subject.name": (" 演练公司 ", "演练公司"),
    "subject.person.name": ("演 甲", "演甲"),
    "subject.person.phone": ("１３９ ００００ ０００１", "13900000001"),
    "subject.person.id_number": (" ".join(world.person(1).id_number), world.person(1).id_number),
    "subject.person.emergency_phone": ("０１０－１２３４５６７８", "010-12345678"),
    "services.0.domain": ("Site1．example．com", "site1.example.com"),
    "services.0.server_ip": ("１９２．０．２．１", "192.0.2.1"),
    "services.0.person.name": ("演　乙", "演乙"),
}


def test_review_shows_what_will_be_kept(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2)) | {path: value for path, (value, _) in WIDE.items()}
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "review"})
    shown = [value.text for facts in page.all("dl", class_="facts") for value in facts.all("dd")]
    assert [kept for _, kept in WIDE.values() if kept not in shown] == []
    assert [value for value, kept in WIDE.values() if value != kept and value in shown] == []
    carried = {name: value for name, value in values_of(page).items() if name.startswith(("subject", "services"))}
    browser.post(f"{NEW}first_filing", carried | {"action": "submit"})
    subject, site = Filing.objects.get().parts.order_by("id")
    assert subject.person is not None
    assert site.person is not None
    stored = [subject.name, subject.person.name, subject.person.phone, subject.person.emergency_phone]
    stored += [site.domain, site.server_ip, site.person.name]
    assert stored == [kept for path, (_, kept) in WIDE.items() if not path.endswith("id_number")]


def test_review_of_a_change_shows_only_what_was_typed(browser: Client, record: Subject) -> None:
    fields = {"subject.name": "新公司名", "subject.nature": "", "subject.person.phone": "　", "action": "review"}
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields)
    shown = [fact.text for facts in page.all("dl", class_="facts") for fact in facts.all("div")]
    assert shown == ["主体名称新公司名"]


@pytest.mark.parametrize(
    ("path", "longest"), [("subject.name", 100), ("services.0.name", 100), ("subject.person.name", 60)]
)
def test_name_that_is_too_long_is_refused_beside_its_field(browser: Client, path: str, longest: int) -> None:
    form = opened(browser, f"{NEW}first_filing")
    assert [field.attrs["name"] for field in form.one("main").all("input") if "maxlength" in field.attrs] == []
    fields = typed(world.first_filing(1, 2)) | {path: "长" * (longest + 1), "action": "review"}
    page = sent(browser, f"{NEW}first_filing", fields)
    assert mistakes_of(page) == {path: f"最多 {longest} 个字，您填了 {longest + 1} 个，请缩短。"}
    assert values_of(page)[path] == "长" * (longest + 1)


def test_number_that_is_too_long_is_named_when_submitted_again(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider, Submission(Kind.CANCEL_SUBJECT, "gs", subject_number="陇ICP备99000009号"))
    address = f"/provider/{filing.pk}/resubmit/"
    assert "maxlength" not in opened(browser, address).one("input", id="subject_number").attrs
    page = sent(browser, address, {"subject_number": "长" * 31, "action": "review"})
    assert summary_of(page) == ["备案号最多 30 个字，您填了 31 个，请缩短。"]


def test_review_leads_back_to_the_form_with_everything_typed(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "edit"})
    assert values_of(page)["subject.person.id_number"] == fields["subject.person.id_number"]


@pytest.mark.rule("D-08")
def test_submission_tells_that_the_filer_was_told(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    page = sent(browser, f"{NEW}first_filing", fields | {"action": "submit"})
    number = Filing.objects.get().number
    said = f"备案申请 {number} 已提交甘肃省通信管理局，并已通知备案人。约 5 分钟后下发验证码。"
    assert page.one("ul", class_="notices").text == said


def test_whole_identity_number_is_stored_nowhere(browser: Client) -> None:
    fields = typed(world.first_filing(1, 2))
    browser.post(f"{NEW}first_filing", fields | {"action": "submit"})
    rows = [row for model in apps.get_models() for row in model._default_manager.all()]
    stored = serializers.serialize("json", rows)
    assert world.person(1).phone in stored
    assert world.person(1).id_number not in stored


def test_unknown_record_is_returned_by_the_data_check(browser: Client) -> None:
    address = f"{NEW}cancel_subject&subject_number={quote('陇ICP备99000009号')}"
    page = sent(browser, address, {"action": "submit"})
    filing = Filing.objects.get()
    assert world.standing(filing) == ("returned", "data_check", 1)
    assert "已退回：数据校验未通过" in page.one("main").text
    assert page.one("section", **{"aria-labelledby": "notices"}).all("li")[0].text.endswith("我们会与您联系修改。")


def test_looking_at_the_form_changes_nothing(browser: Client, record: Subject) -> None:
    with CaptureQueriesContext(connection) as captured:
        browser.get("/provider/new/")
        browser.get(f"{NEW}change_filing")
        browser.get(about(record, Kind.CHANGE_FILING))
    assert {query["sql"].split()[0] for query in captured} == {"SELECT"}


def test_pages_with_typed_data_are_not_kept_by_caches(browser: Client) -> None:
    response = browser.post(f"{NEW}first_filing", typed(world.first_filing(1, 2)) | {"action": "review"})
    assert "no-store" in response.headers["Cache-Control"]


def test_unknown_record_leaves_everything_blank_if_need_be(browser: Client) -> None:
    address = f"{NEW}change_filing&subject_number={quote('陇ICP备99000009号')}"
    blank = {name: "" for name in values_of(opened(browser, address)) if name.startswith(("subject", "services"))}
    browser.post(address, blank | {"action": "submit"})
    assert world.standing(Filing.objects.get()) == ("returned", "data_check", 1)


# ── Requests that stand on a record ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-05", "W-21")
def test_change_shows_what_is_on_record_and_takes_blanks_as_that(browser: Client, record: Subject) -> None:
    address = about(record, Kind.CHANGE_FILING)
    assert "备案记录：演练公司。不变更请留空。" in opened(browser, address).one("main").text
    fields = {"subject.person.phone": "13900000050", "action": "review"}
    assert targets_of(sent(browser, address, fields)) == ["13900000050 演甲1（主体负责人）"]


@pytest.mark.rule("W-06")
def test_change_of_one_website_concerns_that_one(browser: Client, record: Subject) -> None:
    fields = {
        "services.0.serial": "1",
        "services.0.remark": "",
        "services.1.serial": "2",
        "services.1.chosen": "on",
        "services.1.name": "新名字",
        "services.1.remark": "",
    }
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields | {"action": "review"})
    assert targets_of(page) == ["13900000001 演甲1（网站负责人：新名字）"]


@pytest.mark.rule("W-08")
def test_change_of_a_remark_needs_no_message(browser: Client, record: Subject) -> None:
    fields = {"subject.remark": "换了办公室", "action": "review"}
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields)
    assert targets_of(page) == []
    assert "这份申请无需短信核验" in page.one("main").text


def test_remark_on_record_can_be_emptied(browser: Client, record: Subject) -> None:
    record.remark = "旧备注"
    record.save()
    address = about(record, Kind.CHANGE_FILING)
    assert values_of(opened(browser, address))["subject.remark"] == "旧备注"
    browser.post(address, {"subject.remark": "", "action": "submit"})
    filing = Filing.objects.get()
    assert (filing.situation, filing.parts.get().remark) == ("remark_only", "")


def test_change_of_nothing_is_refused(browser: Client, record: Subject) -> None:
    page = sent(browser, about(record, Kind.CHANGE_FILING), {"subject.name": "", "action": "review"})
    assert len(summary_of(page)) == 1
    assert "完全相同" in summary_of(page)[0]


def test_mistake_in_a_chosen_website_stands_at_it(browser: Client, record: Subject) -> None:
    fields = {"services.0.serial": "1", "services.1.serial": "2", "services.1.chosen": "on"}
    fields |= {"services.1.person.phone": "12345", "action": "review"}
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields)
    assert list(mistakes_of(page)) == ["services.1.person.phone"]


def test_cancelling_asks_which_website(browser: Client, record: Subject) -> None:
    fields = {"services.0.serial": "1", "services.1.serial": "2"}
    page = sent(browser, about(record, Kind.CANCEL_SERVICE), fields | {"action": "review"})
    assert summary_of(page) == ["请至少填写或选择一个网站。"]
    browser.post(about(record, Kind.CANCEL_SERVICE), fields | {"services.1.chosen": "on", "action": "submit"})
    assert [part.serial for part in Filing.objects.get().parts.all()] == [2]


@pytest.mark.rule("W-24")
def test_access_with_another_phone_is_returned_with_advice(browser: Client, sandbox: Sandbox, record: Subject) -> None:
    other = world.new_provider(sandbox, "示例主机")
    fields = {"services.0.serial": "1", "services.0.chosen": "on", "services.0.person.phone": "13900000050"}
    address = f"{about(record, Kind.ADD_ACCESS)}&provider={other.pk}"
    page = sent(browser, address, fields | {"action": "submit"})
    assert world.standing(Filing.objects.get()) == ("returned", "data_check", 1)
    assert "请先到原接入商变更负责人手机号码" in page.one("section", **{"aria-labelledby": "returned"}).text


def under_way(page: Node) -> list[str]:
    """What the page names that is under way on the same 备案号."""
    return [item.text for box in page.all("section", **{"aria-labelledby": "under-way"}) for item in box.all("li")]


def test_review_names_what_is_under_way_on_the_same_number(
    browser: Client, provider: Provider, record: Subject
) -> None:
    other = world.submit(provider, world.request(Kind.CANCEL_SUBJECT, record))
    waiting = world.submit(provider, world.request_of(Kind.ADD_SERVICE, record))
    back = world.submit(provider, world.request_of(Kind.CANCEL_SERVICE, record))
    world.withdraw(back)
    fields = {"subject.remark": "新备注", "action": "review"}
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields)
    assert_is_well_made(page)
    assert under_way(page) == [
        f"{other.number} 注销主体（管局审核）",
        f"{waiting.number} 新增网站备案（待短信核验）",
    ]
    response = browser.post(about(record, Kind.CHANGE_FILING), {"subject.remark": "新备注", "action": "submit"})
    filing = Filing.objects.latest("id")
    assert response.headers["Location"] == f"/provider/{filing.pk}/"
    world.withdraw(filing)
    again = sent(browser, f"/provider/{filing.pk}/resubmit/", {**fields, "subject_number": record.number})
    assert under_way(again) == under_way(page)


def test_review_names_nothing_where_nothing_else_is_under_way(browser: Client, record: Subject) -> None:
    page = sent(browser, about(record, Kind.CHANGE_FILING), {"subject.remark": "新备注", "action": "review"})
    assert under_way(page) == []
    first = sent(browser, f"{NEW}first_filing", typed(world.first_filing(1, 2)) | {"action": "review"})
    assert under_way(first) == []


# ── Again ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def returned(provider: Provider) -> Filing:
    """A filing of 演甲1 and 演乙2 that was not verified in time."""
    filing = world.submit_and_send(provider)
    world.move(provider.sandbox, world.DEADLINE)
    filing.refresh_from_db()
    return filing


@pytest.mark.rule("D-04", "D-07")
def test_resubmission_begins_with_the_last_content_and_takes_a_new_phone(browser: Client, returned: Filing) -> None:
    address = f"/provider/{returned.pk}/resubmit/"
    page = opened(browser, address)
    assert_is_well_made(page)
    fields = {name: value for name, value in values_of(page).items() if name.startswith(("subject", "services"))}
    assert fields["subject.person.phone"] == "13900000001"
    assert fields["subject.person.id_number"] == ""
    chosen = {"subject.nature": "enterprise"} | {
        f"{part}.person.id_type": "resident_id" for part in ("subject", "services.0")
    }
    fields = {name: value for name, value in fields.items() if not name.endswith("same_person")} | chosen
    fields |= {"subject.person.phone": "13900000050"}
    review = sent(browser, address, fields | {"action": "review"})
    assert targets_of(review) == ["13900000050 演甲1（主体负责人）", "13900000002 演乙2（网站负责人：网站1）"]
    carried = {name: value for name, value in values_of(review).items() if name.startswith(("subject", "services"))}
    response = browser.post(address, carried | {"action": "submit"})
    assert response.headers["Location"] == f"/provider/{returned.pk}/"
    assert world.standing(returned) == ("verifying", "", 2)
    phones = Challenge.objects.filter(filing=returned, round=2).values_list("phone__number", "id_suffix")
    assert dict(phones) == {
        "13900000050": world.person(1).id_number[-6:],
        "13900000002": world.person(2).id_number[-6:],
    }


@pytest.mark.rule("D-04")
def test_resubmission_unchanged_is_one_click(browser: Client, returned: Filing) -> None:
    browser.post(f"/provider/{returned.pk}/resubmit/", {"action": "unchanged"})
    assert world.standing(returned) == ("verifying", "", 2)


def test_resubmission_can_correct_the_record(browser: Client, provider: Provider, record: Subject) -> None:
    wrong = world.request(Kind.CANCEL_SUBJECT, record)
    filing = world.submit(provider, Submission(kind=wrong.kind, province="gs", subject_number="陇ICP备99000009号"))
    address = f"/provider/{filing.pk}/resubmit/"
    assert values_of(opened(browser, address))["subject_number"] == "陇ICP备99000009号"
    review = sent(browser, address, {"subject_number": record.number, "action": "review"})
    browser.post(address, {"subject_number": values_of(review)["subject_number"], "action": "submit"})
    assert world.standing(filing) == ("reviewing", "", 2)


def test_resubmission_without_the_first_website_keeps_documents_apart(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 2, 3))
    filings.withdraw(filing, by=world.PROVIDER)
    fields = typed(world.first_filing(1, 2, 3))
    fields = {
        name: value
        for name, value in fields.items()
        if not name.startswith("services.0.") and not name.endswith("id_number")
    }
    browser.post(f"/provider/{filing.pk}/resubmit/", fields | {"action": "submit"})
    site = filing.parts.get(round=2, part="website")
    assert (site.domain, site.person.id_suffix) == ("site2.example.com", world.person(3).id_number[-6:])  # type: ignore[union-attr]


def test_resubmission_of_what_is_under_way_is_refused(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    response = browser.post(f"/provider/{filing.pk}/resubmit/", {"action": "unchanged"}, follow=True)
    assert response.redirect_chain == [(f"/provider/{filing.pk}/", 302)]
    assert world.standing(filing) == ("verifying", "", 1)


@pytest.mark.rule("W-05")
def test_change_of_the_subjects_name_alone_is_a_change(browser: Client, record: Subject) -> None:
    fields = {"subject.name": "新公司名", "action": "review"}
    page = sent(browser, about(record, Kind.CHANGE_FILING), fields)
    assert targets_of(page) == ["13900000001 演甲1（主体负责人）"]
