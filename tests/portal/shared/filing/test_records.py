"""What both consoles show of a record, and what the public never sees of it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.shared.filing.records import record_of
from tests import world
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import browser_of, owner_of
from verification.law.words import Kind
from verification.models import Filing, Provider, Sandbox

pytestmark = pytest.mark.django_db

MARK = "✓ 已核验联系人"


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017 in which the law is in force in 甘肃."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def browser(sandbox: Sandbox) -> Client:
    """The browser of somebody who plays every part."""
    return browser_of(owner_of(sandbox))


@pytest.fixture
def accepted(provider: Provider) -> Filing:
    """A first filing with two websites, whose persons have all verified."""
    filing = world.submit(provider, world.first_filing(1, 2, 1))
    world.pass_all(filing)
    world.accept(filing)
    return filing


def rows_of(page: Node) -> list[list[str]]:
    """The record's table in words."""
    table = page.one("section", **{"aria-labelledby": "record"}).one("tbody")
    return [[row.one("th").text, *(cell.text for cell in row.all("td"))] for row in table.all("tr")]


@pytest.mark.rule("D-06", "W-25")
@pytest.mark.parametrize(
    ("console", "phones"),
    [("provider", ("13900000001", "13900000002")), ("bureau", ("139****0001", "139****0002"))],
)
def test_both_consoles_show_numbers_and_verified_contacts(
    browser: Client, accepted: Filing, console: str, phones: tuple[str, str]
) -> None:
    page = page_of(browser.get(f"/{console}/{accepted.pk}/"))
    assert_is_well_made(page)
    assert rows_of(page) == [
        ["陇ICP备17000001号", "演练公司", f"演甲1主体负责人 {MARK}", phones[0], "—"],
        [
            "陇ICP备17000001号-1",
            "网站1site1.example.com",
            f"演乙2网站负责人 {MARK}",
            phones[1],
            "演练云",
        ],
        [
            "陇ICP备17000001号-2",
            "网站2site2.example.com",
            f"演甲1网站负责人 {MARK}",
            phones[0],
            "演练云",
        ],
    ]


@pytest.mark.rule("W-25")
def test_list_of_records_marks_verified_contacts(browser: Client, provider: Provider, accepted: Filing) -> None:
    world.on_record(provider)  # long ago, before anybody verified
    page = page_of(browser.get("/provider/new/?province=gs&kind=cancel_subject"))
    contacts = {row.one("th").text: row.all("td")[1].text for row in page.one("tbody").all("tr")}
    assert contacts == {"陇ICP备16000001号": "演甲1", "陇ICP备17000001号": f"演甲1 {MARK}"}


def test_cancelled_record_is_shown_as_such(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider, world.request(Kind.CANCEL_SUBJECT, world.on_record(provider)))
    world.accept(filing)
    numbers = [row[0] for row in rows_of(page_of(browser.get(f"/bureau/{filing.pk}/")))]
    assert numbers == [f"陇ICP备16000001号{serial} 已注销" for serial in ("", "-1", "-2")]


def test_filing_without_a_record_shows_none(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    assert page_of(browser.get(f"/bureau/{filing.pk}/")).all("h2", id="record") == []


def test_record_asks_the_database_no_more_for_many_websites(provider: Provider) -> None:
    def queries(filing: Filing) -> int:
        world.pass_all(filing)
        world.accept(filing)
        filing = Filing.objects.select_related("subject_record").get(pk=filing.pk)
        with CaptureQueriesContext(connection) as captured:
            record_of(filing)
        return len(captured)

    few = world.submit(provider)
    many = world.submit(provider, world.first_filing(3, *range(4, 14), domain=2))
    assert queries(few) == queries(many)
