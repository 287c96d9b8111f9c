"""A provider's program: what it sends to the API, and what it reads in the answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.test import Client

from verification.asking.submissions import PersonData, Submission
from verification.models import Provider
from verification.outside.keys import make_key

PREFIX = "/api/v1"


def new_key(provider: Provider, *, may_move_clock: bool = True) -> str:
    """A key for the provider."""
    return make_key(provider, maker=None, name="测试", may_move_clock=may_move_clock).secret


class Program:
    """Calls the API with a key, or (``None``) without one."""

    def __init__(self, secret: str | None) -> None:
        self.headers = {"host": "localhost:8000"}
        if secret is not None:
            self.headers["authorization"] = f"Bearer {secret}"
        self.client = Client(raise_request_exception=False)

    def send(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """One request; ``body`` is JSON, or bytes to send as they are."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response: HttpResponse = self.client.generic(
            method, PREFIX + path, data, content_type="application/json", headers={**self.headers, **(headers or {})}
        )
        return response

    def get(self, path: str, **query: object) -> HttpResponse:
        """Read."""
        response: HttpResponse = self.client.get(
            PREFIX + path, {name: str(value) for name, value in query.items()}, headers=self.headers
        )
        return response

    def post(self, path: str, body: Any = None, *, idempotency_key: str = "") -> HttpResponse:
        """Write."""
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        return self.send("POST", path, body, headers=headers)


def told(response: HttpResponse, status: int = 200) -> Any:
    """What the answer says, which has this status."""
    assert response.status_code == status, response.content.decode()
    return json.loads(response.content)


def problem(response: HttpResponse) -> tuple[int, str]:
    """Status and code of an answer that is a problem."""
    assert response.headers["Content-Type"] == "application/problem+json"
    said = json.loads(response.content)
    assert set(said) == {"type", "title", "status", "code", "detail", "errors"}
    assert said["status"] == response.status_code
    return said["status"], said["code"]


def mistakes(response: HttpResponse) -> list[tuple[str, str]]:
    """Path and code of each mistake in an answer that refuses a request."""
    assert response.status_code == 422, response.content.decode()
    return [(error["path"], error["code"]) for error in json.loads(response.content)["errors"]]


# ── A submission as JSON ─────────────────────────────────────────────────────


def content_of(submission: Submission) -> dict[str, Any]:
    """The content of a round, without what is left blank; its services as ``websites`` where no type is named."""
    body: dict[str, Any] = {
        "subject_number": submission.subject_number,
        "new_province": submission.new_province or None,
        "target_number": submission.target_number,
    }
    services = [{**_filled(asdict(site)), "person": _person(site.person)} for site in submission.services]
    body["services" if any(site.type for site in submission.services) else "websites"] = services
    if submission.subject is not None:
        body["subject"] = {**_filled(asdict(submission.subject)), "person": _person(submission.subject.person)}
    return body


def body_of(submission: Submission) -> dict[str, Any]:
    """The whole submission."""
    return {"kind": submission.kind.value, "province": submission.province, **content_of(submission)}


def _person(data: PersonData) -> dict[str, Any]:
    return _filled(asdict(data))


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", None, ())}
