"""Or the rest would show nothing: what is watched for is seen."""

import logging

import pytest

from tests import world
from tests.fuzz import watch
from tests.fuzz.visitor import Sent, Visitor
from tests.fuzz.watch import Watch
from verification.models import Challenge, Filing, Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing() -> Filing:
    """One that is being verified."""
    return world.submit_and_send(world.new_provider(world.new_sandbox()))


def test_trace_in_the_log_is_seen() -> None:
    with pytest.raises(AssertionError, match="ValueError: 演练"), Watch().request(is_reading=True):
        logging.getLogger("portal").warning("It went wrong", exc_info=ValueError("演练"))


def test_request_that_never_comes_back_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SECONDS", 0.05)
    with pytest.raises(AssertionError, match=r"no answer within 0\.05 seconds"), Watch().request(is_reading=True):
        while True:
            pass


def test_row_that_a_reading_request_writes_is_seen(filing: Filing) -> None:
    with Watch().request(is_reading=False):
        Phone.objects.update(has_signal=True)
    with pytest.raises(AssertionError, match="UPDATE"), Watch().request(is_reading=True):
        Phone.objects.update(has_signal=True)


def test_contradiction_in_the_database_is_seen(filing: Filing) -> None:
    with pytest.raises(AssertionError, match="open closed at 2017"), Watch().request(is_reading=False):
        Challenge.objects.filter(filing=filing).update(closed_at=world.moment(world.SENT))


def test_alarm_that_the_jobs_leave_undone_is_seen(filing: Filing) -> None:
    world.move_without_jobs(filing.sandbox, world.DEADLINE)
    Watch().look(are_jobs_done=False)
    with pytest.raises(AssertionError, match=r"alarm of .* not done"):
        Watch().look(are_jobs_done=True)


def test_status_that_nobody_means_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(None, Watch())
    assert visitor.request(Sent("GET", "http://localhost:8000/nothing")).status_code == 404
    monkeypatch.setattr("tests.fuzz.visitor.MEANT", {200})
    with pytest.raises(AssertionError, match="404 to Sent"):
        visitor.request(Sent("GET", "http://localhost:8000/nothing"))
