"""Who may call: API keys, limits, and requests that may safely be repeated."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja.decorators import decorate_view
from ninja.security import HttpBearer

from portal.api.problems import TooMany, problem
from verification import limits
from verification.clock import real_now
from verification.keys import find_key
from verification.models import ApiKey, IdempotentAnswer

#: Requests that one key may make in a minute of real time.
REQUESTS_A_MINUTE = 1200
MINUTE = 60
_LONGEST_KEY = 255


class KeyRequest(HttpRequest):
    """The request as an operation sees it: ``auth`` is the key."""

    auth: ApiKey


def key_of(request: HttpRequest) -> ApiKey | None:
    """The key that the request carries, looked up once; ``None`` without a good one."""
    if not hasattr(request, "_api_key"):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        found = find_key(secret.strip()) if scheme.lower() == "bearer" and secret else None
        request._api_key = found  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    key: ApiKey | None = request._api_key  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return key


class BearerKey(HttpBearer):
    """``Authorization: Bearer drill_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, which becomes ``request.auth``. Raises :class:`TooMany` past the limit."""
        key = key_of(request)
        if key is not None and not limits.allow(f"api:{key.pk}", limit=REQUESTS_A_MINUTE, seconds=MINUTE):
            raise TooMany(MINUTE)
        return key


def _fingerprint(request: HttpRequest) -> str:
    return sha256(b"\0".join((str(request.method).encode(), request.path.encode(), request.body))).hexdigest()


def _replay(answer: IdempotentAnswer, request: HttpRequest) -> HttpResponse:
    if answer.fingerprint != _fingerprint(request):
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            code="idempotency_key_reused",
            detail="这个 Idempotency-Key 已用于另一个请求，请换一个新的值。",
        )
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers={"Idempotent-Replayed": "true"},
    )


def _repeatable(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(run)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name, key = request.headers.get("Idempotency-Key", ""), key_of(request)
        if not name or key is None:
            return run(request, *args, **kwargs)
        if len(name) > _LONGEST_KEY:
            return problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                code="idempotency_key_too_long",
                detail=f"Idempotency-Key 最长 {_LONGEST_KEY} 个字符，请缩短。",
            )
        try:
            with transaction.atomic():
                return _run_and_keep(run, request, key, name, *args, **kwargs)
        except IntegrityError:
            return _replay(IdempotentAnswer.objects.get(api_key=key, key=name), request)

    return inner


def _run_and_keep(
    run: Callable[..., HttpResponse], request: HttpRequest, key: ApiKey, name: str, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Do the work and keep its answer in one transaction: of two requests at once, the second waits and repeats."""
    kept = IdempotentAnswer.objects.create(
        api_key=key, key=name, fingerprint=_fingerprint(request), created_at=real_now()
    )
    response = run(request, *args, **kwargs)
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        kept.delete()
        return response
    kept.status, kept.content_type = response.status_code, response.headers["Content-Type"]
    kept.body = response.content.decode()
    kept.save(update_fields=["status", "content_type", "body"])
    return response


#: On every write: the same ``Idempotency-Key`` gets the same answer, and the work is done once.
repeatable = decorate_view(_repeatable)
