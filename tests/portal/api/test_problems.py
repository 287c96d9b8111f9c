"""Every error is a problem: a sentence in Chinese, a stable code, all mistakes at once."""

import json
from typing import Any

import pytest
from django.test import Client

from tests import world
from tests.portal.api.client import PREFIX, Program, body_of, mistakes, problem, told
from verification.models import Filing

SUBMISSION = body_of(world.first_filing())


def test_problem_says_what_to_do(program: Program) -> None:
    response = program.post("/filings", {"kind": "first_filing", "province": "gs", "provnice": "gs"})
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "code": "invalid_request",
        "detail": "请求的内容有误，请按各项提示修改后重发。",
        "errors": [{"path": "provnice", "code": "extra_forbidden", "detail": "没有这一项，请核对名称。"}],
    }


def test_all_mistakes_of_shape_are_told_at_once(program: Program) -> None:
    wrong = {"kind": "marriage", "websites": [{"serial": "1", "person": {"phone": 139}}], "subject": []}
    assert mistakes(program.post("/filings", wrong)) == [
        ("subject", "model_attributes_type"),
        ("websites.0.serial", "int_type"),
        ("websites.0.person.phone", "string_type"),
        ("kind", "enum"),
        ("province", "missing"),
    ]


def test_all_mistakes_of_meaning_are_told_at_once(program: Program) -> None:
    wrong = body_of(world.first_filing(world.person(1, phone="139"), world.person(2, id_number="11010119000101001X")))
    response = program.post("/filings", wrong)
    assert problem(response) == (422, "invalid_submission")
    assert mistakes(response) == [
        ("subject.person.phone", "invalid_phone"),
        ("websites.0.person.id_number", "invalid_id_number"),
    ]
    assert Filing.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\x00\xff\xfe",
        b"[" * 100_000,
        b'{"kind": "first_filing", "province": "gs", "subject_number": "\\u0000"}',
        b'{"kind": "first_filing", "province": "gs", "subject_number": "\\ud800"}',
        b'{"kind": "first_filing", "province": "gs", "\\ud800\\u0000": 1}',
        b'{"kind": "first_filing", "province": "gs", "websites": [{"serial": 1e400}]}',
        b'{"kind": "first_filing", "province": "gs", "websites": [{"serial": NaN}]}',
        b'{"kind": "first_filing", "province": "gs", "websites": [{"serial": ' + b"9" * 5000 + b"}]}",
        b"null",
        b"[]",
        b'"text"',
    ],
    ids=lambda body: repr(body[:60]),
)
def test_what_is_no_request_is_refused(program: Program, body: bytes) -> None:
    status, code = problem(program.send("POST", "/filings", body))
    assert (status, code) in {(400, "malformed_json"), (422, "invalid_request")}


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "a"}])
def test_body_that_is_too_large_is_refused(program: Program, headers: dict[str, str]) -> None:
    body = b'{"kind": "' + b"x" * 3_000_000 + b'"}'
    response = program.send("POST", "/filings", body, headers=headers)
    assert problem(response) == (413, "request_too_large")


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/filings/", "/filings/1/nothing", "/phones/x/y/z", "/filings/20171220000000"],
)
def test_unknown_path_is_a_problem(program: Program, path: str) -> None:
    assert problem(program.get(path)) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_wrong_method_is_a_problem(program: Program, method: str) -> None:
    response = program.send(method, "/filings")
    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30, 1.5, "a", "%00"])
def test_ids_that_are_none_are_refused(program: Program, number: object) -> None:
    for path in ("/phones/{}/messages", "/webhooks/deliveries/{}"):
        assert program.get(path.format(number)).status_code in (404, 422)


def test_largest_id_names_nothing(program: Program) -> None:
    assert problem(program.get(f"/webhooks/deliveries/{2**63 - 1}")) == (404, "not_found")


@pytest.mark.parametrize("number", ["1", "2017122000000０", "%00", "20171220000000%0A"])
def test_number_that_is_none_is_refused(program: Program, number: str) -> None:
    assert problem(program.get(f"/filings/{number}")) == (422, "invalid_request")


def test_province_outside_the_list_is_refused(program: Program) -> None:
    assert mistakes(program.get("/filings", province="\0")) == [("province", "enum")]


def test_bug_of_ours_is_a_problem_without_its_details(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verification.acting.filings.submit", lambda *_, **__: {}["secret"])
    response = program.post("/filings", SUBMISSION)
    assert problem(response) == (500, "internal_error")
    assert "secret" not in response.content.decode()


# ── The description and the docs ─────────────────────────────────────────────


@pytest.fixture
def description() -> Any:
    """What openapi.json says."""
    return told(Program(None).get("/openapi.json"))


def test_description_is_openapi_3_1_and_chinese(description: Any) -> None:
    assert description["openapi"] == "3.1.0"
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    assert len(operations) == 28
    assert all(any("一" <= char <= "鿿" for char in operation["description"]) for operation in operations)


def test_description_knows_that_errors_are_problems(description: Any) -> None:
    answers = description["paths"]["/api/v1/filings"]["post"]["responses"]
    assert {status: list(answer["content"]) for status, answer in answers.items()} == {
        "201": ["application/json"],
        **{status: ["application/problem+json"] for status in ("400", "401", "404", "409", "413", "422", "429")},
    }
    assert list(answers["429"]["headers"]) == ["Retry-After"]


def test_every_write_with_a_key_takes_an_idempotency_key(description: Any) -> None:
    without = [
        operation["operationId"]
        for path in description["paths"].values()
        for method, operation in path.items()
        if method != "get" and "Idempotency-Key" not in [parameter["name"] for parameter in operation["parameters"]]
    ]
    assert without == ["start_sandbox"]


def test_docs_come_from_our_own_files_under_the_policy() -> None:
    response = Client(headers={"host": "localhost:8000"}).get(PREFIX + "/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "http://" not in page.replace("http://localhost", "")
    assert "https://" not in page
    policy = response.headers["Content-Security-Policy"]
    assert "img-src 'self' data:" in policy
    assert "unsafe" not in policy
