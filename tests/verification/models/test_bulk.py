import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from tests import world
from verification.models import Event, Filing, Message, Phone, Provider
from verification.models.bulk import insert_from


def test_insert_writes_a_row_for_each_of_the_source_in_the_order_of_their_keys(provider: Provider) -> None:
    made = [world.submit(provider, world.first_filing(1, 1, domain=n)) for n in range(3)]
    Event.objects.all().delete()
    source = Filing.objects.filter(pk__in=[made[0].pk, made[2].pk]).order_by("-pk")
    at = world.moment("2017-12-20 10:00")
    written = insert_from(
        Event,
        source,
        filing_id=F("id"),
        round=F("round"),
        kind=Concat(Value("test."), F("kind")),
        at=at,
        actor="测试",
    )
    assert written == 2
    columns = ("filing_id", "round", "kind", "at", "actor", "detail", "challenge_id")
    assert list(Event.objects.order_by("id").values_list(*columns)) == [
        (filing.pk, 1, "test.first_filing", at, "测试", "", None) for filing in (made[0], made[2])
    ]


def test_insert_of_nothing_writes_nothing(provider: Provider) -> None:
    assert insert_from(Phone, Filing.objects.filter(pk=0), sandbox_id=F("sandbox_id"), number="1") == 0


def test_column_that_does_not_exist_is_the_programmers_error(provider: Provider) -> None:
    with pytest.raises(TypeError, match="Message has no columns colour, fililng_id"):
        insert_from(Message, Filing.objects.all(), colour="red", fililng_id=F("id"))


def test_values_travel_as_parameters(provider: Provider) -> None:
    filing = world.submit(provider, world.first_filing(1, 1))
    nasty = "'; DROP TABLE verification_event; -- %s"
    insert_from(
        Event,
        Filing.objects.filter(pk=filing.pk),
        filing_id=F("id"),
        round=1,
        kind="x",
        at=F("created_at"),
        detail=nasty,
    )
    assert filing.events.latest("id").detail == nasty
