"""Health of this process and of what it stands on, for the supervisor and for a load balancer."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from verification.state import alarms
from verification.tasks import LAST_TICK_KEY
from verification.time import clock

#: So many seconds a host's clock may be off before it is told.
FURTHEST = 1.0


class AnswerProbes:
    """Answer a probe whatever name or address it asks under: a load balancer asks by the machine's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as this process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Look at each thing the site stands on; 503 when one of them is missing, with what is wrong with it."""
    parts = {name: check() for name, check in CHECKS.items()}
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def _database() -> dict[str, object]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return _problem(error)
    return {"ok": True, "vendor": connection.vendor}


def _broker() -> dict[str, object]:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as broker:
            broker.ping()
    except RedisError as error:
        return _problem(error)
    return {"ok": True}


def _jobs() -> dict[str, object]:
    """Beat and worker live if a tick was done lately. Real time on both sides, whatever the sandboxes' clocks say."""
    try:
        last_tick = cache.get(LAST_TICK_KEY)
    except RedisError as error:
        return _problem(error)
    if last_tick is None:
        return {"ok": False, "problem": "no tick yet"}
    age = (clock.real_now() - datetime.fromisoformat(last_tick)).total_seconds()
    part: dict[str, object] = {"ok": age <= settings.TICK_MAX_AGE, "last_tick_age_seconds": round(age, 1)}
    if not part["ok"]:
        part["problem"] = f"no tick for more than {settings.TICK_MAX_AGE} seconds"
    return part


def _alarms() -> dict[str, object]:
    """How many filings are set aside because what was due for them raised.

    Still ok: a bad row is for the trainers to see to, and must not take the site out of its balancer.
    """
    try:
        return {"ok": True, "set_aside": alarms.count_set_aside()}
    except DatabaseError as error:
        return _problem(error)


def _clock() -> dict[str, object]:
    """How far this host's clock is from the one that counts. Still ok: what is done here goes by that one."""
    seconds = clock.ahead_of_host().total_seconds()
    part: dict[str, object] = {"ok": True, "host_is_behind_seconds": round(seconds, 3)}
    if abs(seconds) > FURTHEST:
        part["problem"] = f"the host's clock differs from the database's by more than {FURTHEST:g} second"
    return part


def _problem(error: Exception) -> dict[str, object]:
    """Name the kind of error only: its text may hold addresses and passwords of the installation."""
    return {"ok": False, "problem": type(error).__name__}


CHECKS: dict[str, Callable[[], dict[str, object]]] = {
    "database": _database,
    "broker": _broker,
    "jobs": _jobs,
    "alarms": _alarms,
    "clock": _clock,
}

PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
