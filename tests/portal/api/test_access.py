"""Keys, limits, and requests that may be repeated."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from django.db import connection
from pytest_django import Settings

from tests import world
from tests.portal.api.client import Program, body_of, new_key, problem, told
from verification.models import ApiKey, Filing, IdempotentAnswer, Provider, Sandbox
from verification.outside import keys
from verification.refusals import Refused
from verification.worlds import sandboxes

SUBMISSION = body_of(world.first_filing())


# ── Keys ─────────────────────────────────────────────────────────────────────


def test_key_is_kept_as_a_digest_only(provider: Provider) -> None:
    secret = new_key(provider)
    kept = ApiKey.objects.values("name", "prefix", "digest").get()
    assert kept == {"name": "测试", "prefix": secret[:12], "digest": sha256(secret.encode()).hexdigest()}


def test_key_opens_its_provider_in_its_sandbox(program: Program, sandbox: Sandbox) -> None:
    assert told(program.get("/me")) == {
        "provider": "演练云",
        "sandbox": "测试",
        "starts_at": "2017-12-20T09:30:00+08:00",
        "now": "2017-12-20T09:30:00+08:00",
        "pinned_edition": "",
        "may_move_clock": True,
    }


@pytest.mark.parametrize("secret", [None, "", "drill_unknown", "drill_\u00fc"])
def test_without_a_good_key_nothing_opens(secret: str | None, provider: Provider) -> None:
    response = Program(secret).get("/me")
    assert problem(response) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_key_is_no_password_of_another_scheme(provider: Provider) -> None:
    program = Program(None)
    program.headers["authorization"] = f"Basic {new_key(provider)}"
    assert problem(program.get("/me")) == (401, "unauthorized")


def test_revoked_key_opens_nothing(program: Program) -> None:
    keys.revoke_key(ApiKey.objects.get())
    assert problem(program.get("/me")) == (401, "unauthorized")


def test_key_to_a_closed_sandbox_opens_nothing(program: Program, sandbox: Sandbox) -> None:
    sandboxes.close(sandbox)
    assert problem(program.get("/me")) == (401, "unauthorized")


def test_provider_has_a_bounded_number_of_live_keys(provider: Provider) -> None:
    for _ in range(keys.MOST_KEYS):
        new_key(provider)
    with pytest.raises(Refused) as refused:
        new_key(provider)
    assert refused.value.code == "too_many_keys"
    keys.revoke_key(ApiKey.objects.order_by("id")[0])
    new_key(provider)


def test_key_may_make_so_many_requests_a_minute(program: Program, settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    assert [program.get("/me").status_code for _ in range(2)] == [200, 200]
    response = program.get("/me")
    assert problem(response) == (429, "too_many_requests")
    assert response.headers["Retry-After"] == "60"


def test_repeated_request_counts_too(program: Program, settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    statuses = [program.post("/filings", SUBMISSION, idempotency_key="a").status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_writing_with_a_key_keeps_the_sandbox_in_use(program: Program, sandbox: Sandbox) -> None:
    long_ago = sandbox.last_used_at - sandboxes.UNUSED_AFTER
    Sandbox.objects.update(last_used_at=long_ago)
    program.get("/me")
    assert Sandbox.objects.get().last_used_at == long_ago
    program.post("/filings", SUBMISSION)
    assert Sandbox.objects.get().last_used_at >= sandbox.last_used_at


# ── Idempotency-Key ──────────────────────────────────────────────────────────


def test_same_request_again_gets_the_same_answer_and_is_done_once(program: Program) -> None:
    first = program.post("/filings", SUBMISSION, idempotency_key="order-1")
    again = program.post("/filings", SUBMISSION, idempotency_key="order-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert Filing.objects.count() == 1


def test_refusal_is_repeated_too(program: Program) -> None:
    wrong = {**SUBMISSION, "websites": []}
    answers = [program.post("/filings", wrong, idempotency_key="a") for _ in range(2)]
    assert [problem(answer) for answer in answers] == [(422, "invalid_submission")] * 2
    assert answers[1].headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [("/filings", {**SUBMISSION, "province": "z"}), ("/clock", SUBMISSION)],
    ids=["other body", "other address"],
)
def test_same_key_for_another_request_is_refused(program: Program, path: str, body: object) -> None:
    told(program.post("/filings", SUBMISSION, idempotency_key="a"), 201)
    assert problem(program.post(path, body, idempotency_key="a")) == (422, "idempotency_key_reused")
    assert Filing.objects.count() == 1


def test_each_api_key_has_idempotency_keys_of_its_own(program: Program, provider: Provider) -> None:
    other = Program(new_key(provider))
    for caller in (program, other):
        told(caller.post("/filings", SUBMISSION, idempotency_key="a"), 201)
    assert Filing.objects.count() == 2


def test_without_an_idempotency_key_every_request_counts(program: Program) -> None:
    for _ in range(2):
        told(program.post("/filings", SUBMISSION), 201)
    assert Filing.objects.count() == 2
    assert IdempotentAnswer.objects.count() == 0


@pytest.mark.parametrize("name", ["", " ", "a b", "键".encode().decode("latin-1"), "x" * 256, "a\x00b"])
def test_idempotency_key_is_a_visible_word(program: Program, name: str) -> None:
    response = program.send("POST", "/filings", SUBMISSION, headers={"idempotency-key": name})
    assert problem(response) == (422, "invalid_idempotency_key")
    assert Filing.objects.count() == 0


def test_answer_without_a_body_is_repeated(program: Program, settings: object) -> None:
    endpoint = told(program.post("/webhooks/endpoints", {"url": "https://example.com/hook"}), 201)
    path = f"/webhooks/endpoints/{endpoint['id']}"
    answers = [program.send("DELETE", path, headers={"idempotency-key": "a"}) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2


def test_failure_of_ours_is_undone_and_may_be_tried_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("verification.acting.filings._send_on", lambda *_, **__: 1 / 0)
        answer = program.post("/filings", SUBMISSION, idempotency_key="a")
    assert problem(answer) == (500, "internal_error")
    assert Filing.objects.count() == IdempotentAnswer.objects.count() == 0
    told(program.post("/filings", SUBMISSION, idempotency_key="a"), 201)


def test_answers_are_forgotten_after_a_day(program: Program) -> None:
    program.post("/filings", SUBMISSION, idempotency_key="a")
    assert keys.forget_answers() == 0
    kept = IdempotentAnswer.objects.get()
    IdempotentAnswer.objects.update(created_at=kept.created_at - keys.ANSWERS_KEPT)
    assert keys.forget_answers() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant_do_the_work_once(transactional_db: None) -> None:
    secret = new_key(world.new_provider(world.new_sandbox()))

    def call(_: int) -> tuple[int, str]:
        try:
            answer = Program(secret).post("/filings", SUBMISSION, idempotency_key="a")
            return answer.status_code, json.loads(answer.content).get("number", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(call, range(8)))
    assert answers == {(201, Filing.objects.get().number)}
