"""The results of a class as xAPI statements (1.0.3), for a learning platform's record store.

Nobody's name is in them: a member is an account of this site, under a key that the tables of results tell, too. The
same class gives the same statements each time, so that what is imported twice is there once.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.crypto import salted_hmac

from training import shelf
from training.judging import GOAL
from training.models import Course, Member, Try
from training.tries import LEFT
from training.words import Way

_VERBS = {
    "attempted": "开始",
    "completed": "完成",
    "passed": "通过",
    "failed": "未达到目标",
}
_ADL = "http://adlnet.gov/expapi"
_LANGUAGE = "zh-CN"
PLATFORM = "备案短信核验演练平台"
#: What was counted, as it is called in statements.
_COUNTED = {"wrong": "wrong-entries", "resends": "resends", "hints": "hints"}

Statement = dict[str, Any]


def key_of(member: Member) -> str:
    """By what a member is known outside: it tells nothing, and is another one in each class."""
    return salted_hmac("training.statements.member", str(member.pk), algorithm="sha256").hexdigest()[:16]


def statements_of(course: Course, *, home: str) -> Iterator[Statement]:
    """All that was done in a class; ``home`` is the address of the site's first page."""
    done = Try.objects.filter(member__course=course).select_related("member").order_by("pk")
    for this in done.iterator(chunk_size=200):
        yield from _of_try(this, course, home)


def json_of(course: Course, *, home: str) -> bytes:
    """The statements as one file, in the form in which a record store takes them."""
    return json.dumps(list(statements_of(course, home=home)), ensure_ascii=False, indent=1).encode()


def _of_try(this: Try, course: Course, home: str) -> Iterator[Statement]:
    """That it was begun and, where it has ended, how."""
    yield _statement(this, course, home, "attempted", this.started_at.isoformat())
    if this.ended_at is not None:
        verb = _verb_of_end(this)
        if verb:
            yield _statement(this, course, home, verb, this.ended_at.isoformat()) | {"result": _result(this, home)}


def _verb_of_end(this: Try) -> str:
    """A practice that was left is only known to have been attempted; a proof that was left is not passed."""
    if this.way == Way.PROOF:
        return "passed" if this.end == GOAL else "failed"
    return "completed" if this.end == GOAL else "" if this.end == LEFT else "failed"


def _statement(this: Try, course: Course, home: str, verb: str, at: str) -> Statement:
    assert this.member is not None
    kept = this.debrief or {}
    exercise = shelf.begun_as(this.exercise, this.digest)
    said = exercise.sentences if exercise else None
    title = kept.get("title") or (said.title if said else this.exercise)
    definition = {"type": f"{_ADL}/activities/simulation", "name": {_LANGUAGE: title}}
    if said:
        definition["description"] = {_LANGUAGE: said.summary}
    return {
        "id": str(_uuid(this, home, verb)),
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": key_of(this.member)}},
        "verb": {"id": f"{_ADL}/verbs/{verb}", "display": {_LANGUAGE: _VERBS[verb]}},
        "object": {"objectType": "Activity", "id": f"{home}exercises/#{this.exercise}", "definition": definition},
        "context": {
            "registration": str(_uuid(this, home, "registration")),
            "contextActivities": {"grouping": [_class(course, home)]},
            "platform": PLATFORM,
            "language": _LANGUAGE,
            "extensions": {f"{home}exercises/xapi/way": this.way},
        },
        "timestamp": at,
    }


def _uuid(this: Try, home: str, what: str) -> UUID:
    """The same for the same try, and for no other: not even for one of the same id on a site that was begun anew."""
    return uuid5(NAMESPACE_URL, f"{home}exercises/tries/{this.pk}/{this.started_at.isoformat()}#{what}")


def _class(course: Course, home: str) -> Statement:
    key = salted_hmac("training.statements.class", course.code, algorithm="sha256").hexdigest()[:16]
    definition = {"type": f"{_ADL}/activities/course", "name": {_LANGUAGE: course.name}}
    return {"objectType": "Activity", "id": f"{home}class/#{key}", "definition": definition}


def _result(this: Try, home: str) -> Statement:
    """Only a proof is scored: how many of its steps were done."""
    assert this.ended_at is not None
    kept = this.debrief or {}
    counts = kept.get("counts") or {}
    result: Statement = {
        "success": this.end == GOAL,
        "completion": this.end != LEFT,
        "duration": _duration(this.ended_at - this.started_at),
        "extensions": {
            f"{home}exercises/xapi/{name}": counts[what] for what, name in _COUNTED.items() if what in counts
        },
    }
    if kept.get("end"):
        result["extensions"][f"{home}exercises/xapi/end"] = kept["end"][0]
    steps, done = len(kept.get("steps", ())), len(kept.get("done", ()))
    if this.way == Way.PROOF and steps:
        result["score"] = {"scaled": round(done / steps, 4), "raw": done, "min": 0, "max": steps}
    return result


def _duration(lasted: timedelta) -> str:
    """As ISO 8601 writes it, to the second."""
    minutes, seconds = divmod(max(0, round(lasted.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"PT{hours}H{minutes}M{seconds}S"
