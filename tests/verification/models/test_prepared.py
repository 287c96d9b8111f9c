"""A statement that is written by hand answers as the same question asked of the models does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from tests import world
from verification.models import Message, Phone, Sandbox
from verification.models.prepared import Columns, Prepared


def by_number() -> Prepared[Phone]:
    """Phones of a sandbox with a number, each with its sandbox."""
    return Prepared(
        "FROM verification_phone p JOIN verification_sandbox s ON s.id = p.sandbox_id "
        "WHERE p.sandbox_id = %(sandbox)s AND p.number = %(number)s",
        Columns("p", Phone),
        sandbox=Columns("s", Sandbox),
    )


def values(row: Model) -> dict[str, Any]:
    """Every column of a row, by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


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


@pytest.mark.django_db
def test_row_knows_what_its_relations_refer_to() -> None:
    ask = Prepared(
        "FROM verification_message m JOIN verification_phone p ON p.id = m.phone_id "
        "JOIN verification_sandbox s ON s.id = p.sandbox_id WHERE s.id = %(sandbox)s ORDER BY m.id",
        Columns("m", Message),
        phone=Columns("p", Phone),
        phone__sandbox=Columns("s", Sandbox),
    )
    filing = world.submit_and_send(world.new_provider(world.new_sandbox()))
    with CaptureQueriesContext(connection) as said:
        found = [(message.phone.number, message.phone.sandbox) for message in ask(sandbox=filing.sandbox_id)]
    assert found == [(world.person(serial).phone, filing.sandbox) for serial in (1, 2)]
    assert len(said) == 1


def test_every_column_is_read_as_its_model_reads_it(phones: list[Phone]) -> None:
    (found,) = by_number()(sandbox=phones[0].sandbox.pk, number=phones[0].number)
    same = Phone.objects.select_related("sandbox").get(pk=phones[0].pk)
    for row, other in ((found, same), (found.sandbox, same.sandbox)):
        assert values(row) == values(other)


def test_columns_that_are_not_named_are_deferred(phones: list[Phone]) -> None:
    ask = Prepared("FROM verification_phone p ORDER BY p.id", Columns("p", Phone, "number"))
    with CaptureQueriesContext(connection) as said:
        found = ask()
        assert [phone.pk for phone in found] == [phone.pk for phone in phones]
    assert len(said) == 1
    assert found[0].get_deferred_fields() == {field.attname for field in Phone._meta.concrete_fields} - {"id", "number"}
    assert found[0].has_signal is True


def test_column_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="Phone has no column colour"):
        Columns("p", Phone, "number", "colour")


@pytest.mark.django_db
def test_missing_value_is_an_error() -> None:
    with pytest.raises(Exception, match="number"):
        by_number()(sandbox=1)


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
