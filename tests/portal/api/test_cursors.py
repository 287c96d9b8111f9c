"""Pages by cursor."""

from base64 import urlsafe_b64encode

import pytest

from tests import world
from tests.portal.api.client import Program, mistakes, told
from verification.models import Provider


@pytest.fixture
def numbers(provider: Provider) -> list[str]:
    """The numbers of five filings, newest first."""
    filings = [world.submit(provider, world.first_filing(n, n + 10, domain=n)) for n in range(1, 6)]
    return [filing.number for filing in reversed(filings)]


def test_pages_follow_one_another(program: Program, numbers: list[str]) -> None:
    found, cursor, sizes = [], "", []
    while cursor is not None:
        page = told(program.get("/filings", limit=2, cursor=cursor))
        found += [filing["number"] for filing in page["items"]]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
    assert (found, sizes) == (numbers, [2, 2, 1])


def test_last_page_that_is_full_has_no_next(program: Program, numbers: list[str]) -> None:
    assert told(program.get("/filings", limit=5))["next_cursor"] is None


def test_new_rows_shift_nothing(program: Program, provider: Provider, numbers: list[str]) -> None:
    cursor = told(program.get("/filings", limit=2))["next_cursor"]
    world.submit(provider, world.first_filing(6, 16, domain=6))
    page = told(program.get("/filings", limit=2, cursor=cursor))
    assert [filing["number"] for filing in page["items"]] == numbers[2:4]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "游标",
        "\0",
        "====",
        *(urlsafe_b64encode(number).decode() for number in (b"-1", b"1.5", b"9" * 30, b"\xff")),
    ],
)
def test_cursor_that_is_none_is_refused(program: Program, cursor: str) -> None:
    assert mistakes(program.get("/filings", cursor=cursor)) == [("cursor", "invalid_cursor")]


@pytest.mark.parametrize(("limit", "code"), [(0, "greater_than_equal"), (201, "less_than_equal"), ("x", "int_parsing")])
def test_size_of_a_page_is_bounded(program: Program, limit: object, code: str) -> None:
    assert mistakes(program.get("/filings", limit=limit)) == [("limit", code)]


def test_unknown_filter_is_a_mistake(program: Program) -> None:
    assert mistakes(program.get("/filings", stat="returned", page=2)) == [
        ("page", "extra_forbidden"),
        ("stat", "extra_forbidden"),
    ]
