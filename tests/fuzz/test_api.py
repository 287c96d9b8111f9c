"""The whole OpenAPI description, walked along its links: whatever is sent, the answer is one that it promises."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

import jsonschema_rs
import pytest
import schemathesis
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from hypothesis import assume, note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from portal.wsgi import application
from tests import world
from tests.entering import right
from tests.fuzz import odd, running
from tests.fuzz.fuzzed import PROVINCE, Fuzzed
from tests.portal.api.client import body_of, content_of
from tests.visitors import NATIONAL
from verification.asking.submissions import Submission
from verification.law.words import Kind
from verification.models import Challenge

CONFIG = SchemathesisConfig.from_dict(
    {
        "headers": {"Host": NATIONAL},
        # What is well formed may still be refused for its meaning: a phone that is none, a check digit that is wrong.
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422", "429"]}
        },
    }
)
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=CONFIG)
OPERATIONS = {found.ok().definition.raw["operationId"]: found.ok() for found in schema.get_all_operations()}
Query = Sequence[tuple[str, str]]
COMPONENTS = schema.raw_schema["components"]


class Program(running.Machine):
    """A provider's program, which follows links, and another that sends what it likes."""

    there: ClassVar[Fuzzed]
    #: What came of the calls of each operation.
    answers: ClassVar[Counter[tuple[str, int]]]

    def __init__(self) -> None:
        super().__init__()
        self.client = Client(raise_request_exception=False)
        #: What links have named: by operation and parameter.
        self.known: dict[tuple[str, str], list[Any]] = defaultdict(list)

    @initialize()
    def look_around(self) -> None:
        """Call what needs to know nothing, so that there is something to follow."""
        for name, operation in OPERATIONS.items():
            if operation.method == "get" and not operation.path_parameters:
                self.send(name)

    @rule(data=st.data(), name=st.sampled_from(sorted(OPERATIONS)), is_good=st.integers(0, 3))
    def call_as_described(self, data: st.DataObject, name: str, is_good: int) -> None:
        """Send what the description allows, or what it does not: it says which, and so must the answer."""
        mode = GenerationMode.POSITIVE if is_good else GenerationMode.NEGATIVE
        case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
        if is_good:
            self.name_what_is_known(data, case, name)
        # An empty list in a query is not sent at all: what was to be wrong with it is not there.
        assume(is_good or [] not in dict(case.query or {}).values())
        headers = {"Authorization": f"Bearer {self.there.secret}"}
        with self.step(), self.watch.request(is_reading=case.operation.method == "get"):
            answer = case.call_and_validate(headers=headers)
        self.note(name, answer.status_code, answer.content)
        if is_good and answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            assert answer.json()["code"] != "invalid_request"

    @rule(data=st.data(), name=st.sampled_from(sorted(OPERATIONS)), is_spoiled=st.sampled_from([False, False, True]))
    def call_with_sense(self, data: st.DataObject, name: str, is_spoiled: bool) -> None:
        """Do what a provider does, or the same with something odd in one place."""
        named = self.draw_known(data, name)
        bodies = self.sensible_bodies(name)
        body = data.draw(st.sampled_from(bodies)) if bodies else None
        if is_spoiled:
            body = data.draw(odd.spoiled(body))
        self.send(name, named, b"" if body is None else json.dumps(body).encode())

    @rule(
        data=st.data(),
        name=st.sampled_from(sorted(OPERATIONS)),
        body=st.sampled_from(sorted(odd.BODIES)),
        content_type=st.sampled_from(odd.CONTENT_TYPES),
        headers=odd.headers,
        query=st.lists(st.tuples(odd.texts, odd.texts), max_size=2),
    )
    def call_oddly(self, data: st.DataObject, name: str, body: str, query: Query, **headers: Any) -> None:
        """Send bytes that may be anything."""
        named = self.draw_known(data, name)
        self.send(name, named, odd.BODIES[body], query, **headers)

    @rule()
    def run_jobs(self) -> None:
        self.watch.run_jobs()

    def send(
        self,
        name: str,
        named: Mapping[str, Any] = MappingProxyType({}),
        body: bytes = b"",
        query: Query = (),
        content_type: str = "application/json",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """One request, whose answer is held against the description."""
        operation = OPERATIONS[name]
        path = odd.path(operation.path, named)
        note(f"{path} {body[:500]!r} {query} {content_type} {headers}")
        sent = {"host": NATIONAL, "authorization": f"Bearer {self.there.secret}", **headers}
        with self.step(), self.watch.request(is_reading=operation.method == "get"):
            answer = self.client.generic(
                operation.method.upper(), path, body, content_type, headers=sent, QUERY_STRING=odd.encoded(query)
            )
            assert_is_described(operation.definition.raw["responses"], answer)
        self.note(name, answer.status_code, answer.content)

    def note(self, name: str, status: int, content: bytes) -> None:
        """Follow the links of an answer."""
        self.answers[name, status] += 1
        described = OPERATIONS[name].definition.raw["responses"].get(str(status), {})
        for link in described.get("links", {}).values():
            for parameter, place in link["parameters"].items():
                self.known[link["operationId"], parameter] += at(
                    json.loads(content), place.removeprefix("$response.body#")
                )

    def draw_known(self, data: st.DataObject, name: str) -> dict[str, Any]:
        """For the parameters of the path, what links have named, or something odd."""
        named = {}
        for parameter in OPERATIONS[name].path_parameters:
            known = self.known[name, parameter.name]
            is_known = known and data.draw(st.integers(0, 9))
            named[parameter.name] = data.draw(st.sampled_from(known) if is_known else odd.texts)
        return named

    def name_what_is_known(self, data: st.DataObject, case: schemathesis.Case, name: str) -> None:
        """In nine of ten cases: a random number names nothing."""
        for parameter in case.operation.path_parameters:
            known = self.known[name, parameter.name]
            if known and data.draw(st.integers(0, 9)):
                case.path_parameters[parameter.name] = data.draw(st.sampled_from(known))

    def sensible_bodies(self, name: str) -> list[Any]:
        """What a provider might send now; nothing where no body is asked for."""
        entries = [{"province": PROVINCE, **right(challenge)} for challenge in self.open_challenges()]
        submissions = self.submissions()
        return {
            "start_sandbox": [{}, {"scenario": "today", "provider": "演练云"}],
            "move_clock": [{"to_next_alarm": True}, {"by_seconds": 3600}, {"to": "2018-09-12T09:30:00+08:00"}],
            "submit_filing": [body_of(submission) for submission in submissions],
            "resubmit_filing": [{}, *({"content": content_of(submission)} for submission in submissions)],
            "decide_filing": [
                {"decision": "approve"},
                {"decision": "accept"},
                {"decision": "reject", "reason": "材料不全"},
            ],
            "check_entry": entries,
            "send_again": [{name: entry[name] for name in ("province", "phone", "id_suffix")} for entry in entries],
            "add_endpoint": [{"url": "https://example.com/hook"}],
        }.get(name, [])

    def open_challenges(self) -> list[Challenge]:
        found = Challenge.objects.filter(sandbox=self.there.sandbox, state="open").order_by("id")
        return list(found.select_related("phone")[:5])

    def submissions(self) -> list[Submission]:
        """A first filing, and each kind of request on a record."""
        serial = 60 + self.watch.requests % 30
        first = world.first_filing(serial, serial + 1, domain=serial, province=PROVINCE)
        record = self.there.provider.sandbox.subjects.filter(cancelled_at=None).order_by("id").first()
        kinds = (Kind.ADD_SERVICE, Kind.ADD_ACCESS, Kind.CHANGE_FILING, Kind.CANCEL_SUBJECT, Kind.CANCEL_SERVICE)
        return [first, *(world.request_of(kind, record) for kind in kinds if record)]


@cache
def validator(reference: str) -> jsonschema_rs.Validator:
    """Holds JSON against a schema of the description."""
    return jsonschema_rs.validator_for({**json.loads(reference), "components": COMPONENTS})


def assert_is_described(responses: Mapping[str, Any], answer: HttpResponse) -> None:
    """Status, content type, headers and content are those of an answer in the description."""
    status, kind = str(answer.status_code), answer.headers.get("Content-Type", "").partition(";")[0]
    assert status in responses, f"{status}, of which the description knows nothing: {answer.content[:200]!r}"
    described = responses[status]
    assert not set(described.get("headers", {})) - set(answer.headers), f"{status} with the headers {answer.headers}"
    content = described.get("content")
    if content is None:
        assert answer.content == b""
        return
    assert kind in content, f"{status} as {kind!r}"
    validator(json.dumps(content[kind]["schema"])).validate(json.loads(answer.content))


def at(body: Any, pointer: str) -> list[Any]:
    """What a JSON pointer points to; where it says the first of a list, so may the others be meant."""
    found = [body]
    for step in pointer.split("/")[1:]:
        lists = [item for items in found if isinstance(items, list) for item in items]
        found = lists if step == "0" else [item[step] for item in found if item.get(step) is not None]
    return found


def test_answers_keep_to_the_description(
    there: Fuzzed, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    # The real application closes what it takes for an old connection; the test's transaction lives in it.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    Program.there, Program.answers = there, Counter()
    running.run(Program, examples=10, steps=40)
    called = {name for name, _status in Program.answers}
    running.record(record_property, Program, operations=f"{len(called)} of {len(OPERATIONS)}")
