"""Each odd host, header, body and content type by itself, at every kind of door; the machines mix all but the hosts."""

from http import HTTPStatus
from itertools import product

import pytest

from portal.api.problems import CONTENT_TYPE
from portal.shared.visit.ways import API
from tests.fuzz import odd
from tests.fuzz.fuzzed import Fuzzed
from tests.fuzz.visitor import Sent, Visitor, read
from tests.fuzz.watch import Watch
from tests.visitors import NATIONAL

HOME = f"http://{NATIONAL}"
#: A portal's page, one for who is in a sandbox, one below a path, what answers before pages do, and the API.
PATHS = ["/", "/clock/", "/p/z/verify/", "/watch/x/", "/news/x", "/healthz", "/static/x", "/nothing", "/api/v1/me"]
#: What stands for all that is read.
READ = ["/", "/clock/", "/nothing", "/api/v1/me"]
#: A form for strangers and for others, one that leads in, one that is none, and an operation.
POSTED = ["/verify/", "/lobby/join/", "/clock/set/", "/nothing", "/api/v1/filings"]
USUAL_TYPES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
USUAL_BODIES = ["object", "form", "parts"]


def visitors(there: Fuzzed) -> list[Visitor]:
    """A stranger, and somebody who may do everything."""
    watch = Watch()
    return [Visitor(None, watch), Visitor(there.people["owner"], watch)]


def test_any_host_is_answered(there: Fuzzed) -> None:
    for visitor in visitors(there):
        for host, path in product(odd.HOSTS, PATHS):
            answer = visitor.request(Sent("GET", HOME + path), headers={"host": host})
            read(answer, HOME + path)
            if path.startswith(API) and answer.status_code != HTTPStatus.OK:
                assert answer.headers["Content-Type"] == CONTENT_TYPE


@pytest.mark.parametrize(("method", "paths"), [("GET", READ), ("POST", POSTED)])
def test_any_header_is_taken(there: Fuzzed, method: str, paths: list[str]) -> None:
    headers = [{name: value} for name, values in odd.HEADERS.items() for value in values]
    for visitor in visitors(there):
        for header, path in product(headers, paths):
            read(visitor.request(Sent(method, HOME + path), headers=header), HOME + path)
            visitor.forget()


def test_any_body_of_any_type_is_answered(there: Fuzzed) -> None:
    _, visitor = visitors(there)
    headers = {"authorization": f"Bearer {there.secret}"}
    usual = [*product(odd.BODIES, USUAL_TYPES), *product(USUAL_BODIES, odd.CONTENT_TYPES)]
    for path, (body, kind) in product(POSTED, usual):
        sent = Sent("POST", f"{HOME}{path}?q=%E6%BC%94", odd.BODIES[body])
        read(visitor.request(sent, content_type=kind, headers=headers), HOME + path)
        visitor.forget()
