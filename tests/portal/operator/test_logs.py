import logging
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.exceptions import DisallowedHost
from django.test import Client

from portal.operator.logs import is_no_probe, shorten_beat_error, shorten_refusal


def record(message: str, *arguments: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("celery.beat", logging.ERROR, __file__, 1, message, arguments, exc_info)  # type: ignore[arg-type]


def test_probes_are_left_out_and_nothing_else_is() -> None:
    line = record("Service Unavailable: %s", "/readyz")
    assert is_no_probe(line)
    line.request = SimpleNamespace(path="/readyz")
    assert not is_no_probe(line)
    line.request = SimpleNamespace(path="/verify/")
    assert is_no_probe(line)


def test_beat_error_is_one_line() -> None:
    trace = (ConnectionError, ConnectionError("refused"), None)
    line = record("Message Error: %s\n%s", "refused", ["a long", "stack"], exc_info=trace)
    assert shorten_beat_error(line)
    assert logging.Formatter().format(line) == "refused"


def test_other_errors_keep_their_trace() -> None:
    line = record("Something: %s", "else", exc_info=(ValueError, ValueError("wrong"), None))
    assert shorten_beat_error(line)
    assert "ValueError: wrong" in logging.Formatter().format(line)


def test_refused_request_is_one_line_and_no_error() -> None:
    trace = (DisallowedHost, DisallowedHost("Invalid HTTP_HOST header"), None)
    line = record("Invalid HTTP_HOST header", exc_info=trace)
    line.status_code = 400
    assert shorten_refusal(line)
    assert logging.Formatter("%(levelname)s %(message)s").format(line) == "WARNING Invalid HTTP_HOST header"


@pytest.mark.parametrize("status", [500, None])
def test_what_is_broken_keeps_its_trace(status: int | None) -> None:
    line = record("Internal Server Error", exc_info=(ValueError, ValueError("wrong"), None))
    if status:
        line.status_code = status
    assert shorten_refusal(line)
    assert (line.levelname, logging.Formatter().format(line)) == (
        "ERROR",
        "Internal Server Error\nValueError: wrong",
    )


@pytest.mark.parametrize("host", ["example.com", "beian.gov.cn", "[::"])
def test_site_writes_one_line_of_a_host_that_is_not_its_own(host: str) -> None:
    handler = logging.getLogger("django").handlers[0]  # pytest's own come later
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written := StringIO())
    try:
        assert Client().get("/", headers={"host": host}).status_code == 400
    finally:
        handler.setStream(before)
    assert written.getvalue().count("\n") == 1
    assert " WARNING django.security.DisallowedHost: " in written.getvalue()
