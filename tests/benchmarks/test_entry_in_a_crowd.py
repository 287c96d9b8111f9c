"""However many challenges a sandbox has, an entry and a resend look at a few of them, found by index."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd, databases
from tests.world import FILER
from verification.acting import challenges
from verification.models import Challenge

pytestmark = pytest.mark.django_db


def plans_of_searches(said: CaptureQueriesContext) -> list[str]:
    """How the database goes about each of the statements that look for challenges by what was typed."""
    plans = []
    for statement in (query["sql"] for query in said.captured_queries):
        if re.match(r"SELECT .*\bnumber = ", statement):
            with connection.cursor() as cursor:
                explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
                cursor.execute(explain + statement)
                plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return plans


@pytest.mark.parametrize("province", [None, "gs"])
def test_search_takes_the_indexes_of_code_and_phone(province: str | None) -> None:
    crowd.build(crowd.SMALL)
    databases.take_stock()
    challenge = Challenge.objects.earliest("id")
    typed = {"phone": challenge.phone.number, "id_suffix": "999999"}
    with CaptureQueriesContext(connection) as said:
        challenges.check_entry(challenge.sandbox, province=province, code="123456", **typed, by=FILER)
        challenges.send_again(challenge.sandbox, province=province, **typed, by=FILER)
    plans = plans_of_searches(said)
    assert len(plans) == (4 if connection.features.has_select_for_update else 2)
    for plan in plans:
        assert "challenge_live_phone" in plan
        assert not re.search(r"SCAN c\b|Seq Scan on verification_challenge|_sandbox_id_", plan)
    assert sum("challenge_code" in plan for plan in plans) == len(plans) / 2
