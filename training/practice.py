"""自由演练: a class that practises as it likes, from a scenario of the lobby: each in a sandbox, or all in one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from training.groups import give
from training.models import Course, Kind, Member, Part
from verification import news
from verification.models import Attempt, Participant, Sandbox
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

#: What such a sandbox is for.
PURPOSE = "class"
_TRAINER = "教员"


def prepare(course: Course, scenario: str, parts: Collection[Part]) -> None:
    """Let a class, which the caller saves, practise so. Raises :class:`Refused` for no scenario, or nothing to do."""
    if scenario not in sandboxes.SCENARIOS:
        raise Refused("请选择演练的情景。", code="unknown_scenario")
    course.scenario = scenario
    if course.kind == Kind.TOGETHER:
        if not parts:
            raise Refused("请至少给学员一种身份，不然大家进去以后什么都做不了。", code="no_parts")
        course.parts = [part.value for part in Part if part in parts]
        course.sandbox = _opened(course, name=course.name, whose=_TRAINER).sandbox


def _opened(course: Course, *, name: str = "", whose: str = "") -> Participant:
    owner = sandboxes.start(scenario=course.scenario, name=name, participant_name=whose).participant
    owner.sandbox.purpose = PURPOSE
    owner.sandbox.save(update_fields=["purpose"])
    return owner


def going_on(member: Member) -> Participant | None:
    """As whom a member is at it; ``None`` before they have begun, and once their sandbox is closed."""
    participant = member.participant
    return participant if participant is not None and participant.sandbox.closed_at is None else None


@transaction.atomic
def begin(member: Member) -> Participant:
    """Let a member in: into a new sandbox of their own, in the place of an earlier one, or the class's."""
    if member.course.kind == Kind.TOGETHER:
        participant = _in_shared(member)
    else:
        if (earlier := going_on(member)) is not None:
            sandboxes.close(earlier.sandbox)
        participant = _opened(member.course)
    member.participant = participant
    member.save(update_fields=["participant"])
    return participant


def _in_shared(member: Member) -> Participant:
    sandbox = host(member.course).sandbox
    # The others see there who has done what; it goes with the class.
    participant = Participant.objects.create(
        sandbox=sandbox, name=member.nickname, plays_filer=False, joined_at=clock.real_now()
    )
    give(participant, [Part(part) for part in member.course.parts])
    news.note_change([sandbox.pk])
    return participant


@transaction.atomic
def host(course: Course) -> Participant:
    """As whom a trainer is in the sandbox of all; it is made anew where it was closed."""
    locked = Course.objects.select_for_update(of=("self",)).select_related("sandbox").get(pk=course.pk)
    if locked.sandbox is None or locked.sandbox.closed_at is not None:
        locked.sandbox = _opened(locked, name=locked.name, whose=_TRAINER).sandbox
        locked.save(update_fields=["sandbox"])
    return locked.sandbox.participants.select_related("sandbox").get(is_owner=True)


# ── At the desk ──────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PracticeRow:
    """A member who practises: whether they have come in, and when they did something last."""

    member: Member
    is_in: bool
    since: datetime | None


def rows_of(course: Course) -> Sequence[PracticeRow]:
    """Everybody in the class, raised hands first; three queries."""
    members = list(course.members.select_related("participant__sandbox"))
    in_them = Attempt.objects.filter(sandbox__in=Sandbox.objects.filter(participants__members__course=course))
    acted = dict(in_them.order_by().values_list("participant").annotate(Max("real_at")))
    rows = [PracticeRow(each, going_on(each) is not None, acted.get(each.participant_id)) for each in members]
    return sorted(rows, key=lambda row: (row.member.hand_at is None, row.member.nickname))


def sandboxes_in(course: Course) -> list[int]:
    """The sandboxes in which the class practises; with news in one the desk has news."""
    ids = set(Sandbox.objects.filter(participants__members__course=course).values_list("pk", flat=True))
    return sorted(ids | {course.sandbox_id} if course.sandbox_id else ids)
