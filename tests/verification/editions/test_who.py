"""Who gets a code for what, where the editions differ: shown by real filings that stand on a record.

On record 演甲1 answers for the 主体 and 演乙2 for the website; what is new is 演丙3's.
"""

from typing import Any

import pytest

from tests import world
from tests.verification.editions.in_edition import another_record, place, request_of
from tests.world import person
from verification.asking.submissions import PersonData, ServiceData, SubjectData
from verification.law.words import Kind
from verification.models import Access, Filing, Provider

pytestmark = pytest.mark.django_db

SUBJECT, SITE, NEW = "演甲1", "演乙2", "演丙3"


def reached(filing: Filing) -> tuple[str, list[str]]:
    """The filing's state after the first sending, and who got a message."""
    return world.standing(filing)[0], [name for name, _, _ in world.messages(filing.sandbox)]


def case(edition: str, kind: Kind, who: list[str], *rules: str, **changes: Any) -> Any:
    return pytest.param(edition, kind, changes, who, marks=pytest.mark.rule(*rules))


@pytest.mark.parametrize(
    ("edition", "kind", "changes", "who"),
    [
        case("jd-2017", Kind.ADD_SERVICE, [NEW], "W-02"),
        case("aliyun-2018", Kind.ADD_SERVICE, [NEW], "W-02"),
        case("tencent-2018", Kind.ADD_SERVICE, [NEW], "W-02"),
        case("miit-2018", Kind.ADD_SERVICE, [NEW], "W-02"),
        case("qingcloud-2020", Kind.ADD_SERVICE, [SUBJECT, NEW], "W-03"),
        case(
            "qingcloud-2020",
            Kind.CHANGE_FILING,
            [],
            "W-09",
            subject=None,
            services=(ServiceData(serial=1, server_ip="192.0.2.50"),),
        ),
        case("qingcloud-2020", Kind.CHANGE_ACCESS, [], "W-09"),
        case("qingcloud-2020", Kind.MOVE_DOMAIN, [], "W-09"),
        case("qingcloud-2020", Kind.CHANGE_SUBJECT, [SUBJECT], "W-10"),
        case(
            "qingcloud-2020",
            Kind.CHANGE_SUBJECT,
            [NEW],
            "W-10",
            "W-26",
            subject=SubjectData(person=person(3)),
        ),
        case("qingcloud-2020", Kind.CHANGE_SUBJECT, [], "W-10", new_province="b"),
        case("qingcloud-2020", Kind.CHANGE_WEBSITE, [SITE], "W-11"),
        case(
            "qingcloud-2020",
            Kind.CHANGE_WEBSITE,
            [NEW],
            "W-11",
            "W-26",
            services=(ServiceData(serial=1, person=person(3)),),
        ),
        case("jd-2017", Kind.CANCEL_SUBJECT, [], "W-12"),
        case("jd-2017", Kind.CANCEL_SERVICE, [], "W-12"),
        case("jd-2017", Kind.CANCEL_ACCESS, [], "W-12"),
        case("tencent-2018", Kind.CANCEL_SUBJECT, [], "W-12"),
        case("tencent-2018", Kind.CANCEL_SERVICE, [], "W-12"),
        case("tencent-2018", Kind.CANCEL_ACCESS, [], "W-12"),
        case("aliyun-2018", Kind.CANCEL_SUBJECT, [SUBJECT], "W-13"),
        case("aliyun-2018", Kind.CANCEL_SERVICE, [SITE], "W-13"),
        case("aliyun-2018", Kind.CANCEL_ACCESS, [SITE], "W-13"),
        case("miit-2018", Kind.CANCEL_SUBJECT, [SUBJECT], "W-14"),
        case("miit-2018", Kind.CANCEL_SERVICE, [SUBJECT, SITE], "W-14", "W-15"),
        case("miit-2018", Kind.CANCEL_ACCESS, [SITE], "W-14"),
        case("qingcloud-2020", Kind.CANCEL_SUBJECT, [SUBJECT], "W-16"),
        case("qingcloud-2020", Kind.CANCEL_SERVICE, [], "W-16"),
        case("qingcloud-2020", Kind.CANCEL_ACCESS, [], "W-16"),
    ],
)
def test_edition_sends_codes_to(edition: str, kind: Kind, changes: dict[str, Any], who: list[str]) -> None:
    there = place(edition)
    if kind is Kind.ADD_ACCESS:
        Access.objects.filter(service__subject=there.record).update(
            provider=world.new_provider(there.sandbox, "别家云")
        )
    filing = there.ask(kind, **changes)
    assert reached(filing) == ("verifying" if who else "reviewing", who)
    assert filing.edition_id == edition
    world.pass_all(filing)
    world.accept(filing)
    assert world.standing(filing) == ("accepted", "", 1)


@pytest.mark.rule("W-09")
def test_move_of_a_website_verifies_nobody_and_gives_it_to_the_other_subject() -> None:
    there = place("qingcloud-2020")
    other = another_record(there)
    filing = there.ask(Kind.MOVE_WEBSITE, target_number=other.number)
    assert reached(filing) == ("reviewing", [])
    world.accept(filing)
    assert [site.name for site in other.services.all()] == ["老站1"]


@pytest.mark.rule("W-10")
def test_subject_that_moves_to_another_province_gets_a_number_there() -> None:
    there = place("qingcloud-2020")
    filing = there.ask(Kind.CHANGE_SUBJECT, new_province="b")
    world.accept(filing)
    there.record.refresh_from_db()
    assert (there.record.province, there.record.number) == ("b", "京ICP备20000001号")


@pytest.mark.rule("W-10")
def test_province_that_is_named_and_stays_is_no_change_of_province() -> None:
    there = place("qingcloud-2020")
    assert reached(there.ask(Kind.CHANGE_SUBJECT, new_province=there.province)) == ("verifying", [SUBJECT])


@pytest.mark.rule("W-03", "W-17")
def test_new_website_of_the_subjects_own_person_is_verified_once() -> None:
    there = place("qingcloud-2020")
    filing = there.ask(Kind.ADD_SERVICE, services=(world.site(5, 1),))
    assert reached(filing) == ("verifying", [SUBJECT])
    assert world.challenge_of(filing, 1).role_labels == "主体负责人、网站负责人"


@pytest.mark.rule("W-03", "W-19")
def test_new_website_waits_for_both_persons() -> None:
    filing = place("qingcloud-2020").ask(Kind.ADD_SERVICE)
    assert world.verify(filing, 3).code == 31
    assert world.standing(filing)[0] == "verifying"
    assert world.verify(filing, 1).code == 3
    assert world.standing(filing)[0] == "reviewing"


# ── 新增接入 with another phone than that on record ──────────────────────────


def access_by_another(edition: str, typed: PersonData) -> tuple[Filing, Provider]:
    """新增接入 by a second provider, with this person for the website."""
    there = place(edition)
    newcomer = world.new_provider(there.sandbox, "后来云")
    wanted = request_of(
        Kind.ADD_ACCESS, there.record, services=(ServiceData(serial=1, server_ip="192.0.2.50", person=typed),)
    )
    return world.submit_and_send(newcomer, wanted), newcomer


@pytest.mark.rule("W-24")
@pytest.mark.parametrize("edition", ["jd-2017", "aliyun-2018", "tencent-2018", "miit-2018"])
def test_differing_phone_of_a_new_access_is_returned_with_advice_up_to_2018(edition: str) -> None:
    filing, _ = access_by_another(edition, PersonData(phone=person(3).phone))
    assert world.standing(filing) == ("returned", "data_check", 1)
    assert filing.return_detail == (
        "网站 old1.example.com 的负责人手机号码与备案信息不一致，请先到原接入商变更负责人手机号码，再提交新增接入；"
        "无法联系原接入商的，请注销该备案后重新提交新增网站。"
    )
    assert (world.messages(filing.sandbox), filing.alarm_at) == ([], None)


@pytest.mark.rule("W-24")
@pytest.mark.parametrize("edition", ["jd-2017", "miit-2018"])
def test_differing_phone_of_an_empty_shell_is_returned_with_other_advice(edition: str) -> None:
    there = place(edition)
    Access.objects.filter(service__subject=there.record).update(cancelled_at=world.moment("2017-01-01 00:00"))
    filing = there.ask(Kind.ADD_ACCESS, services=(ServiceData(serial=1, person=PersonData(phone=person(3).phone)),))
    assert world.standing(filing) == ("returned", "data_check", 1)
    assert "空壳网站" in filing.return_detail


@pytest.mark.rule("W-24", "W-04")
def test_differing_phone_of_a_new_access_is_accepted_in_2020_and_the_one_on_record_gets_the_code() -> None:
    filing, newcomer = access_by_another("qingcloud-2020", person(3))
    assert reached(filing) == ("verifying", [SITE])
    assert world.messages(filing.sandbox, 3) == []
    assert world.verify(filing, 2).code == 3
    world.accept(filing)
    site = filing.subject_record.services.get(serial=1) if filing.subject_record else None
    assert site is not None
    assert (site.responsible.phone, site.accesses.filter(provider=newcomer).count()) == (person(2).phone, 1)


@pytest.mark.rule("W-24", "W-04")
@pytest.mark.parametrize("edition", ["jd-2017", "aliyun-2018", "tencent-2018", "miit-2018", "qingcloud-2020"])
def test_phone_of_a_new_access_that_is_the_one_on_record_gets_the_code(edition: str) -> None:
    filing, _ = access_by_another(edition, PersonData(phone=person(2).phone))
    assert reached(filing) == ("verifying", [SITE])
