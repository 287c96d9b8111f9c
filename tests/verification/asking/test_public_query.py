from dataclasses import fields

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.verification.editions.in_edition import place
from tests.world import (
    accept,
    app,
    mini_program,
    moment,
    new_provider,
    new_sandbox,
    on_record,
    pass_all,
    request,
    request_of,
    submit,
)
from verification.asking.public_query import LIMIT, By, Found, Row, find, read
from verification.asking.submissions import ServiceData, SubjectData, Submission
from verification.law.words import Kind, ServiceType
from verification.models import Provider, Sandbox, Service, Subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """Where the bureau's records are."""
    return new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """Who serves the websites on record."""
    return new_provider(sandbox)


@pytest.fixture
def subject(provider: Provider) -> Subject:
    """陇ICP备16000001号 with old1.example.com and old2.example.com."""
    return on_record(provider)


def numbers(sandbox: Sandbox, by: By, text: str, *, province: str | None = "gs") -> list[str]:
    return [row.number for row in find(sandbox, read(by, text), province=province).rows]


def carry_through(provider: Provider, submission: Submission) -> None:
    filing = submit(provider, submission)
    pass_all(filing)
    accept(filing)


# ── What is typed ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "陇ICP备16000001号",
        " 陇icp备16000001号 ",
        "陇ＩＣＰ备１６００００01号",
        "陇ICP备 16000001 号",
        "陇ICP备16000001",
        "\u200e陇ICP备16000001号",
    ],
)
def test_number_finds_all_websites_however_it_is_typed(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.NUMBER, typed) == ["陇ICP备16000001号-1", "陇ICP备16000001号-2"]


@pytest.mark.parametrize("end", ["号-2", "-2", "号－２", "号—2", "号 - 02"])
def test_number_with_a_serial_finds_that_website_alone(sandbox: Sandbox, subject: Subject, end: str) -> None:
    assert numbers(sandbox, By.NUMBER, f"陇ICP备16000001{end}") == ["陇ICP备16000001号-2"]


@pytest.mark.parametrize("typed", ["16000002号", "16000001号-3", "1600000号", "016000001号", f"16000001号-{9**40}"])
def test_another_number_finds_nothing(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.NUMBER, f"陇ICP备{typed}") == []


@pytest.mark.parametrize(
    "typed",
    [
        "old1.example.com",
        "OLD1.Example.com.",
        "www.old1.example.com",
        "http://old1.example.com",
        "https://user@www.old1.example.com:8443/shop?page=//1#top",
        "old1.example.com/about",
        "ｏｌｄ１。example．com",
        "\ufeffold1.example.com\u200b",
    ],
)
def test_domain_is_found_also_out_of_an_address(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.DOMAIN, typed) == ["陇ICP备16000001号-1"]


@pytest.mark.parametrize("kept", ["演练.中国", "xn--2dxo84a.xn--fiqs8s", "www.演练.中国", "www.xn--2dxo84a.xn--fiqs8s"])
@pytest.mark.parametrize("typed", ["演练.中国", "https://www.演练.中国/", "XN--2DXO84A.XN--FIQS8S"])
def test_chinese_domain_is_found_in_either_script(sandbox: Sandbox, subject: Subject, kept: str, typed: str) -> None:
    subject.services.filter(serial=2).update(domain=kept)
    assert numbers(sandbox, By.DOMAIN, typed) == ["陇ICP备16000001号-2"]


@pytest.mark.parametrize("typed", ["example.com", "shop.old1.example.com", "old1.example.org", "www.com"])
def test_domain_is_the_one_on_record_and_no_other(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.DOMAIN, typed) == []


@pytest.mark.parametrize("typed", ["演练", "练公", " 演练公司 "])
def test_name_is_found_by_any_part_of_it(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.NAME, typed) == ["陇ICP备16000001号-1", "陇ICP备16000001号-2"]


@pytest.mark.parametrize("kept", ["演练（甘肃）公司", "演练(甘肃)公司"])
@pytest.mark.parametrize("typed", ["演练（甘肃）", "练(甘肃)公", "甘肃）公司"])
def test_brackets_of_a_name_count_as_the_same_in_either_width(
    sandbox: Sandbox, subject: Subject, kept: str, typed: str
) -> None:
    Subject.objects.update(name=kept)
    assert numbers(sandbox, By.NAME, typed) == ["陇ICP备16000001号-1", "陇ICP备16000001号-2"]


@pytest.mark.parametrize("typed", ["老站", "%%", "__", "演%司", "公司演练"])
def test_name_is_taken_as_typed_and_is_not_a_websites(sandbox: Sandbox, subject: Subject, typed: str) -> None:
    assert numbers(sandbox, By.NAME, typed) == []


NO_NUMBERS = ["", "16000001", "陇ICP证16000001号", "陇ICP备号", "陇ICP备16000001号-", "陇ICP备16000001号-1-2"]
NO_DOMAINS = [
    "",
    "a",
    "www.",
    "http://",
    "192.0.2.1",
    "old_1.example.com",
    "a..b.com",
    "演练网站",
    "xn--a.com",
    "x" * 300,
]
NO_NAMES = ["", "演", " 演 ", "演\u200b"]


@pytest.mark.parametrize(
    ("by", "typed", "sentence"),
    [
        *[(By.NUMBER, typed, "备案号应由省份简称、“ICP备”、数字和“号”组成") for typed in NO_NUMBERS],
        *[(By.DOMAIN, typed, "请填写完整的域名，例如 example.com") for typed in NO_DOMAINS],
        *[(By.NAME, typed, "请至少填写主体名称中连续的 2 个字。") for typed in NO_NAMES],
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_what_to_type(by: By, typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(by, typed)


# ── What is found ────────────────────────────────────────────────────────────


@pytest.mark.rule("W-25")
def test_row_holds_no_person() -> None:
    assert {field.name for field in fields(Row)} == {
        "subject_name",
        "nature",
        "number",
        "service_name",
        "domain",
        "accepted_at",
        "type",
    }


@pytest.mark.rule("D-06")
@pytest.mark.parametrize(
    ("by", "typed"),
    [(By.NUMBER, "陇ICP备17000001号"), (By.DOMAIN, "site1.example.com"), (By.NAME, "演练公司")],
)
def test_accepted_filing_is_found_in_its_province_and_among_all(provider: Provider, by: By, typed: str) -> None:
    sandbox, wanted = provider.sandbox, read(by, typed)
    filing = submit(provider)
    pass_all(filing)
    assert find(sandbox, wanted, province=None) == Found([], is_cut=False)
    accept(filing)
    row = Row("演练公司", "企业", "陇ICP备17000001号-1", "网站1", "site1.example.com", moment("2017-12-20 09:35"))
    assert find(sandbox, wanted, province="gs") == Found([row], is_cut=False)
    assert find(sandbox, wanted, province=None) == Found([row], is_cut=False)
    assert find(sandbox, wanted, province="tj") == Found([], is_cut=False)
    assert find(new_sandbox(), wanted, province=None) == Found([], is_cut=False)


def test_what_was_changed_is_shown_as_it_is_now(provider: Provider, subject: Subject) -> None:
    sandbox = provider.sandbox
    new_site = ServiceData(serial=1, name="新站名", domain="new1.example.com")
    change = request(Kind.CHANGE_FILING, subject, new_site, subject=SubjectData(name="新公司名"))
    carry_through(provider, change)
    assert numbers(sandbox, By.NAME, "演练公司") == numbers(sandbox, By.DOMAIN, "old1.example.com") == []
    (row,) = find(sandbox, read(By.DOMAIN, "new1.example.com"), province="gs").rows
    assert row == Row("新公司名", "企业", "陇ICP备16000001号-1", "新站名", "new1.example.com", subject.accepted_at)


def test_cancelled_website_is_gone_and_the_others_stay(provider: Provider, subject: Subject) -> None:
    carry_through(provider, request_of(Kind.CANCEL_SERVICE, subject))
    assert numbers(provider.sandbox, By.DOMAIN, "old1.example.com") == []
    assert numbers(provider.sandbox, By.NUMBER, "陇ICP备16000001号-1") == []
    assert numbers(provider.sandbox, By.NUMBER, "陇ICP备16000001号") == ["陇ICP备16000001号-2"]


def test_subject_without_a_website_left_is_shown_as_such(sandbox: Sandbox, subject: Subject) -> None:
    subject.services.update(cancelled_at=moment("2017-12-20 09:30"))
    row = Row("演练公司", "企业", "陇ICP备16000001号", "", "", subject.accepted_at, type="")
    for by, typed in ((By.NUMBER, subject.number), (By.NAME, "演练")):
        assert find(sandbox, read(by, typed), province="gs").rows == [row]


def test_cancelled_subject_is_gone(provider: Provider, subject: Subject) -> None:
    carry_through(provider, request_of(Kind.CANCEL_SUBJECT, subject))
    for by, typed in ((By.NUMBER, subject.number), (By.DOMAIN, "old2.example.com"), (By.NAME, "演练")):
        assert numbers(provider.sandbox, by, typed) == []


# ── How many, and at what cost ───────────────────────────────────────────────


def add_subjects(like: Subject, count: int) -> None:
    """Further 主体 with one website each, named after their numbers."""
    made = Subject.objects.bulk_create(
        Subject(**{**_columns(like), "number": f"陇ICP备15{n:06d}号", "name": f"单位{n:06d}"}) for n in range(count)
    )
    like_site = like.services.get(serial=1)
    Service.objects.bulk_create(
        Service(**{**_columns(like_site), "subject_id": subject.pk, "domain": f"many{n}.example.com"})
        for n, subject in enumerate(made)
    )


def _columns(row: Subject | Service) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}


@pytest.mark.parametrize(("count", "is_cut"), [(LIMIT, False), (LIMIT + 1, True)])
def test_first_ones_in_the_order_of_numbers_and_whether_there_are_more(
    sandbox: Sandbox, subject: Subject, count: int, is_cut: bool
) -> None:
    add_subjects(subject, count)
    found = find(sandbox, read(By.NAME, "单位"), province="gs")
    assert [row.number for row in found.rows] == [f"陇ICP备15{n:06d}号-1" for n in range(LIMIT)]
    assert found.is_cut is is_cut


@pytest.mark.parametrize(
    ("by", "typed"), [(By.NUMBER, "陇ICP备16000001号"), (By.DOMAIN, "old1.example.com"), (By.NAME, "单位")]
)
def test_search_is_one_query_that_reads_no_table_through(
    sandbox: Sandbox, subject: Subject, by: By, typed: str
) -> None:
    add_subjects(subject, 20)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert find(sandbox, read(by, typed), province="gs").rows
    assert len(captured) == 1
    if connection.vendor == "sqlite":  # PostgreSQL rightly reads through tables as small as these
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + captured[0]["sql"])
            steps = [step for *_, step in cursor.fetchall()]
        assert {step.split()[0] for step in steps} == {"SEARCH"}


def test_fifty_rows_are_shown_and_a_name_has_two_characters(sandbox: Sandbox, subject: Subject) -> None:
    add_subjects(subject, 51)
    found = find(sandbox, read(By.NAME, "单位"), province="gs")
    assert (len(found.rows), found.is_cut) == (50, True)
    with pytest.raises(ValueError, match="请至少填写主体名称中连续的 2 个字。"):
        read(By.NAME, " 单 ")


# ── Services other than websites ─────────────────────────────────────────────


@pytest.mark.rule("T-11", "D-06")
@pytest.mark.parametrize(
    ("by", "typed", "found"),
    [
        (By.NUMBER, "陇ICP备16000001号", ["-1", "-2", "-3A", "-4X"]),
        (By.NUMBER, "陇ICP备16000001号-3A", ["-3A"]),
        (By.NUMBER, "陇icp备16000001-3a", ["-3A"]),
        (By.NUMBER, "陇ICP备16000001号-4X", ["-4X"]),
        (By.NUMBER, "陇ICP备16000001号-3", []),
        (By.NUMBER, "陇ICP备16000001号-1A", []),
        (By.NAME, "应用5", ["-3A"]),
        (By.NAME, "小程序", ["-4X"]),
        (By.NAME, "老站", []),
        (By.NAME, "演练公司", ["-1", "-2", "-3A", "-4X"]),
        (By.DOMAIN, "api5.example.com", []),
    ],
)
def test_services_of_all_types_are_found_by_number_and_name(by: By, typed: str, found: list[str]) -> None:
    there = place("public-2023")
    carry_through(there.provider, request(Kind.ADD_SERVICE, there.record, app(5, 3), mini_program(6, 4)))
    rows = find(there.sandbox, read(by, typed, types=tuple(ServiceType)), province=None).rows
    assert [row.number.removeprefix(there.record.number) for row in rows] == found
    assert {row.type for row in rows} <= {"网站", "APP", "小程序"}


def test_sentences_name_the_other_types_only_where_they_are_filed() -> None:
    with pytest.raises(ValueError, match=r"网站的还带 -1 这样的序号，请核对。"):
        read(By.NUMBER, "号")
    with pytest.raises(ValueError, match=r"这样的序号，APP的如 -2A，小程序的如 -2X，请核对。"):
        read(By.NUMBER, "号", types=tuple(ServiceType))
