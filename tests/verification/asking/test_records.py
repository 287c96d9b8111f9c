from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.verification.editions.in_edition import another_record, place, request_of
from tests.world import person, site
from verification.asking import public_query
from verification.asking.conflicts import conflicts_of
from verification.asking.records import apply, find_subject, new_number, verified_persons
from verification.asking.submissions import PersonData, ServiceData, SubjectData, Submission
from verification.law.words import Kind
from verification.models import Filing, NumberSeries, Provider, Sandbox, Subject
from verification.refusals import Refused

ADVICE = (
    "网站 old1.example.com 的负责人手机号码与备案信息不一致，请先到原接入商变更负责人手机号码，再提交新增接入；"
    "无法联系原接入商的，请注销该备案后重新提交新增网站。"
)
SHELL = (
    "网站 old1.example.com 的负责人手机号码与备案信息不一致，且网站已无接入商（空壳网站），"
    "请先注销该备案，再重新提交新增网站。"
)
OLD1 = ("老站1", "old1.example.com", "13900000002", "", [("演练云", "192.0.2.1")])
OLD2 = ("老站2", "old2.example.com", "13900000001", "", [("演练云", "192.0.2.1")])
COMPANY = ("演练公司", "演甲1", "13900000001", "")


def problems(provider: Provider, submission: Submission) -> str:
    """Submit what the records contradict; the reason of its return."""
    filing = world.submit(provider, submission)
    assert world.standing(filing) == ("returned", "data_check", 1)
    assert world.whats(filing) == ["filing.submitted", "filing.returned"]
    assert filing.challenges.count() == 0
    return filing.return_detail


def accepted(provider: Provider, submission: Submission) -> Filing:
    """Submit, let everybody verify, and let the bureau accept."""
    filing = world.submit(provider, submission)
    world.pass_all(filing)
    world.accept(filing)
    return filing


@pytest.fixture
def other(provider: Provider) -> Provider:
    """A provider that serves nobody yet."""
    return world.new_provider(provider.sandbox, "示例主机")


# ── Finding ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed", ["陇ICP备16000001号", " 陇icp备16000001号 ", "陇ICP备16000001号-1", "陇ICP备16000001号-7"]
)
def test_record_is_found_by_its_number_or_that_of_a_website(record: Subject, typed: str) -> None:
    assert find_subject(record.sandbox, "gs", typed) == record


@pytest.mark.parametrize(("province", "typed"), [("qh", "陇ICP备16000001号"), ("gs", "陇ICP备16000002号"), ("gs", "")])
def test_record_is_found_in_its_province_only(record: Subject, province: str, typed: str) -> None:
    assert find_subject(record.sandbox, province, typed) is None


def test_record_of_another_sandbox_is_not_found(record: Subject) -> None:
    assert find_subject(world.new_sandbox(), "gs", record.number) is None


def test_cancelled_record_is_not_found(record: Subject) -> None:
    Subject.objects.update(cancelled_at=world.moment(world.SUBMITTED))
    assert find_subject(record.sandbox, "gs", record.number) is None


# ── Numbers ──────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_numbers_count_up_by_province_and_year(sandbox: Sandbox, record: Subject) -> None:
    at = world.moment("2016-12-31 23:59")
    assert new_number(sandbox, "gs", at=at) == "陇ICP备16000002号"
    assert new_number(sandbox, "gs", at=world.moment("2017-01-01 00:00")) == "陇ICP备17000001号"
    assert new_number(sandbox, "qh", at=at) == "青ICP备16000001号"
    assert new_number(world.new_sandbox(), "gs", at=at) == "陇ICP备16000001号"


@pytest.mark.rule("D-06", "W-10")
def test_number_of_a_subject_that_moved_to_another_province_is_not_issued_again(db: None) -> None:
    there = place("qingcloud-2020")
    newcomer = there.first_filing(3, 3)
    world.pass_all(newcomer)
    world.accept(newcomer)
    assert newcomer.subject_record is not None
    given_up = newcomer.subject_record.number
    move = world.request_of(Kind.CANCEL_SUBJECT, newcomer.subject_record)
    moving = world.submit(there.provider, replace(move, kind=Kind.CHANGE_SUBJECT, new_province="b"))
    world.accept(moving)
    assert (given_up, find_subject(there.sandbox, "gs", given_up)) == ("陇ICP备20000001号", None)
    assert new_number(there.sandbox, "gs", at=world.moment("2020-09-02 09:30")) == "陇ICP备20000002号"


@pytest.mark.rule("D-06")
def test_numbers_go_on_past_six_digits(sandbox: Sandbox) -> None:
    NumberSeries.objects.create(sandbox=sandbox, start="陇ICP备17", last=999_998)
    at = world.moment(world.SUBMITTED)
    numbers = [new_number(sandbox, "gs", at=at) for _ in range(3)]
    assert numbers == ["陇ICP备17999999号", "陇ICP备171000000号", "陇ICP备171000001号"]
    assert new_number(sandbox, "gs", at=world.moment("2018-01-01 00:00")) == "陇ICP备18000001号"


def test_record_past_six_digits_is_found_by_its_number(provider: Provider) -> None:
    NumberSeries.objects.create(sandbox=provider.sandbox, start="陇ICP备17", last=999_999)
    filing = accepted(provider, world.first_filing())
    assert find_subject(provider.sandbox, "gs", "陇ICP备171000000号-1") == filing.subject_record
    wanted = public_query.read(public_query.By.NUMBER, "陇ICP备171000000号-1")
    assert [row.number for row in public_query.find(provider.sandbox, wanted, province="gs").rows] == [
        "陇ICP备171000000号-1"
    ]


def test_number_costs_the_same_however_many_there_are(provider: Provider) -> None:
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            new_number(provider.sandbox, "gs", at=world.moment(world.SUBMITTED))
        return [query["sql"].split()[0] for query in captured]

    statements()  # the first of a year begins the series
    few = statements()
    for serial in range(1, 4):
        accepted(provider, world.first_filing(serial, serial, domain=serial))
    moved = Filing.objects.filter(sandbox=provider.sandbox)
    moved.update(new_province="b")
    assert (few, statements()) == (["SELECT", "UPDATE"], few)


@pytest.mark.rule("D-06")
def test_number_whose_acceptance_failed_is_issued_to_the_next(provider: Provider, record: Subject) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        new_number(record.sandbox, "gs", at=world.moment(world.SUBMITTED))
        raise RuntimeError
    assert new_number(record.sandbox, "gs", at=world.moment(world.SUBMITTED)) == "陇ICP备17000001号"


# ── What the records contradict ──────────────────────────────────────────────


def test_unknown_number_is_returned_by_the_data_check(provider: Provider) -> None:
    submission = Submission(Kind.CANCEL_SUBJECT, "gs", subject_number="陇ICP备99999999号")
    assert problems(provider, submission) == (
        "备案号 陇ICP备99999999号 在备案库中不存在或已注销，请核对备案号和省份后重新提交。"
    )


def test_who_submits_is_told_at_once_what_became_of_it(provider: Provider) -> None:
    filing = world.submit(provider, Submission(Kind.CANCEL_SUBJECT, "gs", subject_number="陇ICP备99999999号"))
    assert (filing.state, filing.return_reason) == ("returned", "data_check")


def test_unknown_websites_are_named_each(provider: Provider, record: Subject) -> None:
    submission = world.request(Kind.CANCEL_ACCESS, record, ServiceData(serial=7), ServiceData(serial=8))
    assert problems(provider, submission) == (
        "备案号 陇ICP备16000001号 名下没有序号为 7 的网站，请核对后重新提交。 "
        "备案号 陇ICP备16000001号 名下没有序号为 8 的网站，请核对后重新提交。"
    )


def test_long_list_of_problems_is_cut_to_what_the_table_holds(provider: Provider, record: Subject) -> None:
    many = [ServiceData(serial=serial) for serial in range(10, 40)]
    found = problems(provider, world.request(Kind.CANCEL_ACCESS, record, *many))
    assert len(found) <= 500
    assert found.endswith("…")


@pytest.mark.parametrize("kind", [Kind.FIRST_FILING, Kind.ADD_SERVICE])
def test_domain_on_record_is_not_filed_again(provider: Provider, record: Subject, kind: Kind) -> None:
    again = site(1, 3, domain="Old1.example.com")
    new = kind is Kind.FIRST_FILING
    submission = replace(world.first_filing(), services=(again,)) if new else world.request(kind, record, again)
    assert problems(provider, submission) == (
        "域名 old1.example.com 已经备案，请改为办理新增接入或变更，或换一个域名后重新提交。"
    )


def test_domain_of_another_website_on_record_is_not_taken_by_a_change(provider: Provider, record: Subject) -> None:
    change = ServiceData(serial=1, domain="old2.example.com")
    assert problems(provider, world.request(Kind.CHANGE_FILING, record, change)) == (
        "域名 old2.example.com 已经备案，请换一个域名，或先注销原有的网站后重新提交。"
    )


def test_domain_is_free_again_after_its_website_was_cancelled(provider: Provider, record: Subject) -> None:
    record.services.filter(serial=1).update(cancelled_at=world.moment(world.SUBMITTED))
    again = world.request(Kind.ADD_SERVICE, record, site(1, 3, domain="old1.example.com"))
    assert world.submit(provider, again).state == "verifying"


@pytest.mark.parametrize("kind", [Kind.CHANGE_FILING, Kind.CANCEL_ACCESS, Kind.CANCEL_SERVICE])
def test_only_a_provider_that_serves_the_website_may_change_it(other: Provider, record: Subject, kind: Kind) -> None:
    data = ServiceData(serial=1, name="新名字") if kind is Kind.CHANGE_FILING else ServiceData(serial=1)
    assert problems(other, world.request(kind, record, data)) == (
        "网站 old1.example.com 的接入商不是“示例主机”，请由其接入商提交，或先办理新增接入。"
    )


def test_provider_that_serves_the_website_needs_no_new_access(provider: Provider, record: Subject) -> None:
    assert problems(provider, world.request_of(Kind.ADD_ACCESS, record)) == (
        "网站 old1.example.com 已由“演练云”接入，无需再次新增接入。"
    )


@pytest.mark.rule("W-24")
def test_new_access_with_another_phone_is_returned_with_advice(other: Provider, record: Subject) -> None:
    data = ServiceData(serial=1, person=PersonData(phone=person(3).phone))
    assert problems(other, world.request(Kind.ADD_ACCESS, record, data)) == ADVICE


@pytest.mark.rule("W-24")
def test_new_access_of_an_empty_shell_with_another_phone_is_told_to_cancel_first(
    other: Provider, record: Subject
) -> None:
    record.services.get(serial=1).accesses.update(cancelled_at=world.moment(world.SUBMITTED))
    data = ServiceData(serial=1, person=PersonData(phone=person(3).phone))
    assert problems(other, world.request(Kind.ADD_ACCESS, record, data)) == SHELL


@pytest.mark.rule("W-24", "W-04")
def test_new_access_with_the_phone_on_record_goes_on(other: Provider, record: Subject) -> None:
    data = ServiceData(serial=1, person=PersonData(phone=person(2).phone))
    filing = world.submit(other, world.request(Kind.ADD_ACCESS, record, data))
    assert world.states(filing) == {"演乙2": "waiting"}


# ── What an acceptance writes ────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_first_filing_becomes_a_record_with_its_number(provider: Provider) -> None:
    submission = world.first_filing(1, 2, 1)
    filing = accepted(provider, submission)
    subject = filing.subject_record
    assert subject is not None
    assert (subject.number, subject.province, world.shown(subject.accepted_at)) == (
        "陇ICP备17000001号",
        "gs",
        world.SENT,
    )
    assert [found.number for found in subject.services.order_by("serial")] == [
        "陇ICP备17000001号-1",
        "陇ICP备17000001号-2",
    ]
    assert world.record_of(subject) == {
        "subject": COMPANY,
        "services": [
            ("网站1", "site1.example.com", "13900000002", "", [("演练云", "192.0.2.1")]),
            ("网站2", "site2.example.com", "13900000001", "", [("演练云", "192.0.2.1")]),
        ],
    }
    assert filing.events.get(kind="filing.accepted").detail == "陇ICP备17000001号"


def test_added_website_gets_the_next_number(provider: Provider, record: Subject) -> None:
    record.services.filter(serial=2).update(cancelled_at=world.moment(world.SUBMITTED))
    accepted(provider, world.request_of(Kind.ADD_SERVICE, record))
    added = ("网站5", "site5.example.com", "13900000003", "", [("演练云", "192.0.2.1")])
    assert world.record_of(record) == {
        "subject": COMPANY,
        "services": [OLD1, (*OLD2[:3], world.SUBMITTED, OLD2[4]), added],
    }
    assert record.services.get(name="网站5").serial == 3


def test_added_access_leaves_the_others(other: Provider, record: Subject) -> None:
    accepted(other, world.request_of(Kind.ADD_ACCESS, record))
    served = [("演练云", "192.0.2.1"), ("示例主机", "192.0.2.50")]
    assert world.record_of(record) == {"subject": COMPANY, "services": [(*OLD1[:4], served), OLD2]}


@pytest.mark.rule("W-26")
def test_change_replaces_names_and_persons(provider: Provider, record: Subject) -> None:
    accepted(provider, world.request_of(Kind.CHANGE_FILING, record))
    assert world.record_of(record) == {
        "subject": ("新公司名", "演丙3", "13900000003", ""),
        "services": [("新站名", "old1.example.com", "13900000004", "", [("演练云", "192.0.2.1")]), OLD2],
    }


def test_change_of_the_address_alone_changes_the_providers_access(
    provider: Provider, other: Provider, record: Subject
) -> None:
    accepted(other, world.request_of(Kind.ADD_ACCESS, record))
    data = ServiceData(serial=1, server_ip="192.0.2.77")
    accepted(provider, world.request(Kind.CHANGE_FILING, record, data))
    served = [("演练云", "192.0.2.77"), ("示例主机", "192.0.2.50")]
    assert world.record_of(record) == {"subject": COMPANY, "services": [(*OLD1[:4], served), OLD2]}


def test_change_of_the_remark_alone_changes_the_remark(provider: Provider, record: Subject) -> None:
    accepted(provider, world.request(Kind.CHANGE_FILING, record, subject=SubjectData(remark="新备注")))
    assert world.record_of(record) == {"subject": COMPANY, "services": [OLD1, OLD2]}
    assert record.remark == "新备注"


def test_cancelled_subject_ends_with_everything_it_has(provider: Provider, record: Subject) -> None:
    accepted(provider, world.request_of(Kind.CANCEL_SUBJECT, record))
    ended = world.SUBMITTED
    assert world.record_of(record) == {
        "subject": (*COMPANY[:3], ended),
        "services": [(*OLD1[:3], ended, []), (*OLD2[:3], ended, [])],
    }


def test_cancelled_website_ends_with_its_accesses(provider: Provider, other: Provider, record: Subject) -> None:
    accepted(other, world.request_of(Kind.ADD_ACCESS, record))
    accepted(provider, world.request_of(Kind.CANCEL_SERVICE, record))
    assert world.record_of(record) == {"subject": COMPANY, "services": [(*OLD1[:3], world.SENT, []), OLD2]}


def test_cancelled_access_leaves_the_website_and_the_other_providers(
    provider: Provider, other: Provider, record: Subject
) -> None:
    accepted(other, world.request_of(Kind.ADD_ACCESS, record))
    accepted(provider, world.request_of(Kind.CANCEL_ACCESS, record))
    assert world.record_of(record) == {
        "subject": COMPANY,
        "services": [(*OLD1[:4], [("示例主机", "192.0.2.50")]), OLD2],
    }


def test_access_can_be_added_again_after_it_was_cancelled(provider: Provider, record: Subject) -> None:
    accepted(provider, world.request_of(Kind.CANCEL_ACCESS, record))
    accepted(provider, world.request_of(Kind.ADD_ACCESS, record))
    assert world.record_of(record)["services"][0] == (*OLD1[:4], [("演练云", "192.0.2.50")])


# ── Two requests at the same time ────────────────────────────────────────────


@pytest.mark.rule("W-18")
@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        (Kind.ADD_SERVICE, Kind.ADD_SERVICE, "域名 site5.example.com 已经备案。"),
        (Kind.CANCEL_SUBJECT, Kind.ADD_SERVICE, "备案号 陇ICP备16000001号 已注销。"),
        (Kind.CANCEL_SUBJECT, Kind.CANCEL_SUBJECT, "备案号 陇ICP备16000001号 已注销。"),
        (Kind.CANCEL_SERVICE, Kind.CHANGE_FILING, "网站 old1.example.com 已注销。"),
        (Kind.CANCEL_SERVICE, Kind.CANCEL_ACCESS, "网站 old1.example.com 已注销。"),
    ],
)
def test_second_of_two_that_exclude_each_other_is_not_accepted(
    provider: Provider, record: Subject, first: Kind, second: Kind, conflict: str
) -> None:
    one, two = (world.submit(provider, world.request_of(kind, record)) for kind in (first, second))
    world.pass_all(one)
    world.pass_all(two)
    world.accept(one)
    before = world.record_of(record)
    with pytest.raises(Refused) as refused:
        world.accept(two)
    assert refused.value.code == "records_changed"
    assert refused.value.sentence == f"备案库已有变化：{conflict}请驳回，由接入商修改后重新提交。"
    assert world.standing(two) == ("reviewing", "", 1)
    assert world.record_of(record) == before


@pytest.mark.rule("W-18")
def test_same_access_is_not_accepted_twice(other: Provider, record: Subject) -> None:
    one, two = (world.submit(other, world.request_of(Kind.ADD_ACCESS, record)) for _ in range(2))
    world.pass_all(one)
    world.pass_all(two)
    world.accept(one)
    with pytest.raises(Refused, match=r"网站 old1\.example\.com 已由“示例主机”接入。"):
        world.accept(two)


def test_two_first_filings_of_one_domain_make_one_record(provider: Provider) -> None:
    one, two = (world.submit(provider) for _ in range(2))
    world.pass_all(one)
    world.pass_all(two)
    world.accept(one)
    with pytest.raises(Refused, match=r"域名 site1\.example\.com 已经备案。"):
        world.accept(two)
    assert Subject.objects.count() == 1


def test_website_is_not_moved_to_a_subject_that_was_cancelled_since(db: None) -> None:
    there = place("qingcloud-2020")
    target = another_record(there)
    filing = there.ask(Kind.MOVE_WEBSITE, target_number=target.number)
    world.pass_all(filing)
    Subject.objects.filter(pk=target.pk).update(cancelled_at=world.moment("2020-09-02 09:30"))
    with pytest.raises(Refused, match=f"迁入主体的备案号 {target.number} 不存在或已注销。"):
        world.accept(filing)
    assert there.record.services.count() == 2


def test_conflicts_of_many_are_found_together(provider: Provider, record: Subject) -> None:
    def queries(filings: list[Filing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            conflicts_of(filings)
        return len(captured)

    one, two, three = (world.submit(provider, world.first_filing(n, n, domain=d)) for n, d in ((3, 3), (4, 3), (5, 5)))
    change = world.submit(provider, world.request_of(Kind.CHANGE_FILING, record))
    for filing in (one, two, three, change):
        world.pass_all(filing)
    world.accept(one)
    Subject.objects.filter(pk=record.pk).update(cancelled_at=world.moment(world.SUBMITTED))
    assert conflicts_of([two, three, change]) == {
        two.pk: "备案库已有变化：域名 site3.example.com 已经备案。请驳回，由接入商修改后重新提交。",
        change.pk: "备案库已有变化：备案号 陇ICP备16000001号 已注销。请驳回，由接入商修改后重新提交。",
    }
    assert queries([two, change]) == queries([two, three, change])


# ── Verified contacts ────────────────────────────────────────────────────────


@pytest.mark.rule("W-25")
def test_verified_persons_are_those_whose_phones_passed_in_what_was_accepted(
    provider: Provider, record: Subject
) -> None:
    change = ServiceData(serial=1, remark="备注")
    filing = accepted(
        provider, world.request(Kind.CHANGE_FILING, record, change, subject=SubjectData(person=person(3)))
    )
    record.refresh_from_db()
    (unchanged,) = filing.parts.filter(part="website")
    assert (record.responsible.name, unchanged.is_touched) == ("演丙3", False)
    on_record = [record.responsible, *(found.responsible for found in record.services.all())]
    assert verified_persons(on_record) == {record.responsible_id}


@pytest.mark.rule("W-25")
def test_person_who_has_passed_is_no_verified_contact_before_the_bureau_accepts(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    world.pass_all(filing)
    (one, _) = [part.person for part in filing.parts.all()]
    assert one is not None
    assert verified_persons([one]) == set()
    world.accept(filing)
    assert verified_persons([one]) == {one.pk}


# ── 迁移, and what others accepted meanwhile ─────────────────────────────────


@pytest.mark.rule("W-09")
def test_website_moves_only_to_a_subject_on_record(db: None) -> None:
    there = place("qingcloud-2020")
    moving = request_of(Kind.MOVE_WEBSITE, there.record, target_number="陇ICP备16999999号")
    assert problems(there.provider, moving) == ("迁入主体的备案号 陇ICP备16999999号 不存在或已注销，请核对后重新提交。")


@pytest.mark.rule("D-06", "W-18")
def test_acceptance_names_the_number_that_another_one_has_just_changed(db: None) -> None:
    there = place("qingcloud-2020")
    moving = there.ask(Kind.CHANGE_SUBJECT, subject=None, new_province="b")
    renaming = there.ask(Kind.CHANGE_ACCESS)
    read_before = Filing.objects.select_related("subject_record").get(pk=renaming.pk)
    world.accept(moving)
    there.record.refresh_from_db()
    assert there.record.number == "京ICP备20000001号"
    assert apply(read_before, at=world.moment("2020-09-01 10:00")).number == there.record.number
