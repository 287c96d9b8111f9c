"""Services other than websites: what an APP and a 小程序 are filed with, by what they are known, and their numbers."""

from dataclasses import replace
from typing import Any

import pytest

from tests import world
from tests.verification.editions.in_edition import Place, place
from verification.asking.conflicts import conflicts_in_turn, conflicts_of
from verification.asking.submissions import PlatformData, ServiceData, SubjectData, Submission
from verification.law.services import Platform
from verification.law.words import Kind, ServiceType
from verification.models import Filing, Service, Subject
from verification.refusals import Refused, SubmissionRefused

pytestmark = pytest.mark.django_db

ANDROID, IOS, HARMONY = Platform.ANDROID, Platform.IOS, Platform.HARMONY


@pytest.fixture
def today() -> Place:
    """A 主体 on record with two websites, where APPs and 小程序 are filed."""
    return place("public-2023")


def refused(there: Place, *services: ServiceData, kind: Kind = Kind.ADD_SERVICE) -> list[tuple[str, str]]:
    """Path and code of each mistake of a request."""
    with pytest.raises(SubmissionRefused) as caught:
        world.submit(there.provider, world.request(kind, there.record, *services))
    assert not Filing.objects.exists()
    return [(error.path, error.code) for error in caught.value.errors]


def sentence(there: Place, service: ServiceData) -> str:
    """What is said of the one mistake of a request."""
    with pytest.raises(SubmissionRefused) as caught:
        world.submit(there.provider, world.request(Kind.ADD_SERVICE, there.record, service))
    (error,) = caught.value.errors
    return error.sentence


def carried_through(there: Place, *services: ServiceData, kind: Kind = Kind.ADD_SERVICE) -> Filing:
    """A request that everybody has verified and the bureau accepted."""
    filing = world.submit_and_send(there.provider, world.request(kind, there.record, *services))
    world.pass_all(filing)
    world.accept(filing)
    return filing


def returned_for(there: Place, service: ServiceData, kind: Kind = Kind.ADD_SERVICE) -> str:
    """Why a request that contradicts the records comes back at once."""
    filing = world.submit(there.provider, world.request(kind, there.record, service))
    assert (filing.state, filing.return_reason) == ("returned", "data_check")
    return filing.return_detail


def on_record(subject: Subject) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The services that are no websites: number, name, and by what each platform knows them."""
    found = subject.services.exclude(type="website").order_by("serial").prefetch_related("platforms")
    return [
        (service.number, service.name, [(row.platform, row.identifier) for row in service.platforms.all()])
        for service in found
    ]


# ── Since when ───────────────────────────────────────────────────────────────


@pytest.mark.rule("T-01")
@pytest.mark.parametrize("edition", ["jd-2017", "miit-2018", "qingcloud-2020"])
@pytest.mark.parametrize("service", [world.app(5, 3), world.mini_program(5, 3)], ids=["app", "mini_program"])
def test_before_september_2023_the_refusal_says_since_when(edition: str, service: ServiceData) -> None:
    there = place(edition)
    assert refused(there, service) == [("services.0.type", "type_not_filed_yet")]
    said = sentence(there, service)
    assert said.startswith(f"{ServiceType(service.type).label} 自 2023-09-01 起才能备案")
    assert said.endswith("或在 2023-09-01 以后提交。")


@pytest.mark.rule("T-01")
def test_from_the_first_second_of_september_2023_they_are_filed_in_every_province() -> None:
    early, on_time = (place("public-2023", at=at, province="xz") for at in ("2023-08-31 23:59:59", "2023-09-01 00:00"))
    assert refused(early, world.app(5, 3)) == [("services.0.type", "type_not_filed_yet")]
    filing = world.submit(on_time.provider, world.request(Kind.ADD_SERVICE, on_time.record, world.app(5, 3)))
    assert (filing.state, filing.edition_id) == ("verifying", "public-2023")


# ── What they are filed with ─────────────────────────────────────────────────


@pytest.mark.rule("T-10")
def test_app_and_mini_program_are_filed_with_what_their_platforms_know_them_by(today: Place) -> None:
    carried_through(today, world.app(5, 3, IOS, ANDROID, HARMONY), world.mini_program(6, 4))
    assert on_record(today.record) == [
        (
            "陇ICP备16000001号-3A",
            "应用5",
            [("android", "com.example.yanlian5"), ("ios", "com.example.yanlian5"), ("harmony", "com.example.yanlian5")],
        ),
        ("陇ICP备16000001号-4X", "小程序6", [("wechat", "wx0000000000000006")]),
    ]
    app = Service.objects.get(type="app")
    assert (app.domains, app.accesses.get().server_ip) == (["api5.example.com"], "192.0.2.1")
    assert {len(row.md5) for row in app.platforms.all()} == {47}


@pytest.mark.rule("T-10")
@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        ({"name": ""}, ("name", "required")),
        ({"platforms": ()}, ("platforms", "required")),
        ({"domains": (), "server_ip": ""}, ("domains", "required")),
        ({"domains": ("a.example.com", "http//")}, ("domains.1", "invalid_domain")),
        ({"server_ip": "192.0.2"}, ("server_ip", "invalid_ip")),
        ({"domain": "a.example.com"}, ("domain", "unexpected")),
        ({"type": "watch"}, ("type", "invalid_choice")),
    ],
)
def test_what_an_app_lacks_is_told_at_its_field(today: Place, wrong: dict[str, Any], mistake: tuple[str, str]) -> None:
    found = refused(today, world.app(5, 3, **wrong))
    assert (f"services.0.{mistake[0]}", mistake[1]) in found


@pytest.mark.rule("T-10")
def test_app_without_a_domain_has_an_address(today: Place) -> None:
    assert carried_through(today, world.app(5, 3, domains=())).state == "accepted"


@pytest.mark.rule("T-10")
@pytest.mark.parametrize(
    ("wrong", "mistake", "says"),
    [
        ({"identifier": ""}, ("identifier", "required"), "请填写安卓的包名。"),
        ({"identifier": "app"}, ("identifier", "invalid_identifier"), "例如 com.example.app。"),
        ({"public_key": ""}, ("public_key", "required"), "请填写安卓的公钥。"),
        ({"public_key": "MIIB"}, ("public_key", "invalid_public_key"), "只含 0 至 9 和 A 至 F。"),
        ({"md5": ""}, ("md5", "required"), "请填写安卓的证书 MD5 指纹。"),
        ({"md5": "0A1B"}, ("md5", "invalid_md5"), "C6:D7:E8:F9。"),
        ({"platform": "wechat"}, ("platform", "invalid_choice"), "没有这种APP平台，请从列表中选择。"),
        ({"platform": ""}, ("platform", "required"), "请选择APP平台。"),
    ],
)
def test_what_is_wrong_about_a_platform_says_what_a_right_one_looks_like(
    today: Place, wrong: dict[str, str], mistake: tuple[str, str], says: str
) -> None:
    service = world.app(5, 3, platforms=(replace(world.known_on(ANDROID, 5), **wrong),))
    path, code = mistake
    assert refused(today, service) == [(f"services.0.platforms.0.{path}", code)]
    assert sentence(today, service).endswith(says)


@pytest.mark.rule("T-10")
@pytest.mark.parametrize(
    ("platforms", "mistake"),
    [
        ((PlatformData("wechat", "wx12"),), ("platforms.0.identifier", "invalid_identifier")),
        ((PlatformData("android", "com.example.a"),), ("platforms.0.platform", "invalid_choice")),
        ((world.known_on(Platform.WECHAT, 1), world.known_on(Platform.BAIDU, 1)), ("platforms", "one_platform")),
        ((replace(world.known_on(Platform.WECHAT, 1), md5="0" * 32),), ("platforms.0.md5", "unexpected")),
    ],
)
def test_mini_program_runs_on_one_platform_that_has_no_certificate(
    today: Place, platforms: tuple[PlatformData, ...], mistake: tuple[str, str]
) -> None:
    assert refused(today, world.mini_program(5, 3, platforms=platforms)) == [(f"services.0.{mistake[0]}", mistake[1])]


def test_website_has_neither_platforms_nor_several_domains(today: Place) -> None:
    wrong = world.site(5, 3, platforms=(world.known_on(ANDROID, 5),), domains=("a.example.com",))
    assert refused(today, wrong) == [("services.0.platforms", "unexpected"), ("services.0.domains", "unexpected")]


def test_platform_stands_once_in_an_app_and_a_name_once_in_a_request(today: Place) -> None:
    twice = world.app(5, 3, ANDROID, ANDROID)
    assert refused(today, twice) == [("services.0.platforms.1.platform", "platform_twice")]
    same = replace(world.app(6, 3), platforms=world.app(5, 3).platforms)
    found = refused(today, world.app(5, 3), same)
    assert found == [("services.1.platforms.0.identifier", "identifier_twice")]


def test_what_is_typed_is_kept_in_one_spelling(today: Place) -> None:
    right = world.known_on(ANDROID, 5)
    typed = replace(
        right,
        identifier=" ｃom.example.yanlian5 ",
        md5=right.md5.replace(":", "").lower(),
        public_key="\n".join(right.public_key[n : n + 64] for n in range(0, len(right.public_key), 64)).lower(),
    )
    carried_through(today, world.app(5, 3, platforms=(typed,), domains=("API.Example.com。", "", "api.example.com")))
    (row,) = Service.objects.get(type="app").platforms.all()
    assert (row.identifier, row.md5, row.public_key) == (right.identifier, right.md5, right.public_key)
    assert Service.objects.get(type="app").domains == ["api.example.com"]


# ── By what they are known ───────────────────────────────────────────────────


@pytest.mark.rule("T-10", "W-24")
def test_app_is_one_by_platform_and_package_and_its_domains_may_stand_elsewhere(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    assert returned_for(today, world.app(6, 4, platforms=(world.known_on(ANDROID, 5),))) == (
        "安卓包名 com.example.yanlian5 已经备案，请改为办理接入备案或变更，或核对包名（Bundle ID）后重新提交。"
    )
    elsewhere = world.app(7, 3, IOS, platforms=(world.known_on(IOS, 5),), domains=("old1.example.com",))
    assert world.submit(today.provider, world.request(Kind.ADD_SERVICE, today.record, elsewhere)).state == "verifying"


@pytest.mark.rule("T-10", "W-24")
def test_mini_program_is_one_by_platform_and_appid(today: Place) -> None:
    carried_through(today, world.mini_program(5, 3))
    said = returned_for(today, world.mini_program(6, 4, platforms=(world.known_on(Platform.WECHAT, 5),)))
    assert said == "微信 AppID wx0000000000000005 已经备案，请改为办理接入备案或变更，或核对小程序的编号后重新提交。"


def test_name_is_free_again_once_its_service_was_cancelled(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    carried_through(today, ServiceData(serial=3), kind=Kind.CANCEL_SERVICE)
    carried_through(today, world.app(5, 3))
    assert [number for number, _, _ in on_record(today.record)] == ["陇ICP备16000001号-3A", "陇ICP备16000001号-4A"]


def test_another_sandbox_may_have_the_same_app(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    assert carried_through(place("public-2023"), world.app(5, 3)).state == "accepted"


# ── Numbers ──────────────────────────────────────────────────────────────────


@pytest.mark.rule("T-11", "T-02")
def test_serials_run_on_through_all_types(today: Place) -> None:
    submission = Submission(
        kind=Kind.FIRST_FILING,
        province="gs",
        subject=SubjectData(name="新公司", nature="enterprise", person=world.person(1)),
        services=(world.site(5, 2), world.mini_program(6, 3), world.app(7, 4)),
    )
    filing = world.submit_and_send(today.provider, submission)
    world.pass_all(filing)
    world.accept(filing)
    subject = filing.subject_record
    assert subject is not None
    numbers = [service.number.removeprefix(subject.number) for service in subject.services.order_by("serial")]
    assert numbers == ["-1", "-2X", "-3A"]
    later = replace(world.request(Kind.ADD_SERVICE, subject, world.site(8, 2)))
    filing = world.submit_and_send(today.provider, later)
    world.pass_all(filing)
    world.accept(filing)
    assert subject.services.latest("serial").number == f"{subject.number}-4"


# ── Changes ──────────────────────────────────────────────────────────────────


def change(there: Place, service: ServiceData) -> Filing:
    return world.submit_and_send(there.provider, world.request(Kind.CHANGE_FILING, there.record, service))


def test_change_writes_what_it_changes_of_an_app_and_leaves_the_rest(today: Place) -> None:
    carried_through(today, world.app(5, 3, ANDROID, IOS))
    new_package = (PlatformData("android", "com.example.xin"), PlatformData("ios"))
    filing = change(today, ServiceData(serial=3, platforms=new_package, domains=("b.example.com",)))
    world.pass_all(filing)
    world.accept(filing)
    assert on_record(today.record) == [
        ("陇ICP备16000001号-3A", "应用5", [("android", "com.example.xin"), ("ios", "com.example.yanlian5")])
    ]
    service = Service.objects.get(type="app")
    assert service.domains == ["b.example.com"]
    assert service.platforms.get(platform="android").public_key == world.known_on(ANDROID, 5).public_key


@pytest.mark.rule("T-03", "W-06")
def test_change_of_an_app_verifies_its_person(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    assert world.states(change(today, ServiceData(serial=3, name="新应用"))) == {"演丙3": "open"}


def test_what_changes_nothing_of_an_app_is_refused(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    same = ServiceData(serial=3, platforms=(PlatformData("android", "com.example.yanlian5"),))
    with pytest.raises(SubmissionRefused) as caught:
        change(today, same)
    assert [(error.path, error.code) for error in caught.value.errors] == [("changes", "nothing_changes")]
    assert "APP 和小程序的平台信息" in caught.value.errors[0].sentence


def test_type_of_a_service_on_record_is_fixed(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    with pytest.raises(SubmissionRefused) as caught:
        change(today, ServiceData(serial=3, type="website", name="网站"))
    assert [(error.path, error.code) for error in caught.value.errors] == [("services.0.type", "type_is_fixed")]


def test_later_of_two_changes_of_one_apps_platforms_is_refused(today: Place) -> None:
    carried_through(today, world.app(5, 3))
    one, other = (
        change(today, ServiceData(serial=3, platforms=(PlatformData("android", f"com.example.{name}"),)))
        for name in ("yi", "er")
    )
    for filing in (one, other):
        world.pass_all(filing)
    assert conflicts_in_turn([one, other]) == {
        other.pk: f"本批中先处理的申请 {one.number} 通过以后，APP 应用5 的平台信息在本次申请提交以后已经变更。"
        "请返回列表，只勾选其中应当通过的一份。"
    }
    world.accept(one)
    assert list(conflicts_of([other])) == [other.pk]
    with pytest.raises(Refused, match="APP 应用5 的平台信息在本次申请提交以后已经变更。"):
        world.accept(other)


def test_of_two_new_apps_of_one_package_one_is_accepted(today: Place) -> None:
    one, other = (
        world.submit_and_send(today.provider, world.request(Kind.ADD_SERVICE, today.record, world.app(5, who)))
        for who in (3, 4)
    )
    for filing in (one, other):
        world.pass_all(filing)
    world.accept(one)
    with pytest.raises(Refused, match=r"安卓包名 com\.example\.yanlian5 已经备案。"):
        world.accept(other)


# ── Again ────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-04")
def test_round_goes_on_from_the_app_of_the_one_before(today: Place) -> None:
    filing = world.submit(today.provider, world.request(Kind.ADD_SERVICE, today.record, world.app(5, 3)))
    world.withdraw(filing)
    again = world.request(Kind.ADD_SERVICE, today.record, ServiceData(type="app", platforms=world.app(5, 3).platforms))
    world.resubmit_and_send(filing, again)
    world.pass_all(filing)
    world.accept(filing)
    assert on_record(today.record) == [("陇ICP备16000001号-3A", "应用5", [("android", "com.example.yanlian5")])]
    unchanged = world.submit(today.provider, world.request(Kind.ADD_SERVICE, today.record, world.mini_program(6, 4)))
    world.withdraw(unchanged)
    world.resubmit_and_send(unchanged)
    assert unchanged.state == "verifying"
    assert unchanged.parts.get(round=2).platforms == [
        {"platform": "wechat", "identifier": "wx0000000000000006", "public_key": "", "md5": ""}
    ]


@pytest.mark.rule("T-03", "W-04")
def test_further_provider_names_no_address_of_an_app(today: Place) -> None:
    carried_through(today, world.app(5, 3, domains=()))
    other = world.new_provider(today.sandbox, "别家云")
    filing = world.submit(other, world.request(Kind.ADD_ACCESS, today.record, ServiceData(serial=3)))
    assert (filing.state, filing.return_detail) == ("verifying", "")
