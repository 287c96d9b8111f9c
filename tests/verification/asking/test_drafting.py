from dataclasses import replace

import pytest

from tests import world
from tests.world import person, site
from verification.asking.drafting import Draft, draft, from_filing
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import IdType, Kind, Part
from verification.models import Filing, Person, Provider, Subject


def laid_over(submission: Submission, record: Subject | None, last: Filing | None = None) -> Draft:
    rows = last.parts.filter(round=last.round).select_related("person") if last else ()
    provider = last.provider if last else Provider.objects.get(name="演练云")
    return draft(submission, provider=provider, subject=record, last_round=list(rows))


def persons(drafted: Draft) -> list[tuple[str, str, str]]:
    """Name, last six and phone of each part's person."""
    return [(part.person.name, part.person.id_suffix, part.person.phone) for part in drafted.parts]


def known(serial: int) -> tuple[str, str, str]:
    data = person(serial)
    return data.name, data.id_number[-6:], data.phone


# ── Laid over a record ───────────────────────────────────────────────────────


@pytest.mark.rule("W-21", "W-22")
def test_blank_means_as_on_record_and_touches_nothing(record: Subject) -> None:
    drafted = laid_over(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1), subject=SubjectData()), record)
    assert [(part.path, part.name, part.domain, part.is_touched) for part in drafted.parts] == [
        ("subject", "演练公司", "", False),
        ("services.0", "老站1", "old1.example.com", False),
    ]
    assert persons(drafted) == [known(1), known(2)]
    assert [part.person.same_as for part in drafted.parts] == [
        record.responsible,
        record.services.get(serial=1).responsible,
    ]


@pytest.mark.parametrize(
    ("data", "touched"),
    [
        (ServiceData(serial=1, remark="新备注"), (False, False)),
        (ServiceData(serial=1, server_ip="192.0.2.1"), (False, False)),
        (ServiceData(serial=1, server_ip="192.0.2.99"), (False, True)),
        (ServiceData(serial=1, name="新名字"), (True, False)),
        (ServiceData(serial=1, domain="new.example.com"), (True, False)),
        (ServiceData(serial=1, person=PersonData(phone=person(3).phone)), (True, False)),
        (ServiceData(serial=1, person=PersonData(name="演新人")), (True, False)),
        (ServiceData(serial=1, person=PersonData(id_number=person(3).id_number)), (True, False)),
        (ServiceData(serial=1, person=PersonData(emergency_phone="010-12345678")), (True, False)),
    ],
)
def test_what_a_change_of_a_website_touches(record: Subject, data: ServiceData, touched: tuple[bool, bool]) -> None:
    (part,) = laid_over(world.request(Kind.CHANGE_FILING, record, data), record).parts
    assert (part.is_touched, part.is_access_touched) == touched


def test_address_of_an_access_that_has_ended_is_a_new_one(record: Subject, provider: Provider) -> None:
    site_row = record.services.get(serial=1)
    site_row.accesses.update(cancelled_at=world.moment(world.SUBMITTED))
    data = ServiceData(serial=1, server_ip="192.0.2.1")
    (part,) = laid_over(world.request(Kind.CHANGE_FILING, record, data), record).parts
    assert part.is_access_touched is True


@pytest.mark.parametrize("kind", [Kind.CANCEL_SERVICE, Kind.CANCEL_ACCESS])
def test_kind_that_only_picks_a_website_takes_nothing_else_from_its_request(record: Subject, kind: Kind) -> None:
    smuggled = ServiceData(
        serial=1, name="别的", domain="other.com", person=person(9), remark="x", server_ip="192.0.2.9"
    )
    drafted = laid_over(world.request(kind, record, smuggled), record)
    (part,) = drafted.parts
    assert (part.name, part.domain, part.remark, part.server_ip) == ("老站1", "old1.example.com", "", "")
    assert persons(drafted) == [known(2)]


def test_new_access_leaves_name_and_domain_of_the_website(record: Subject) -> None:
    smuggled = ServiceData(serial=1, name="别的", domain="other.com", remark="x", server_ip="192.0.2.9")
    (part,) = laid_over(world.request(Kind.ADD_ACCESS, record, smuggled), record).parts
    assert (part.name, part.domain, part.remark, part.server_ip) == ("老站1", "old1.example.com", "", "192.0.2.9")
    assert part.is_touched is True


def test_parts_that_a_kind_does_not_ask_for_are_left_out(record: Subject) -> None:
    everything = {"subject": SubjectData(name="别的")}
    assert [
        part.path
        for part in laid_over(world.request(Kind.CANCEL_SUBJECT, record, site(1, 3), **everything), record).parts
    ] == []
    assert [
        part.part for part in laid_over(world.request(Kind.ADD_SERVICE, record, site(1, 3), **everything), record).parts
    ] == [Part.SERVICE]


def test_number_of_an_unknown_website_is_kept(record: Subject) -> None:
    drafted = laid_over(world.request(Kind.ADD_ACCESS, record, ServiceData(serial=7)), record)
    assert (drafted.missing_serials, drafted.parts[0].serial, drafted.parts[0].record) == ((7,), 7, None)


def test_cancelled_website_is_unknown(record: Subject) -> None:
    record.services.filter(serial=1).update(cancelled_at=world.moment(world.SUBMITTED))
    drafted = laid_over(world.request(Kind.CANCEL_ACCESS, record, ServiceData(serial=1)), record)
    assert drafted.missing_serials == (1,)


# ── Laid over the last round ─────────────────────────────────────────────────


@pytest.fixture
def first(provider: Provider) -> Filing:
    """A first filing of 演甲1 with the websites of 演乙2 and 演丙3."""
    return world.submit(provider, world.first_filing(1, 2, 3))


@pytest.mark.rule("D-04")
def test_blank_means_as_in_the_last_round(first: Filing) -> None:
    blank = Submission(Kind.FIRST_FILING, "gs", subject=SubjectData(), services=(ServiceData(), ServiceData()))
    drafted = laid_over(blank, None, first)
    assert [(part.name, part.nature, part.domain, part.server_ip) for part in drafted.parts] == [
        ("演练公司", "enterprise", "", ""),
        ("网站1", "", "site1.example.com", "192.0.2.1"),
        ("网站2", "", "site2.example.com", "192.0.2.1"),
    ]
    assert persons(drafted) == [known(1), known(2), known(3)]


@pytest.mark.rule("D-07")
def test_what_is_typed_counts_before_the_last_round(first: Filing) -> None:
    again = from_filing(first)
    services = (again.services[0], replace(again.services[1], person=PersonData(phone=person(4).phone)))
    drafted = laid_over(replace(again, services=services), None, first)
    assert persons(drafted) == [known(1), known(2), (*known(3)[:2], person(4).phone)]


def test_document_stays_with_its_website_when_another_is_removed(first: Filing) -> None:
    again = from_filing(first)
    drafted = laid_over(replace(again, services=again.services[1:]), None, first)
    assert persons(drafted) == [known(1), known(3)]


def test_document_stays_with_its_website_when_they_change_places(first: Filing) -> None:
    again = from_filing(first)
    drafted = laid_over(replace(again, services=again.services[::-1]), None, first)
    assert persons(drafted) == [known(1), known(3), known(2)]


def test_document_stays_when_the_domain_changes_in_its_place(first: Filing) -> None:
    again = from_filing(first)
    services = (again.services[0], replace(again.services[1], domain="new.example.com"))
    assert persons(laid_over(replace(again, services=services), None, first)) == [known(1), known(2), known(3)]


def test_new_website_among_those_of_before_has_no_document_of_another(first: Filing) -> None:
    again = from_filing(first)
    blank = ServiceData(name="网站9", domain="site9.example.com", person=replace(person(9), id_number=""))
    drafted = laid_over(replace(again, services=(again.services[0], again.services[1], blank)), None, first)
    assert persons(drafted) == [known(1), known(2), known(3), (person(9).name, "", person(9).phone)]


def test_last_round_counts_before_the_record(provider: Provider, record: Subject) -> None:
    change = world.request(
        Kind.CHANGE_FILING, record, ServiceData(serial=1, name="新名字", person=replace(person(3), id_number=""))
    )
    filing = world.submit(provider, change)
    drafted = laid_over(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1)), record, filing)
    assert drafted.parts[0].name == "新名字"
    assert persons(drafted) == [(person(3).name, person(2).id_number[-6:], person(3).phone)]


def test_what_was_typed_for_an_unknown_website_counts_once_its_number_is_right(
    provider: Provider, record: Subject
) -> None:
    data = ServiceData(
        serial=7, person=PersonData(phone=person(3).phone, id_number=person(3).id_number, id_type="resident_id")
    )
    filing = world.submit(provider, world.request(Kind.CHANGE_FILING, record, data))
    assert world.standing(filing) == ("returned", "data_check", 1)
    again = from_filing(filing)
    assert again.services == (ServiceData(serial=7, person=PersonData(phone=person(3).phone, id_type="resident_id")),)
    right = replace(again, services=(replace(again.services[0], serial=1),))
    assert persons(laid_over(right, record, filing)) == [(person(2).name, *known(3)[1:])]


def test_remark_can_be_emptied(provider: Provider, record: Subject) -> None:
    record.services.update(remark="旧备注")
    kept, emptied = (
        laid_over(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, remark=remark)), record).parts[0]
        for remark in (None, " ")
    )
    assert (kept.remark, emptied.remark) == ("旧备注", "")


@pytest.mark.parametrize(("wanted", "kept"), [("新备注", "新备注"), (" ", "")])
def test_remark_of_the_last_round_stays_also_where_it_was_emptied(
    provider: Provider, record: Subject, wanted: str, kept: str
) -> None:
    record.services.update(remark="旧备注")
    filing = world.submit(provider, world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, remark=wanted)))
    again = laid_over(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1)), record, filing)
    assert again.parts[0].remark == kept


def test_unknown_website_in_the_place_of_one_on_record_takes_nothing_from_it(
    provider: Provider, record: Subject
) -> None:
    change = world.request(Kind.CHANGE_FILING, record, ServiceData(serial=1, person=person(3)))
    filing = world.submit(provider, change)
    again = laid_over(world.request(Kind.CHANGE_FILING, record, ServiceData(serial=7)), record, filing)
    assert persons(again) == [("", "", "")]


def test_back_of_a_permit_does_not_stay_behind_another_number(record: Subject) -> None:
    permit = {"id_type": IdType.HK_MACAU_PERMIT.value, "id_suffix": "345678", "id_masked": "H**345678"}
    Person.objects.filter(pk=record.responsible_id).update(**permit, id_back_suffix="456（7）")
    record.refresh_from_db()

    def back(number: str) -> str:
        data = SubjectData(person=PersonData(id_number=number))
        return laid_over(world.request(Kind.CHANGE_FILING, record, subject=data), record).parts[0].person.id_back_suffix

    assert (back(""), back("H87654321")) == ("456（7）", "")


# ── Back from a filing ───────────────────────────────────────────────────────


def test_filing_fills_the_form_again_without_id_numbers(provider: Provider) -> None:
    submission = world.first_filing(person(1, emergency_phone="010-12345678"), 2)
    filing = world.submit(provider, submission)
    assert submission.subject is not None
    assert from_filing(filing) == replace(
        submission,
        subject=replace(submission.subject, person=replace(submission.subject.person, id_number="")),
        services=(replace(submission.services[0], person=person(2, id_number="")),),
    )


@pytest.mark.parametrize(
    "kind", [Kind.ADD_SERVICE, Kind.ADD_ACCESS, Kind.CHANGE_FILING, Kind.CANCEL_SUBJECT, Kind.CANCEL_SERVICE]
)
def test_filing_of_every_kind_comes_back_as_it_was(provider: Provider, record: Subject, kind: Kind) -> None:
    other = world.new_provider(provider.sandbox, "示例主机") if kind is Kind.ADD_ACCESS else provider
    filing = world.submit(other, world.request_of(kind, record))
    world.withdraw(filing)
    before = list(
        filing.parts.order_by("id").values_list("part", "serial", "name", "domain", "person_id", "is_touched")
    )
    people = Person.objects.count()
    world.resubmit(filing)
    assert filing.round == 2
    columns = ("part", "serial", "name", "domain", "person_id", "is_touched")
    assert list(filing.parts.filter(round=2).order_by("id").values_list(*columns)) == before
    assert Person.objects.count() == people


# ── Kinds that ask for one thing only ────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (Kind.CHANGE_PHONE, {"phone": "13900000009"}),
        (Kind.CHANGE_ACCESS, {"server_ip": "192.0.2.99"}),
        (Kind.MOVE_DOMAIN, {"domain": "new.example.com"}),
    ],
)
def test_kind_that_asks_for_one_thing_takes_nothing_else(record: Subject, kind: Kind, kept: dict[str, str]) -> None:
    everything = ServiceData(
        serial=1,
        name="新名",
        domain="new.example.com",
        remark="新备注",
        server_ip="192.0.2.99",
        person=PersonData(name="新人", phone="13900000009", emergency_phone="010-1234567"),
    )
    (part,) = laid_over(world.request(kind, record, everything), record).parts
    before = record.services.get(serial=1)
    found = {
        "name": (part.name, before.name),
        "domain": (part.domain, before.domain),
        "remark": (part.remark, before.remark),
        "server_ip": (part.server_ip, ""),
        "person": (part.person.name, before.responsible.name),
        "phone": (part.person.phone, before.responsible.phone),
        "emergency_phone": (part.person.emergency_phone, before.responsible.emergency_phone),
    }
    assert {name: now for name, (now, then) in found.items() if now != then} == kept


@pytest.mark.parametrize(
    ("kind", "new_province", "kept"),
    [
        (Kind.CHANGE_SUBJECT, "z", ("z", "")),
        (Kind.CHANGE_SUBJECT, "gs", ("", "")),
        (Kind.CHANGE_FILING, "z", ("", "")),
        (Kind.MOVE_WEBSITE, "z", ("", "陇ICP备16000002号")),
    ],
)
def test_other_province_and_other_subject_belong_to_one_kind_each(
    record: Subject, kind: Kind, new_province: str, kept: tuple[str, str]
) -> None:
    wanted = world.request(kind, record, new_province=new_province, target_number="陇ICP备16000002号")
    found = laid_over(wanted, record).submission
    assert (found.new_province, found.target_number) == kept


# ── What is kept of a person ─────────────────────────────────────────────────


def typed_on_an_unknown_record(provider: Provider, **typed: str) -> Person | None:
    """The person that a change keeps of what was typed, where no such record is there to fill the blanks."""
    subject = SubjectData(name="新公司名", person=PersonData(**typed))
    filing = world.submit(provider, Submission(Kind.CHANGE_FILING, "gs", "陇ICP备99999999号", subject))
    assert world.standing(filing) == ("returned", "data_check", 1)
    return filing.parts.get().person


@pytest.mark.rule("D-04")
@pytest.mark.parametrize(
    ("typed", "column", "kept"),
    [
        ({"name": "演甲1"}, "name", "演甲1"),
        ({"id_number": person(1).id_number}, "id_suffix", person(1).id_number[-6:]),
        ({"phone": "13900000001"}, "phone", "13900000001"),
        ({"emergency_phone": "010-12345678"}, "emergency_phone", "010-12345678"),
    ],
)
def test_little_that_was_typed_of_a_person_is_kept_for_the_next_round(
    provider: Provider, typed: dict[str, str], column: str, kept: str
) -> None:
    found = typed_on_an_unknown_record(provider, **typed)
    assert getattr(found, column) == kept


def test_nobody_is_kept_where_nothing_was_typed(provider: Provider) -> None:
    assert typed_on_an_unknown_record(provider) is None
