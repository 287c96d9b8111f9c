"""A query that is put into words once answers as the same query said anew does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from verification.models import Phone, Sandbox
from verification.models.prepared import Given, Prepared


def by_number() -> Prepared[Phone]:
    """Phones of a sandbox with a number, each with its sandbox."""
    return Prepared(
        lambda: Phone.objects.select_related("sandbox").filter(sandbox=Given("sandbox"), number=Given("number"))
    )


@pytest.fixture
def phones(db: None) -> list[Phone]:
    """A phone of the same number in each of two sandboxes."""
    sandboxes = [world.new_sandbox(world.SUBMITTED, name=name) for name in ("甲", "乙")]
    return [Phone.objects.create(sandbox=sandbox, number="13900000001") for sandbox in sandboxes]


def test_every_call_asks_for_its_own_values(phones: list[Phone]) -> None:
    ask = by_number()
    for phone in phones:
        assert ask(sandbox=phone.sandbox.pk, number=phone.number) == [phone]
    assert ask(sandbox=phones[0].sandbox.pk, number="13900000002") == []


def test_rows_are_read_anew_and_with_what_they_refer_to(phones: list[Phone]) -> None:
    ask, phone = by_number(), phones[0]
    ask(sandbox=phone.sandbox.pk, number=phone.number)
    Sandbox.objects.filter(pk=phone.sandbox.pk).update(name="改名")
    Phone.objects.filter(pk=phone.pk).update(has_signal=False)
    with CaptureQueriesContext(connection) as said:
        (found,) = ask(sandbox=phone.sandbox.pk, number=phone.number)
        assert (found.has_signal, found.sandbox.name, found.sandbox.starts_at) == (
            False,
            "改名",
            phone.sandbox.starts_at,
        )
    assert len(said) == 1


def test_missing_value_is_an_error(phones: list[Phone]) -> None:
    with pytest.raises(KeyError, match="number"):
        by_number()(sandbox=phones[0].sandbox.pk)


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_words_and_not_the_connection(phones: list[Phone]) -> None:
    ask = by_number()

    def numbers(phone: Phone) -> list[int]:
        try:
            return [found.pk for found in ask(sandbox=phone.sandbox.pk, number=phone.number)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(numbers, phones * 4)) == [[phone.pk] for phone in phones * 4]
