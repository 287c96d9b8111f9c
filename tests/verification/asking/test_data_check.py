from dataclasses import replace

import pytest

from tests import world
from tests.verification.editions.in_edition import place, request_of
from tests.world import person, site
from verification.acting import filings
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import Filing, Person, Provider, Subject
from verification.refusals import SubmissionRefused


def errors(provider: Provider, submission: Submission) -> list[tuple[str, str]]:
    """Field and code of every mistake, in the order in which they are told; nothing has been created."""
    before = Filing.objects.count(), Person.objects.count()
    with pytest.raises(SubmissionRefused) as refused:
        world.submit(provider, submission)
    assert (Filing.objects.count(), Person.objects.count()) == before
    assert all(error.sentence.endswith("。") for error in refused.value.errors)
    return [(error.path, error.code) for error in refused.value.errors]


def with_subject(**changes: object) -> Submission:
    """A first filing whose 主体 differs so from a good one."""
    good = world.first_filing()
    assert good.subject is not None
    return replace(good, subject=replace(good.subject, **changes))


def with_site(**changes: object) -> Submission:
    """A first filing whose only website differs so from a good one."""
    return replace(world.first_filing(), services=(site(1, 2, **changes),))


# ── All at once ──────────────────────────────────────────────────────────────


def test_empty_first_filing_misses_everything_at_once(provider: Provider) -> None:
    empty = Submission(Kind.FIRST_FILING, "gs", subject=SubjectData(), services=(ServiceData(), ServiceData()))
    whole_person = ["person.name", "person.id_type", "person.id_number", "person.phone"]
    assert errors(provider, empty) == [
        (f"{path}.{name}", "required")
        for path, names in (
            ("subject", ["name", "nature", *whole_person]),
            ("services.0", ["name", "domain", *whole_person]),
            ("services.1", ["name", "domain", *whole_person]),
        )
        for name in names
    ]


def test_first_filing_without_its_parts(provider: Provider) -> None:
    assert errors(provider, Submission(Kind.FIRST_FILING, "gs")) == [
        ("subject", "required"),
        ("services", "required"),
    ]


def test_mistakes_of_different_sorts_are_told_together(provider: Provider) -> None:
    bad = person(2, phone="12345", id_number="62010119000101002X")
    submission = replace(
        with_subject(person=person(1, emergency_phone="none")),
        services=(site(1, bad, domain="http://example.com/"), site(2, 2, server_ip="300.1.1.1", domain="b.com")),
    )
    assert errors(provider, submission) == [
        ("subject.person.emergency_phone", "invalid_phone"),
        ("services.0.domain", "invalid_domain"),
        ("services.0.person.id_number", "invalid_id_number"),
        ("services.0.person.phone", "invalid_phone"),
        ("services.1.server_ip", "invalid_ip"),
    ]


@pytest.mark.parametrize(
    ("changes", "code"), [({"province": "zz"}, "unknown_province"), ({"province": ""}, "unknown_province")]
)
def test_unknown_province_is_told_first(provider: Provider, changes: dict[str, str], code: str) -> None:
    assert errors(provider, replace(world.first_filing(), subject=None, **changes)) == [("province", code)]


@pytest.mark.rule("N-06")
def test_kind_that_the_edition_does_not_offer_is_refused_with_what_to_do_instead(provider: Provider) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        world.submit(provider, Submission(Kind.CHANGE_PHONE, "gs", subject_number="陇ICP备16000001号"))
    (error,) = refused.value.errors
    assert (error.path, error.code) == ("kind", "kind_not_offered")
    assert error.sentence == "2017 年试点没有“变更手机号码”，请用“变更备案信息”办理，新号码会收到验证码。"


# ── Field by field ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("name", {"name": "  "}, "required"),
        ("name", {"name": "长" * 101}, "too_long"),
        ("name", {"name": "演\x00练"}, "invalid_text"),
        ("nature", {"nature": ""}, "required"),
        ("nature", {"nature": "club"}, "invalid_choice"),
        ("remark", {"remark": "长" * 201}, "too_long"),
        ("remark", {"remark": "两\n行"}, "invalid_text"),
    ],
)
def test_mistake_in_the_subject_is_told_at_its_field(
    provider: Provider, path: str, change: dict[str, str], code: str
) -> None:
    assert errors(provider, with_subject(**change)) == [(f"subject.{path}", code)]


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("name", {"name": ""}, "required"),
        ("name", {"name": "长" * 101}, "too_long"),
        ("domain", {"domain": ""}, "required"),
        ("domain", {"domain": "example"}, "invalid_domain"),
        ("domain", {"domain": "192.0.2.1"}, "invalid_domain"),
        ("domain", {"domain": "https://example.com"}, "invalid_domain"),
        ("domain", {"domain": "ex ample.com"}, "invalid_domain"),
        ("domain", {"domain": "a." * 126 + "com"}, "too_long"),
        ("server_ip", {"server_ip": "192.0.2"}, "invalid_ip"),
        ("remark", {"remark": "长" * 201}, "too_long"),
    ],
)
def test_mistake_in_a_website_is_told_at_its_field(
    provider: Provider, path: str, change: dict[str, object], code: str
) -> None:
    assert errors(provider, with_site(**change)) == [(f"services.0.{path}", code)]


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("name", {"name": " "}, "required"),
        ("name", {"name": "长" * 61}, "too_long"),
        ("id_type", {"id_type": ""}, "required"),
        ("id_type", {"id_type": "driving_licence"}, "invalid_choice"),
        ("id_number", {"id_number": ""}, "required"),
        ("id_number", {"id_number": "110101190001010011"}, "invalid_id_number"),
        ("id_number", {"id_number": "11010119000101"}, "invalid_id_number"),
        ("id_number", {"id_type": "passport", "id_number": "A1"}, "invalid_id_number"),
        ("id_number", {"id_type": "hk_macau_permit", "id_number": "X12345678"}, "invalid_id_number"),
        ("phone", {"phone": ""}, "required"),
        ("phone", {"phone": "1390000000"}, "invalid_phone"),
        ("phone", {"phone": "23900000001"}, "invalid_phone"),
        ("phone", {"phone": "12000000001"}, "invalid_phone"),
        ("emergency_phone", {"emergency_phone": "请转分机"}, "invalid_phone"),
        ("name", {"name": "演\n甲"}, "invalid_text"),
        ("emergency_phone", {"emergency_phone": "0" * 21}, "invalid_phone"),
    ],
)
def test_mistake_in_a_person_is_told_at_its_field(
    provider: Provider, path: str, change: dict[str, str], code: str
) -> None:
    assert errors(provider, with_subject(person=person(1, **change))) == [(f"subject.person.{path}", code)]


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "  演甲1 "},
        {"phone": "１３９ 0000 0001"},
        {"id_number": " ".join(world.person(1).id_number)},
        {"id_number": world.person(1).id_number.translate({ord("1"): "１", ord("0"): "０"})},
    ],
)
def test_what_people_really_type_is_folded(provider: Provider, typed: dict[str, str]) -> None:
    world.submit(provider, world.first_filing(person(1, **typed), 2))
    row = Person.objects.get(name="演甲1")
    number = world.person(1).id_number
    assert (row.phone, row.id_suffix, row.id_masked) == ("13900000001", number[-6:], f"1{'*' * 15}{number[-2:]}")


# ── One phone is one person, one domain one website ──────────────────────────


@pytest.mark.rule("W-17")
@pytest.mark.parametrize(
    "other",
    [
        {"name": "演别人"},
        {"id_number": world.person(2).id_number},
        {"id_type": "passport", "id_number": world.person(1).id_number[-15:]},
    ],
)
def test_one_phone_for_two_persons_is_refused(provider: Provider, other: dict[str, str]) -> None:
    assert errors(provider, world.first_filing(1, person(1, **other))) == [
        ("services.0.person.phone", "phone_of_two_persons")
    ]


@pytest.mark.rule("W-17")
def test_one_phone_for_one_person_in_several_roles_is_fine(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1, 1))
    assert filing.challenges.count() == 1


@pytest.mark.parametrize("second", ["example.com", "EXAMPLE.com", "example.com.", " example.com"])
def test_domain_that_stands_twice_is_refused(provider: Provider, second: str) -> None:
    submission = replace(world.first_filing(), services=(site(1, 2, domain="example.com"), site(2, 2, domain=second)))
    assert errors(provider, submission) == [("services.1.domain", "domain_twice")]


# ── Requests that stand on a record ──────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.ADD_SERVICE, [("subject_number", "required"), ("services", "required")]),
        (Kind.ADD_ACCESS, [("subject_number", "required"), ("services", "required")]),
        (Kind.CHANGE_FILING, [("subject_number", "required")]),
        (Kind.CANCEL_SUBJECT, [("subject_number", "required")]),
        (Kind.CANCEL_SERVICE, [("subject_number", "required"), ("services", "required")]),
        (Kind.CANCEL_ACCESS, [("subject_number", "required"), ("services", "required")]),
    ],
)
def test_kind_that_stands_on_a_record_asks_for_its_number(
    provider: Provider, kind: Kind, expected: list[tuple[str, str]]
) -> None:
    assert errors(provider, Submission(kind, "gs", subject_number=" ")) == expected


@pytest.mark.parametrize("kind", [Kind.ADD_ACCESS, Kind.CHANGE_FILING, Kind.CANCEL_SERVICE, Kind.CANCEL_ACCESS])
def test_website_on_record_must_be_named(provider: Provider, record: Subject, kind: Kind) -> None:
    submission = world.request(kind, record, ServiceData(serial=1), ServiceData(name="新名字"))
    assert errors(provider, submission)[0] == ("services.1.serial", "required")


@pytest.mark.parametrize("kind", [Kind.ADD_ACCESS, Kind.CHANGE_FILING, Kind.CANCEL_SERVICE])
def test_website_on_record_may_be_named_once(provider: Provider, record: Subject, kind: Kind) -> None:
    twice = (ServiceData(serial=1, domain="a.com"), ServiceData(serial=1, domain="b.com"))
    assert errors(provider, world.request(kind, record, *twice))[0] == ("services.1.serial", "serial_twice")


def test_new_website_has_no_number_yet(provider: Provider, record: Subject) -> None:
    submission = world.request(Kind.ADD_SERVICE, record, replace(site(1, 3), serial=1))
    assert errors(provider, submission) == [("services.0.serial", "unexpected")]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subject": SubjectData()},
        {"subject": SubjectData(name="演练公司", nature="enterprise", remark="")},
        {"subject": SubjectData(person=world.person(1))},
        {"services": (ServiceData(serial=1),)},
        {"services": (ServiceData(serial=1, server_ip="192.0.2.1", domain="OLD1.example.com."),)},
    ],
)
def test_change_that_changes_nothing_is_refused(
    provider: Provider, record: Subject, changes: dict[str, object]
) -> None:
    submission = replace(world.request(Kind.CHANGE_FILING, record), **changes)
    assert errors(provider, submission) == [("changes", "nothing_changes")]


#: What can be changed by each kind, as the refusal names it.
CHANGEABLE = {
    Kind.CHANGE_FILING: "主体和网站的名称、负责人、备注，主体性质，网站的域名和服务器 IP 地址",
    Kind.CHANGE_SUBJECT: "主体的名称、性质、负责人、备注和所在省份",
    Kind.CHANGE_WEBSITE: "网站的名称、域名、负责人、备注和服务器 IP 地址",
    Kind.CHANGE_ACCESS: "网站的服务器 IP 地址",
    Kind.CHANGE_PHONE: "主体负责人和网站负责人的手机号码",
    Kind.MOVE_DOMAIN: "网站的域名",
}


@pytest.mark.parametrize("sites", [(), (ServiceData(serial=1),), (ServiceData(serial=1), ServiceData(serial=2))])
@pytest.mark.parametrize("kind", CHANGEABLE)
def test_kind_that_changes_nothing_is_told_what_it_could_change(
    db: None, kind: Kind, sites: tuple[ServiceData, ...]
) -> None:
    there = place("miit-2018" if kind is Kind.CHANGE_PHONE else "qingcloud-2020")
    with pytest.raises(SubmissionRefused) as refused:
        world.submit(there.provider, world.request(kind, there.record, *sites, subject=SubjectData()))
    (error,) = refused.value.errors
    assert (error.path, error.code) == ("changes", "nothing_changes")
    assert error.sentence == f"提交的内容与备案记录完全相同。可以变更的是{CHANGEABLE[kind]}，请至少修改一项。"
    assert Filing.objects.count() == 0


def test_what_is_on_record_changes_nothing_however_it_is_spelled(provider: Provider, record: Subject) -> None:
    record.services.get(serial=1).accesses.update(server_ip="2001:db8::1")
    spelled = ServiceData(
        serial=1, server_ip="2001:DB8:0::１", domain="ＯＬＤ1。example.com", person=PersonData(name="演 乙2")
    )
    assert errors(provider, world.request(Kind.CHANGE_FILING, record, spelled)) == [("changes", "nothing_changes")]


def test_same_document_typed_again_keeps_the_number_on_its_back(db: None) -> None:
    there = place("qingcloud-2020", province="z")
    Person.objects.filter(pk=there.record.responsible_id).update(
        id_type="hk_macau_permit", id_suffix="345678", id_masked="H******78", id_back_suffix="56（7）"
    )
    again = SubjectData(person=PersonData(id_type="hk_macau_permit", id_number="H12345678"))
    assert errors(there.provider, world.request(Kind.CHANGE_SUBJECT, there.record, subject=again)) == [
        ("changes", "nothing_changes")
    ]


def test_website_that_is_named_and_not_changed_is_refused_beside_one_that_is(
    provider: Provider, record: Subject
) -> None:
    change = world.request(
        Kind.CHANGE_FILING, record, ServiceData(serial=1, server_ip="192.0.2.77"), ServiceData(serial=2)
    )
    with pytest.raises(SubmissionRefused) as refused:
        world.submit(provider, change)
    (error,) = refused.value.errors
    assert (error.path, error.code) == ("services.1.serial", "nothing_changes")
    assert error.sentence == "网站 old2.example.com 没有任何变更，请填写要变更的项目，或不选择这个网站。"


def test_address_of_another_provider_is_a_change_of_ones_own(provider: Provider, record: Subject) -> None:
    other = world.new_provider(provider.sandbox, "示例主机")
    site_1 = record.services.get(serial=1)
    site_1.accesses.create(provider=other, server_ip="192.0.2.2", accepted_at=record.accepted_at)
    change = world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, server_ip="192.0.2.2"))
    filing = world.submit(provider, change)
    assert (filing.state, filing.situation) == ("reviewing", "access_only")


def test_website_is_not_moved_to_where_it_is(db: None) -> None:
    there = place("qingcloud-2020")
    move = world.request(
        Kind.MOVE_WEBSITE, there.record, ServiceData(serial=1), target_number=f"{there.record.number}-2"
    )
    assert errors(there.provider, move) == [("target_number", "nothing_changes")]


def test_blank_fields_of_a_change_mean_as_on_record_and_need_not_be_typed(provider: Provider, record: Subject) -> None:
    phone_only = ServiceData(serial=1, person=PersonData(phone=world.person(3).phone))
    filing = world.submit(provider, world.request(Kind.CHANGE_FILING, record, phone_only))
    assert filing.state == "verifying"


def test_another_type_of_document_needs_its_number(provider: Provider, record: Subject) -> None:
    other = ServiceData(serial=1, person=PersonData(id_type="passport"))
    assert errors(provider, world.request(Kind.CHANGE_FILING, record, other)) == [
        ("services.0.person.id_number", "required")
    ]


def test_what_is_typed_for_an_unknown_record_must_still_be_of_good_form(provider: Provider) -> None:
    submission = Submission(
        Kind.CHANGE_FILING,
        "gs",
        subject_number="陇ICP备99999999号" + "9" * 30,
        subject=SubjectData(nature="club", person=PersonData(id_type="none", phone="1")),
    )
    assert errors(provider, submission) == [
        ("subject_number", "too_long"),
        ("subject.nature", "invalid_choice"),
        ("subject.person.id_type", "invalid_choice"),
        ("subject.person.phone", "invalid_phone"),
    ]


def test_expected_verification_tells_the_same_mistakes(provider: Provider) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        filings.expected_verification(provider, with_subject(name=""))
    assert [(error.path, error.code) for error in refused.value.errors] == [("subject.name", "required")]


# ── Places, lengths, and fields that only some kinds have ────────────────────


@pytest.mark.rule("W-10")
def test_province_to_move_to_must_exist(db: None) -> None:
    there = place("qingcloud-2020")
    leaving = replace(request_of(Kind.CHANGE_SUBJECT, there.record), new_province="zz")
    assert errors(there.provider, leaving) == [("new_province", "unknown_province")]


@pytest.mark.rule("W-10")
def test_move_to_another_province_is_a_change_by_itself(db: None) -> None:
    there = place("qingcloud-2020")
    leaving = replace(request_of(Kind.CHANGE_SUBJECT, there.record, subject=None), new_province="b")
    assert world.submit(there.provider, leaving).state == "reviewing"


def test_text_may_be_as_long_as_the_table_holds(provider: Provider) -> None:
    filing = world.submit(provider, with_subject(name="长" * 100))
    assert filing.parts.get(part="subject").name == "长" * 100


def test_address_with_a_scope_is_no_longer_than_the_table_holds(provider: Provider) -> None:
    assert errors(provider, with_site(server_ip="fe80::1%" + "a" * 60)) == [("services.0.server_ip", "too_long")]


def test_new_website_of_a_subject_on_record_misses_what_is_blank(provider: Provider, record: Subject) -> None:
    assert errors(provider, world.request(Kind.ADD_SERVICE, record, ServiceData())) == [
        (f"services.0.{name}", "required")
        for name in ("name", "domain", "person.name", "person.id_type", "person.id_number", "person.phone")
    ]


def test_new_website_of_an_unknown_subject_misses_what_is_blank(provider: Provider) -> None:
    submission = Submission(
        Kind.ADD_SERVICE, "gs", subject_number="陇ICP备99999999号", services=(site(1, 2, domain=""),)
    )
    assert errors(provider, submission) == [("services.0.domain", "required")]


@pytest.mark.rule("I-03")
@pytest.mark.parametrize(("back", "code"), [("A12345", "invalid_id_number"), ("", "required")])
@pytest.mark.parametrize("kind", [Kind.CHANGE_SUBJECT, Kind.ADD_SERVICE])
def test_back_number_is_asked_for_wherever_documents_are(db: None, kind: Kind, back: str, code: str) -> None:
    there = place("qingcloud-2020", province="z")
    holder = person(3, id_type="hk_macau_permit", id_number="H12345678", id_back_number=back)
    parts: dict[str, object] = {"subject": SubjectData(person=holder)}
    if kind is Kind.ADD_SERVICE:
        parts = {"services": (site(5, holder),)}
    path = "subject" if kind is Kind.CHANGE_SUBJECT else "services.0"
    assert errors(there.provider, request_of(kind, there.record, **parts)) == [(f"{path}.person.id_back_number", code)]
