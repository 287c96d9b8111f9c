from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest

from portal.wsgi import application

FORM = "application/x-www-form-urlencoded"


def request(content_type: str, body: bytes = b"") -> WSGIRequest:
    """The request that a server makes of it."""
    environ: dict[str, object] = {"QUERY_STRING": "q=%E6%BC%94", "REQUEST_METHOD": "POST", "CONTENT_TYPE": content_type}
    setup_testing_defaults(environ)
    return application.request_class({**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))})


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain; charset=hex", "text/plain; charset=idna", "text/plain; charset=utf-16", "x; charset=undefined"),
        *("text/plain; charset=none-such", "text/plain; charset=", "text/plain; a*=none-such''x", "", ";;"),
    ],
)
def test_address_is_read_as_utf_8_whatever_the_request_claims(content_type: str) -> None:
    assert request(content_type).GET["q"] == "演"


def test_form_is_read_as_utf_8_whatever_the_request_claims() -> None:
    form = request(f"{FORM}; charset=hex", b"q=%E6%BC%94")
    assert (form.POST["q"], form.content_type) == ("演", FORM)
