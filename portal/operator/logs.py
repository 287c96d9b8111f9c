"""What keeps the log readable: one line for what is expected to happen again and again."""

import logging
from http import HTTPStatus


def is_no_probe(record: logging.LogRecord) -> bool:
    """Leave out Django's line about a /readyz that is not ready: whoever asks does so again and again."""
    request = getattr(record, "request", None)
    return getattr(request, "path", "") != "/readyz"


def shorten_beat_error(record: logging.LogRecord) -> bool:
    """Cut what beat writes each second while the broker is away, its own stack and the trace, down to the error."""
    if isinstance(record.msg, str) and record.msg.startswith("Message Error:") and isinstance(record.args, tuple):
        record.msg, record.args = "%s", record.args[:1]
        record.exc_info = record.exc_text = None
    return True


def shorten_refusal(record: logging.LogRecord) -> bool:
    """Cut what Django writes of a request that it refused, for an unknown host or a form that is none, to one line.

    Anybody may send any number of them; no part of the site is broken.
    """
    if getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR) < HTTPStatus.INTERNAL_SERVER_ERROR:
        record.exc_info = record.exc_text = None
        record.levelno = min(record.levelno, logging.WARNING)
        record.levelname = logging.getLevelName(record.levelno)
    return True
