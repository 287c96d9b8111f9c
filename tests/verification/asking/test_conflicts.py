"""Two requests under way at the same time: which fit, which exclude each other, one by one and as a batch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.verification.editions.in_edition import Place, another_record, place
from tests.world import person
from verification.asking.conflicts import conflicts_in_turn, conflicts_of
from verification.asking.drafting import from_filing
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import Filing, Person, Provider, Subject
from verification.refusals import Refused


@pytest.fixture
def there(db: None) -> Place:
    """An edition with all thirteen kinds; its record has two services."""
    return place("qingcloud-2020")


@pytest.fixture
def other(there: Place) -> Provider:
    """A provider that serves the first website too, from an address of its own."""
    return serving(there, "示例主机", "192.0.2.2")


def serving(there: Place, name: str, server_ip: str) -> Provider:
    """One more provider of the first website."""
    provider = world.new_provider(there.sandbox, name)
    site = there.record.services.get(serial=1)
    site.accesses.create(provider=provider, server_ip=server_ip, accepted_at=site.accepted_at)
    return provider


def under_way(there: Place, *wanted: Submission | Kind, by: Provider | None = None) -> list[Filing]:
    """Submit all of them while none is decided; everybody verifies."""
    asked = [world.request(each, there.record) if isinstance(each, Kind) else each for each in wanted]
    made = [world.submit(by or there.provider, each) for each in asked]
    for filing in made:
        world.pass_all(filing)
    assert [world.standing(filing)[0] for filing in made] == ["reviewing"] * len(made)
    return made


def change(there: Place, site: ServiceData | None = None, **subject: Any) -> Submission:
    """变更备案 of what is named and nothing else; of a website the first."""
    return world.request(
        Kind.CHANGE_FILING,
        there.record,
        *((replace(site, serial=1),) if site else ()),
        subject=SubjectData(**subject) if subject else None,
    )


def refusal(filing: Filing) -> str:
    """Why the officer cannot accept; the records are then as they were."""
    assert filing.subject_record is not None
    before = everything_of(filing.subject_record)
    with pytest.raises(Refused) as refused:
        world.accept(filing)
    assert refused.value.code == "records_changed"
    assert world.standing(filing) == ("reviewing", "", 1)
    assert (filing.alarm_error, everything_of(filing.subject_record)) == ("", before)
    return refused.value.sentence


def everything_of(subject: Subject) -> dict[str, Any]:
    """What stands on record of a 主体, remarks and nature too."""
    found = world.record_of(subject)
    remarks = list(subject.services.order_by("serial").values_list("remark", flat=True))
    return {**found, "more": (subject.nature, subject.remark, subject.province, *remarks)}


# ── An acceptance applies what its request changes, and nothing else ─────────


@pytest.mark.rule("W-26", "D-06")
def test_two_changes_of_different_fields_are_both_applied(there: Place) -> None:
    one, two = under_way(there, change(there, name="新公司名"), change(there, remark="新备注"))
    world.accept(one)
    world.accept(two)
    there.record.refresh_from_db()
    assert (there.record.name, there.record.remark) == ("新公司名", "新备注")


#: One request for each field, and what then stands on record.
SUBJECT_FIELDS: dict[str, tuple[dict[str, Any], object]] = {
    "name": ({"name": "新公司名"}, "新公司名"),
    "nature": ({"nature": "society"}, "society"),
    "remark": ({"remark": "新备注"}, "新备注"),
    "responsible__phone": ({"person": PersonData(phone=person(3).phone)}, person(3).phone),
}
SITE_FIELDS: dict[str, tuple[ServiceData, object]] = {
    "name": (ServiceData(name="新站名"), "新站名"),
    "domain": (ServiceData(domain="new.example.com"), "new.example.com"),
    "remark": (ServiceData(remark="新备注"), "新备注"),
    "responsible__phone": (ServiceData(person=PersonData(phone=person(4).phone)), person(4).phone),
    "accesses__server_ip": (ServiceData(server_ip="192.0.2.77"), "192.0.2.77"),
}


@pytest.mark.parametrize("in_turn", [1, -1], ids=["in order", "backwards"])
def test_a_change_of_every_field_at_once_leaves_all_of_them(there: Place, in_turn: int) -> None:
    wanted = [change(there, **data) for data, _ in SUBJECT_FIELDS.values()]
    wanted += [change(there, data) for data, _ in SITE_FIELDS.values()]
    for filing in under_way(there, *wanted)[::in_turn]:
        world.accept(filing)
    subject = Subject.objects.values(*SUBJECT_FIELDS).get(pk=there.record.pk)
    site = there.record.services.values(*SITE_FIELDS).get(serial=1)
    assert subject == {name: value for name, (_, value) in SUBJECT_FIELDS.items()}
    assert site == {name: value for name, (_, value) in SITE_FIELDS.items()}


def test_kinds_of_one_purpose_leave_what_others_change(there: Place) -> None:
    first, access, domain, renamed = under_way(
        there,
        change(there, ServiceData(name="新站名", remark="新备注")),
        world.request(Kind.CHANGE_ACCESS, there.record, ServiceData(serial=1, server_ip="192.0.2.77")),
        world.request(Kind.MOVE_DOMAIN, there.record, ServiceData(serial=1, domain="new.example.com")),
        world.request(Kind.CHANGE_WEBSITE, there.record, ServiceData(serial=1, person=person(4))),
    )
    for filing in (first, access, domain, renamed):
        world.accept(filing)
    served = [("演练云", "192.0.2.77")]
    expected = ("新站名", "new.example.com", person(4).phone, "", served)
    assert world.record_of(there.record)["services"][0] == expected
    assert there.record.services.get(serial=1).remark == "新备注"


def test_each_provider_changes_the_address_of_its_own_access(there: Place, other: Provider) -> None:
    (ours,) = under_way(there, change(there, ServiceData(server_ip="192.0.2.77")))
    (theirs,) = under_way(there, change(there, ServiceData(server_ip="192.0.2.78")), by=other)
    world.accept(ours)
    world.accept(theirs)
    assert world.record_of(there.record)["services"][0][4] == [("演练云", "192.0.2.77"), ("示例主机", "192.0.2.78")]


def test_emptied_remark_stays_empty_and_a_given_one_stays(there: Place) -> None:
    Subject.objects.filter(pk=there.record.pk).update(remark="旧备注")
    emptied, renamed = under_way(there, change(there, remark=""), change(there, name="新公司名"))
    world.accept(emptied)
    world.accept(renamed)
    there.record.refresh_from_db()
    assert (there.record.name, there.record.remark) == ("新公司名", "")


def test_move_to_another_province_keeps_what_others_change(there: Place) -> None:
    move = world.request(Kind.CHANGE_SUBJECT, there.record, new_province="b")
    moved, renamed = under_way(there, move, change(there, name="新公司名"))
    world.accept(renamed)
    world.accept(moved)
    there.record.refresh_from_db()
    assert (there.record.name, there.record.province, there.record.number) == ("新公司名", "b", "京ICP备20000001号")


# ── Both touch one field ─────────────────────────────────────────────────────


def changed_since(what: str) -> str:
    return f"备案库已有变化：{what}在本次申请提交以后已经变更。请驳回，由接入商修改后重新提交。"


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"name": "甲公司"}, {"name": "乙公司", "remark": "新备注"}, "主体名称"),
        ({"nature": "society"}, {"nature": "individual"}, "主体性质"),
        ({"remark": "甲"}, {"remark": "乙"}, "主体的备注"),
        ({"name": "甲公司", "remark": "甲"}, {"name": "乙公司", "remark": "乙"}, "主体名称、主体的备注"),
        (
            {"person": PersonData(phone=person(3).phone)},
            {"person": PersonData(phone=person(4).phone)},
            "主体负责人（手机号码）",
        ),
    ],
)
def test_later_of_two_changes_of_one_field_of_the_subject_is_refused(
    there: Place, first: dict[str, Any], second: dict[str, Any], field: str
) -> None:
    one, two = under_way(there, change(there, **first), change(there, **second))
    world.accept(one)
    assert refusal(two) == changed_since(field)


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        (ServiceData(name="甲站"), ServiceData(name="乙站"), "网站 old1.example.com 的网站名称"),
        (ServiceData(domain="a.com"), ServiceData(domain="b.com"), "网站 a.com 的域名"),
        (ServiceData(remark="甲"), ServiceData(remark="乙"), "网站 old1.example.com 的备注"),
        (
            ServiceData(person=person(3)),
            ServiceData(person=person(4)),
            "网站 old1.example.com 的网站负责人（姓名、证件、手机号码）",
        ),
        (
            ServiceData(server_ip="192.0.2.77"),
            ServiceData(server_ip="192.0.2.78"),
            "网站 old1.example.com 的服务器 IP 地址",
        ),
    ],
)
def test_later_of_two_changes_of_one_field_of_a_website_is_refused(
    there: Place, first: ServiceData, second: ServiceData, field: str
) -> None:
    one, two = under_way(there, change(there, first), change(there, second))
    world.accept(one)
    assert refusal(two) == changed_since(field)


def test_person_is_one_field_because_name_document_and_phone_were_verified_together(there: Place) -> None:
    one, two = under_way(
        there,
        change(there, person=PersonData(phone=person(3).phone)),
        change(there, person=PersonData(emergency_phone="010-12345678")),
    )
    world.accept(one)
    assert refusal(two) == changed_since("主体负责人（手机号码）")


def test_kinds_of_different_names_meet_in_one_field(there: Place) -> None:
    one, two = under_way(
        there,
        world.request(Kind.MOVE_DOMAIN, there.record, ServiceData(serial=1, domain="new.example.com")),
        change(there, ServiceData(domain="newer.example.com")),
    )
    world.accept(one)
    assert refusal(two) == changed_since("网站 new.example.com 的域名")


def test_subject_moves_to_one_province_only(there: Place) -> None:
    one, two = under_way(
        there, *(world.request(Kind.CHANGE_SUBJECT, there.record, new_province=code) for code in ("b", "z"))
    )
    world.accept(one)
    assert refusal(two) == changed_since("主体所在的省份")


def test_website_moves_to_one_subject_only(there: Place) -> None:
    target = another_record(there)
    moves = [
        world.request(Kind.MOVE_WEBSITE, there.record, ServiceData(serial=1), target_number=target.number)
        for _ in range(2)
    ]
    one, two = under_way(there, *moves)
    world.accept(one)
    assert refusal(two) == changed_since("网站 old1.example.com 所属的主体")


@pytest.mark.parametrize("kind", [Kind.CHANGE_ACCESS, Kind.CANCEL_ACCESS, Kind.CANCEL_SERVICE])
def test_provider_that_no_longer_serves_the_website_changes_nothing_there(
    there: Place, other: Provider, kind: Kind
) -> None:
    data = ServiceData(serial=1, server_ip="192.0.2.77" if kind is Kind.CHANGE_ACCESS else "")
    one, two = under_way(
        there,
        world.request(Kind.CANCEL_ACCESS, there.record, ServiceData(serial=1)),
        world.request(kind, there.record, data),
    )
    world.accept(one)
    assert refusal(two) == (
        "备案库已有变化：网站 old1.example.com 已不由“演练云”接入。请驳回，由接入商修改后重新提交。"
    )


def test_number_of_a_website_that_has_moved_is_not_given_to_another(there: Place) -> None:
    target = another_record(there)
    move = world.request(Kind.MOVE_WEBSITE, there.record, ServiceData(serial=2), target_number=target.number)
    moved, added = under_way(there, move, world.request(Kind.ADD_SERVICE, there.record, world.site(5, 5)))
    world.accept(moved)
    world.accept(added)
    assert sorted(site.number for site in target.services.all()) == [f"{target.number}-1"]
    numbers = [site.number for site in there.record.services.order_by("serial")]
    assert numbers == [f"{there.record.number}-1", f"{there.record.number}-3"]


# ── Submitted again ──────────────────────────────────────────────────────────


@pytest.mark.rule("D-04")
def test_resubmission_unchanged_asks_for_its_own_change_only(there: Place) -> None:
    renamed, remarked = under_way(there, change(there, name="新公司名"), change(there, remark="新备注"))
    world.accept(renamed)
    world.reject(remarked)
    world.resubmit(remarked)
    (part,) = remarked.parts.filter(round=2)
    assert (part.name, part.remark, part.is_touched) == ("新公司名", "新备注", False)
    world.accept(remarked)
    there.record.refresh_from_db()
    assert (there.record.name, there.record.remark) == ("新公司名", "新备注")


def test_resubmission_of_a_person_keeps_what_others_have_changed_of_it(there: Place) -> None:
    site = there.record.services.get(serial=1)
    one, two = under_way(
        there,
        change(there, ServiceData(person=PersonData(name="演新名", emergency_phone="010-1111111"))),
        change(there, ServiceData(person=PersonData(phone=person(4).phone))),
    )
    world.accept(one)
    assert refusal(two) == changed_since("网站 old1.example.com 的网站负责人（姓名、应急联系电话）")
    world.reject(two)
    world.resubmit(two)
    world.pass_all(two)
    world.accept(two)
    site.refresh_from_db()
    found = site.responsible
    assert (found.name, found.emergency_phone, found.phone) == ("演新名", "010-1111111", person(4).phone)


def test_resubmission_begins_with_what_the_last_round_changed(there: Place) -> None:
    (filing,) = under_way(
        there, change(there, ServiceData(name="新站名", person=PersonData(phone=person(4).phone)), remark="新备注")
    )
    again = from_filing(filing)
    assert again.subject == SubjectData(remark="新备注")
    assert again.services == (ServiceData(serial=1, name="新站名", person=PersonData(phone=person(4).phone)),)


# ── A batch is judged as a whole, in its order ───────────────────────────────


def in_turn(*filings: Filing) -> list[str]:
    """What speaks against each, once those before it have been accepted; and so it comes."""
    found = conflicts_in_turn(filings)
    refused = []
    for filing in filings:
        try:
            world.accept(filing)
        except Refused:
            refused.append(filing.pk)
    assert list(found) == refused
    return [found.get(filing.pk, "") for filing in filings]


def because_of(earlier: Filing, what: str) -> str:
    return f"本批中先处理的申请 {earlier.number} 通过以后，{what}请返回列表，只勾选其中应当通过的一份。"


def test_second_of_a_batch_that_takes_the_same_domain_is_told(there: Place) -> None:
    one, two = under_way(there, *(world.first_filing(n, n, domain=7) for n in (7, 8)))
    assert conflicts_of([one, two]) == {}
    assert in_turn(one, two) == ["", because_of(one, "域名 site7.example.com 已经备案。")]


def test_order_decides_which_of_a_batch_is_told(there: Place) -> None:
    one, two = under_way(there, *(world.first_filing(n, n, domain=7) for n in (7, 8)))
    assert in_turn(two, one) == ["", because_of(two, "域名 site7.example.com 已经备案。")]


def test_filing_that_is_refused_itself_stands_in_nobodys_way(there: Place) -> None:
    one, two, three = under_way(
        there, change(there, name="甲"), change(there, name="乙", remark="乙"), change(there, remark="丙")
    )
    assert in_turn(one, two, three) == ["", because_of(one, "主体名称在本次申请提交以后已经变更。"), ""]


#: Pairs of requests on one record, each as kind, website and the rest, and what speaks against the second.
Asked = tuple[Kind, int | None, dict[str, Any]]
EXCLUDING: list[tuple[Asked, Asked, str]] = [
    (
        (Kind.CANCEL_SUBJECT, None, {}),
        (Kind.CHANGE_SUBJECT, None, {"subject": SubjectData(name="新")}),
        "备案号 陇ICP备16000001号 已注销。",
    ),
    ((Kind.CANCEL_SERVICE, 1, {}), (Kind.CANCEL_ACCESS, 1, {}), "网站 old1.example.com 已注销。"),
    ((Kind.CANCEL_ACCESS, 1, {}), (Kind.CANCEL_SERVICE, 1, {}), "网站 old1.example.com 已不由“演练云”接入。"),
    (
        (Kind.CHANGE_SUBJECT, None, {"new_province": "b"}),
        (Kind.CHANGE_SUBJECT, None, {"new_province": "z"}),
        "主体所在的省份在本次申请提交以后已经变更。",
    ),
    (
        (Kind.CHANGE_FILING, None, {"subject": SubjectData(person=PersonData(phone=person(3).phone))}),
        (Kind.CHANGE_SUBJECT, None, {"subject": SubjectData(person=person(4))}),
        "主体负责人（手机号码）在本次申请提交以后已经变更。",
    ),
]


@pytest.mark.parametrize(("first", "second", "what"), EXCLUDING)
def test_pairs_of_a_batch_that_exclude_each_other(there: Place, first: Asked, second: Asked, what: str) -> None:
    wanted = [
        world.request(kind, there.record, *([ServiceData(serial=serial)] if serial else []), **rest)
        for kind, serial, rest in (first, second)
    ]
    one, two = under_way(there, *wanted)
    assert in_turn(one, two) == ["", because_of(one, what)]


def test_same_access_twice_in_a_batch(there: Place) -> None:
    newcomer = world.new_provider(there.sandbox, "新接入商")
    access = world.request(Kind.ADD_ACCESS, there.record, ServiceData(serial=1))
    one, two = under_way(there, access, access, by=newcomer)
    assert in_turn(one, two) == ["", because_of(one, "网站 old1.example.com 已由“新接入商”接入。")]


def test_website_of_a_batch_does_not_move_to_a_subject_that_ends_before(there: Place) -> None:
    target = another_record(there)
    (ending,) = under_way(there, world.request(Kind.CANCEL_SUBJECT, target))
    move = world.request(Kind.MOVE_WEBSITE, there.record, ServiceData(serial=1), target_number=target.number)
    (moving,) = under_way(there, move)
    assert in_turn(ending, moving) == ["", because_of(ending, f"迁入主体的备案号 {target.number} 不存在或已注销。")]


@pytest.mark.parametrize(
    ("new_province", "told"), [("b", "迁入主体的备案号 {} 不存在或已注销。"), ("", "")], ids=["moves away", "stays"]
)
def test_website_of_a_batch_moves_to_a_subject_by_the_number_that_it_has_then(
    there: Place, new_province: str, told: str
) -> None:
    target = another_record(there)
    changing = world.request(
        Kind.CHANGE_SUBJECT, target, subject=SubjectData(remark="新"), **({"new_province": "b"} if new_province else {})
    )
    move = world.request(Kind.MOVE_WEBSITE, there.record, ServiceData(serial=1), target_number=target.number)
    one, two = under_way(there, changing, move)
    assert in_turn(one, two) == ["", told and because_of(one, told.format(target.number))]


@pytest.mark.parametrize(
    ("kind", "contents", "what"),
    [
        (Kind.CHANGE_ACCESS, [{"server_ip": "192.0.2.7"}, {"server_ip": "192.0.2.8"}], "服务器 IP 地址"),
        (Kind.CHANGE_WEBSITE, [{"name": "甲站"}, {"name": "乙站"}], "网站名称"),
    ],
)
def test_same_field_of_a_website_twice_in_a_batch(
    there: Place, kind: Kind, contents: list[dict[str, str]], what: str
) -> None:
    asked = [world.request(kind, there.record, ServiceData(serial=1, **content)) for content in contents]
    one, two = under_way(there, *asked)
    said = f"网站 old1.example.com 的{what}在本次申请提交以后已经变更。"
    assert in_turn(one, two) == ["", because_of(one, said)]


def test_domain_that_a_website_of_a_batch_takes_is_not_free_any_more(there: Place) -> None:
    taken = "site7.example.com"
    move = world.request(Kind.MOVE_DOMAIN, there.record, ServiceData(serial=1, domain=taken))
    one, two = under_way(there, move, world.first_filing(7, 7, domain=7))
    assert in_turn(one, two) == ["", because_of(one, f"域名 {taken} 已经备案。")]


def test_domain_that_was_taken_since_is_not_moved_to(there: Place) -> None:
    move = world.request(Kind.MOVE_DOMAIN, there.record, ServiceData(serial=1, domain="site7.example.com"))
    moving, taking = under_way(there, move, world.first_filing(7, 7, domain=7))
    world.accept(taking)
    assert "域名 site7.example.com 已经备案。" in refusal(moving)


def test_website_that_has_moved_ends_with_its_new_subject(there: Place) -> None:
    target = another_record(there)
    move = world.request(Kind.MOVE_WEBSITE, there.record, ServiceData(serial=1), target_number=target.number)
    moving, renaming = under_way(there, move, change(there, ServiceData(name="新站名")))
    (ending,) = under_way(there, world.request(Kind.CANCEL_SUBJECT, target))
    assert in_turn(moving, ending, renaming) == ["", "", because_of(ending, "网站 old1.example.com 已注销。")]


@pytest.mark.parametrize("ends", [Kind.CANCEL_SUBJECT, Kind.CANCEL_SERVICE, Kind.MOVE_DOMAIN])
def test_domain_that_a_batch_sets_free_may_be_taken_in_it(there: Place, ends: Kind) -> None:
    sites = {
        Kind.CANCEL_SUBJECT: (),
        Kind.CANCEL_SERVICE: (ServiceData(serial=1),),
        Kind.MOVE_DOMAIN: (ServiceData(serial=1, domain="new.example.com"),),
    }[ends]
    (ending,) = under_way(there, world.request(ends, there.record, *sites))
    site = there.record.services.get(serial=1)
    site.cancelled_at = world.moment("2020-09-01 09:00")
    site.save()  # free for the moment of the submission only
    (taking,) = under_way(there, replace(world.first_filing(7, 7), services=(world.site(1, 7, domain=site.domain),)))
    site.cancelled_at = None
    site.save()
    assert in_turn(ending, taking) == ["", ""]


def test_what_a_batch_would_do_is_found_together_and_changes_nothing(there: Place) -> None:
    made = under_way(
        there,
        *(change(there, name=f"名{n}") for n in range(2)),
        *(change(there, ServiceData(person=person(n))) for n in range(3, 5)),
        *(world.first_filing(n, n, domain=7) for n in range(7, 9)),
        Kind.CANCEL_SUBJECT,
    )
    before = everything_of(there.record), Person.objects.count()

    def queries(filings: Sequence[Filing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            conflicts_in_turn(filings)
        assert {query["sql"].split()[0] for query in captured} == {"SELECT"}
        return len(captured)

    assert queries(made[::2]) == queries(made)
    assert (everything_of(there.record), Person.objects.count()) == before
