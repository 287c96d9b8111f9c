"""A copy of an opening: the same as a fresh one, row by row, but for keys, tokens and open codes."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.verification.worlds.test_sandboxes import rows_of
from training import openings
from training.files import exercises
from verification.models import Challenge, Message, Sandbox
from verification.worlds.templates import TABLES

pytestmark = pytest.mark.django_db

NAMES = list(exercises())
#: What is each sandbox's own.
OWN = {
    "id",
    "sandbox_id",
    "join_code",
    "created_at",
    "last_used_at",
    "clock_set_at",
    "joined_at",
    "purpose",
    "seed",
    "template_of",
}
OWN |= {"code", "link_token", "number", "text", "key", "at_real", "real_at"}
OWN |= {"sender"}  # drawn for the numbers of virtual operators (C-07)


def told(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """The rows of a sandbox, with references to the places of rows instead of their keys."""
    rows = rows_of(sandbox)
    places = {name: {row["id"]: place for place, row in enumerate(found)} for name, found in rows.items()}
    models = {model.__name__: model for model in apps.get_app_config("verification").get_models()}

    def place_of(name: str, column: str, value: Any) -> Any:
        if column == "before" and value is not None:  # what stood on record, and who answered for it
            return {**value, "person": places["Person"][value["person"]]}
        related = next(field for field in models[name]._meta.concrete_fields if field.attname == column).related_model
        to = related.__name__ if related else ""
        return places[to].get(value, value) if to in places and value is not None else value

    return {
        name: [
            {column: place_of(name, column, value) for column, value in row.items() if column not in OWN}
            for row in found
        ]
        for name, found in rows.items()
        if name not in ("Change", "ClockMove", "Attempt", "Browser", "Place")
    }


@pytest.mark.parametrize("name", NAMES)
def test_copy_is_a_freshly_played_opening(name: str) -> None:
    copied, played = openings.open_for(exercises()[name]), openings.play(exercises()[name])
    assert told(copied.sandbox) == told(played.sandbox)
    assert len(copied.filings) == len(played.filings) == len(exercises()[name].opening.filings)


def test_copies_have_codes_of_their_own_which_stand_in_their_messages() -> None:
    one, other = (openings.open_for(exercises()["first-verification"]).sandbox for _ in range(2))
    codes = [list(Challenge.objects.filter(sandbox=each).values_list("code", flat=True)) for each in (one, other)]
    assert set(codes[0]).isdisjoint(codes[1])
    tokens = set(Challenge.objects.values_list("link_token", flat=True))
    assert len(tokens) == Challenge.objects.count()
    for message in Message.objects.select_related("challenge"):
        assert message.challenge.code in message.text
        assert message.challenge.link_token in message.text


def test_opening_is_played_once_and_copied_in_a_fixed_number_of_statements() -> None:
    exercise = exercises()["first-verification"]
    openings.open_for(exercise)
    with CaptureQueriesContext(connection) as captured:
        openings.open_for(exercise)
    assert Sandbox.objects.exclude(template_of=None).count() == 1
    writing = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(writing) <= len(TABLES) + 3
