"""What a class leaves for others: xAPI statements by the specification, tables without formulas, sheets with codes."""

import csv
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from tests.training.test_courses import finished
from training import courses, exports, sheets, statements, tries
from training.files import exercises
from training.judging import GOAL
from training.models import Course, Member, Try
from training.words import Way
from verification.time import clock

pytestmark = pytest.mark.django_db

HOME = "https://drill.example.com/"
ADL = "http://adlnet.gov/expapi/"
NICKNAME = "小王不该出现"


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch) -> TimeMachineFixture:
    """Real time stands still until the test moves it, and nobody has to wait between two starts."""
    time_machine.move_to(clock.real_now(), tick=False)
    monkeypatch.setattr(courses.limits, "wait", lambda *_, **__: 0)
    return time_machine


@pytest.fixture
def course() -> Course:
    """A class of an exercise in both ways."""
    tasks = [("first-verification", Way.PRACTICE), ("first-verification", Way.PROOF)]
    return courses.make(tries.new_trainee(), name="周三班", tasks=tasks)


@pytest.fixture
def member(course: Course) -> Member:
    """Somebody in the class, whose trainee has a name, too."""
    trainee = tries.new_trainee()
    trainee.name = "称呼不该出现"
    trainee.save()
    return courses.join(course, trainee, NICKNAME)


def told(course: Course) -> list[dict[str, Any]]:
    """The statements, as whoever imports them reads them."""
    found: list[dict[str, Any]] = json.loads(statements.json_of(course, home=HOME))
    return found


def verbs(course: Course) -> list[str]:
    """In a word each."""
    return [each["verb"]["id"].removeprefix(f"{ADL}verbs/") for each in told(course)]


def test_statements_are_as_the_specification_has_them(
    course: Course, member: Member, real_time: TimeMachineFixture
) -> None:
    courses.start(member, 1)
    real_time.shift(timedelta(hours=1, minutes=2, seconds=3))
    this = Try.objects.get()
    Try.objects.update(ended_at=clock.real_now(), end=GOAL)
    begun, completed = told(course)
    allowed = {"id", "actor", "verb", "object", "result", "context", "timestamp"}
    for each in (begun, completed):
        assert set(each) <= allowed
        assert UUID(each["id"]).variant == UUID(each["context"]["registration"]).variant == "specified in RFC 4122"
        assert each["actor"] == {
            "objectType": "Agent",
            "account": {"homePage": HOME, "name": statements.key_of(member)},
        }
        assert re.fullmatch(r"[0-9a-f]{16}", each["actor"]["account"]["name"])
        (grouping,) = each["context"]["contextActivities"]["grouping"]
        definitions = [each["object"]["definition"], grouping["definition"]]
        extensions = [*each["context"]["extensions"], *each.get("result", {}).get("extensions", {})]
        iris = [each["verb"]["id"], each["object"]["id"], grouping["id"], *extensions]
        for iri in [*iris, *(definition["type"] for definition in definitions)]:
            assert all(urlsplit(iri)[:3]), iri  # absolute
            assert iri.isascii()
        names = [each["verb"]["display"], *(definition["name"] for definition in definitions)]
        assert all(list(name) == ["zh-CN"] for name in names)
        assert datetime.fromisoformat(each["timestamp"]).utcoffset() is not None
    assert begun["id"] != completed["id"]
    assert begun["context"]["registration"] == completed["context"]["registration"]
    assert begun["object"]["definition"]["name"] == {"zh-CN": "第一次核验"}
    assert begun["object"]["id"] == f"{HOME}exercises/#first-verification"
    assert (begun["timestamp"], completed["timestamp"]) == (
        this.started_at.isoformat(),
        clock.real_now().isoformat(),
    )
    assert (verbs(course), "result" in begun) == (["attempted", "completed"], False)
    assert completed["result"] == {"success": True, "completion": True, "duration": "PT1H2M3S", "extensions": {}}


def test_each_way_and_end_has_its_verb_and_a_proof_its_score(course: Course, member: Member) -> None:
    tries.leave(courses.start(member, 1))
    assert verbs(course) == ["attempted"]
    left = courses.start(member, 2)
    tries.leave(left)
    assert verbs(course) == ["attempted", "attempted", "failed"]
    failed = told(course)[-1]["result"]
    assert (failed["success"], failed["completion"]) == (False, False)
    assert failed["score"] == {"scaled": 0.0, "raw": 0, "min": 0, "max": 4}
    finished(member, 2)
    assert verbs(course)[-2:] == ["attempted", "passed"]
    passed = told(course)[-1]["result"]
    assert passed["score"] == {"scaled": 1.0, "raw": 4, "min": 0, "max": 4}
    assert {key.rpartition("/")[2] for key in passed["extensions"]} == {"wrong-entries", "resends", "hints", "end"}


def test_statements_name_nobody_and_stay_the_same(course: Course, member: Member) -> None:
    finished(member, 1)
    text = statements.json_of(course, home=HOME).decode()
    secrets = (
        NICKNAME,
        "称呼不该出现",
        course.code,
        *(getattr(member.trainee, name) for name in ("key", "link", "code")),
    )
    assert not [secret for secret in secrets if secret in text]
    assert statements.json_of(course, home=HOME).decode() == text
    ids = [each["id"] for each in told(course)]
    assert len(set(ids)) == len(ids) == 2
    other = courses.join(course, tries.new_trainee(), "小李")
    assert statements.key_of(other) != statements.key_of(member)


FORMULAS = ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋86", "－1", "＠A1"]


def test_no_nickname_becomes_a_formula_or_a_second_cell(course: Course, member: Member) -> None:
    for nickname in FORMULAS:
        who = Member.objects.create(
            course=course, trainee=tries.new_trainee(), nickname=nickname, joined_at=clock.real_now()
        )
        tries.leave(courses.start(who, 1))
    member.nickname = "小王;=1+1"
    member.save()
    tries.leave(courses.start(member, 1))
    text = exports.csv_of(course).decode("utf-8-sig")
    heading, *lines = csv.reader(text.splitlines(keepends=True))
    assert tuple(heading) == exports.HEADINGS
    assert [line[0] for line in lines] == ["小王;=1+1", *(f"'{nickname}" for nickname in FORMULAS)]
    assert '"小王;=1+1"' in text
    assert all(line[5].isdigit() for line in lines)
    this = member.tries.get()
    assert lines[0][-2:] == [sheets.written(sheets.code_of(this)), statements.key_of(member)]


def test_sheet_is_found_by_its_code_in_its_class_alone(course: Course, member: Member) -> None:
    this, going_on = finished(member, 1), courses.start(member, 2)
    code = sheets.code_of(this)
    assert re.fullmatch(r"[ACDEFGHJKMNPQRTWXY34679]{8}", code)
    assert sheets.written(code) == f"{code[:4]} {code[4:]}"
    other = courses.make(tries.new_trainee(), name="别的班", tasks=[("two-codes", Way.PRACTICE)])
    assert (sheets.of_code(course, code), sheets.of_code(other, code)) == (this, None)
    assert sheets.of_code(course, sheets.code_of(going_on)) is None


def test_line_has_the_best_practice_and_the_first_proof(
    course: Course, member: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    waiting = courses.join(course, tries.new_trainee(), "没来")
    tries.leave(courses.start(member, 1))
    best = finished(member, 1)
    tries.leave(courses.start(member, 1))
    first = courses.start(member, 2)
    with django_assert_num_queries(2):
        practice, proof, *rest = sheets.lines_of(course)
    assert (practice.this, practice.count, practice.is_good) == (best, 3, True)
    said = exercises()[best.exercise].sentences.ends[GOAL]
    assert (practice.end, practice.counts["hints"], practice.code) == (
        said.title,
        0,
        sheets.written(sheets.code_of(best)),
    )
    assert (proof.this, proof.count, proof.end, proof.code) == (None, 1, "进行中", "")
    tries.leave(first)
    finished(member, 2)
    assert sheets.lines_of(course)[1].this == first
    assert [(line.member, line.end, line.count) for line in rest] == [(waiting, "没有开始", 0)] * 2
