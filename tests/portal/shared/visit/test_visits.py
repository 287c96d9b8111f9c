"""Who asks, and what it costs to know."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.shared.visit import visits
from tests.visitors import browser_of
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db


def test_visit_costs_one_query_and_none_where_nobody_asks(shared: sandboxes.Started) -> None:
    with CaptureQueriesContext(connection) as none:
        request = browser_of(shared.participant).get("/robots.txt").wsgi_request
    assert len(none) == 0
    with CaptureQueriesContext(connection) as one:
        visit = visits.visit_of(request)
        assert visit is not None
        assert visit.sandbox.name == "三班"
        assert visits.visit_of(request) is visit
    assert len(one) == 1


def test_answers_for_a_visitor_stay_out_of_shared_caches(client: Client, shared: sandboxes.Started) -> None:
    response = browser_of(shared.participant).get("/phone/")
    assert (response["Cache-Control"], "Cookie" in response["Vary"]) == ("private, no-cache", True)
    response = client.get("/phone/")
    assert "Cookie" in response["Vary"]


def test_get_writes_nothing(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    phone = shared.sandbox.phones.first()
    assert phone is not None
    with CaptureQueriesContext(connection) as queries:
        for address in ("/lobby/", "/lobby/participants/", "/phone/", f"/phone/{phone.pk}/", "/clock/", "/go/gs"):
            client.get(address)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
