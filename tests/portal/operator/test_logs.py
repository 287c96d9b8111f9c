import logging
from types import SimpleNamespace

from portal.operator.logs import is_no_probe, shorten_beat_error


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
