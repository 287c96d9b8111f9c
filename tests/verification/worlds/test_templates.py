"""A scenario that begins with a copy begins as one that was played: row by row, but for what each sandbox draws."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from tests import world
from tests.training.test_openings import told
from tests.verification.worlds.test_sandboxes import rows_of
from verification.law.times import SHANGHAI
from verification.models import Filing, Sandbox
from verification.time.clock import real_now
from verification.worlds import sandboxes, templates
from verification.worlds.sandboxes import SCENARIOS
from verification.worlds.templates import TABLES

pytestmark = pytest.mark.django_db


def started(scenario: str, *, seed: str = "") -> Sandbox:
    """A sandbox of a scenario; with a seed it is played, without one it is a copy."""
    return sandboxes.start(scenario=scenario, seed=seed).sandbox


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_copy_begins_as_what_was_played(scenario: str, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-05-20 00:00:01+08:00", tick=False)
    started(scenario)
    time_machine.shift(timedelta(hours=23, minutes=59, seconds=58))
    copied, played = started(scenario), started(scenario, seed="played")
    assert Sandbox.objects.exclude(template_of=None).count() == 1
    assert told(copied) == told(played)
    assert [filing.number[:8] for filing in Filing.objects.filter(sandbox=copied)] == [
        f"{copied.starts_at.astimezone(SHANGHAI):%Y%m%d}"
    ] * copied.filings.count()


def test_each_day_of_today_has_a_template_of_its_own(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-05-20 23:59:59+08:00", tick=False)
    started("today")
    time_machine.shift(timedelta(seconds=1))
    started("today")
    names = Sandbox.objects.exclude(template_of=None).values_list("template_of", flat=True)
    assert {name.rsplit(" ", 1)[0] for name in names} == {"today 2026-05-20", "today 2026-05-21"}


def test_what_happens_in_one_copy_changes_neither_the_template_nor_another(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(real_now(), tick=False)
    one, other = started("2020"), started("2020")
    template = Sandbox.objects.exclude(template_of=None).get()
    before = [rows_of(each) for each in (template, other)]
    world.move(one, "2020-09-02 18:00")
    assert one.filings.exclude(state="verifying").exists()
    assert [rows_of(each) for each in (template, other)] == before


def test_start_takes_one_statement_to_read_and_one_to_write_a_table() -> None:
    started("2018-z")
    with CaptureQueriesContext(connection) as captured:
        started("2018-z")
    of_tables = [query["sql"] for query in captured if any(f'"{_name(each)}"' in query["sql"] for each in TABLES)]
    assert len(of_tables) <= 2 * len(TABLES) + 4  # codes are drawn, the challenges' filings and phones read


def _name(table: templates._Table) -> str:
    return str(table.model._meta.db_table)


def test_template_of_other_laws_or_code_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    started("2017-gs")
    monkeypatch.setattr(templates, "_version", lambda: "of other laws")
    started("2017-gs")
    names = set(Sandbox.objects.exclude(template_of=None).values_list("template_of", flat=True))
    assert {name.startswith("2017-gs 2017-12-20 ") for name in names} == {True}
    assert len(names) == 2
