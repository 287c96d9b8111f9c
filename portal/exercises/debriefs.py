"""复盘: what became of a try, read from what was kept of it alone; and a sheet of it that prints on one page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.shared.lesson.closed import class_closed
from portal.shared.lesson.trainees import trainee_of
from portal.shared.page import rulebook
from portal.shared.pictures.timeline import picture_of
from training import closing, courses, sheets, shelf, tries
from training.judging import GOAL
from training.models import Trainee, Try
from training.words import Way
from verification.law.editions import Edition, editions
from verification.law.words import Mode

TryView = Callable[[HttpRequest, Try], HttpResponse]


def of_own_try(view: TryView) -> Callable[[HttpRequest, int], HttpResponse]:
    """Give a view the try that its address names; 404 for whose it is not, but for one that went with a class."""
    return _of_try(view, _is_own)


def of_group_try(view: TryView) -> Callable[[HttpRequest, int], HttpResponse]:
    """The same for all of the group that did it together."""
    return _of_try(view, _is_own, _is_of_group_of)


def of_seen_try(view: TryView) -> Callable[[HttpRequest, int], HttpResponse]:
    """The same for the trainers of the class to which it belongs, too."""
    return _of_try(view, _is_own, _is_of_group_of, _is_at_desk_of)


def _of_try(view: TryView, *whose: Callable[[Try, Trainee | None], bool]) -> Callable[[HttpRequest, int], HttpResponse]:
    @wraps(view)
    def inner(request: HttpRequest, pk: int) -> HttpResponse:
        this = Try.objects.select_related("trainee", "participant__sandbox", "member__course").filter(pk=pk).first()
        if this is None and (closed := closing.of_try(pk)):
            return class_closed(request, closed)
        trainee = trainee_of(request)
        if this is None or not any(may_see(this, trainee) for may_see in whose):
            raise Http404
        return view(request, this)

    return inner


def _is_own(this: Try, trainee: Trainee | None) -> bool:
    return trainee is not None and this.trainee_id == trainee.pk


def _is_of_group_of(this: Try, trainee: Trainee | None) -> bool:
    return trainee is not None and this.member is not None and this.member.followers.filter(trainee=trainee).exists()


def _is_at_desk_of(this: Try, trainee: Trainee | None) -> bool:
    return this.member is not None and courses.has_desk(this.member.course, trainee)


@require_safe
@never_cache
@of_seen_try
def debrief(request: HttpRequest, this: Try) -> HttpResponse:
    """What happened in a try that has ended."""
    if this.ended_at is None:
        return redirect("exercises:index")
    reader = trainee_of(request)
    context = _shown(this) | {
        "is_own": _is_own(this, reader) or _is_of_group_of(this, reader),
        "can_start": shelf.to_begin(this.exercise, this.trainee) is not None,
        "goes_on_from": 0 if _is_of_group(this) else _number_of(tries.step_to_go_on_from(this), this),
        "pictures": [picture_of(filing) for filing in (this.debrief or {}).get("filings", ()) if filing["lines"]],
        "compared": [_compared(of_filing) for of_filing in (this.debrief or {}).get("compared", ())],
    }
    return render(request, "exercises/debrief.html", context)


@require_safe
@never_cache
@of_group_try
def sheet(request: HttpRequest, this: Try) -> HttpResponse:
    """The result of a try, to be printed."""
    if this.ended_at is None:
        return redirect("exercises:index")
    reader = trainee_of(request)  # in a group, not necessarily whose try it is
    named = {"name": reader.name if reader else "", "code": sheets.written(sheets.code_of(this))}
    return render(request, "exercises/sheet.html", _shown(this) | named)


def _shown(this: Try) -> dict[str, Any]:
    """What debrief and sheet have in common."""
    kept: dict[str, Any] = this.debrief or {}
    edition = editions().get(kept.get("edition", ""))
    return {
        "this": this,
        "title": kept.get("title") or this.exercise,
        "end": kept.get("end") or (),
        "is_good": this.end == GOAL,
        "edition": edition,
        "skipped": (kept.get("counts") or {}).get("skipped", 0),
        "counts": _counts(kept.get("counts"), kept.get("machine")),
        "is_proof": this.way == Way.PROOF,
        "steps": _steps(kept),
        "done": len(kept.get("done", ())),
        "left_out": kept.get("left_out", 0),
        "rules": rulebook.lines(kept.get("rules", ()), edition),
    }


def _is_of_group(this: Try) -> bool:
    """Whether several did it, who begin again together, in their class."""
    return this.member is not None and this.member.course.is_group


def _number_of(step: str | None, this: Try) -> int:
    """The number of a step, from 1; 0 for none."""
    exercise = shelf.begun_as(this.exercise, this.digest)
    return [each.id for each in exercise.steps].index(step) + 1 if exercise and step else 0


@dataclass(frozen=True)
class StepLine:
    """A step of the exercise; ``expected`` and ``came`` where it asked what would happen."""

    do: str
    why: str
    rule: str
    is_done: bool
    expected: str = ""
    came: str = ""


def _steps(kept: Mapping[str, Any]) -> list[StepLine]:
    predicted = {each["step"]: (each["choice"], each["right"]) for each in kept.get("predictions", ())}
    return [
        StepLine(do, why, rule, is_done, *predicted.get(step, ()))
        for step, do, why, rule, is_done in kept.get("steps", ())
    ]


# ── Counts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_COUNTED = {
    "refused": "没通过校验的提交",
    "entries": "核验填写",
    "wrong": "其中填错",
    "resends": "手动重发",
    "moves": "拨钟",
    "hints": "看提示",
    "minutes": "用时（分钟）",
}


@dataclass(frozen=True)
class Count:
    """How often something was done, and how often the machine does it."""

    label: str
    done: int
    machine: str


def _counts(done: Mapping[str, int] | None, machine: Mapping[str, int] | None) -> list[Count]:
    """Row by row; of the machine's minutes the file says how many a person needs."""
    if not done or not machine:
        return []
    return [
        Count(label, done[what], f"约 {machine[what]}" if what == "minutes" else str(machine[what]))
        for what, label in _COUNTED.items()
        if what in done and what in machine  # an older debrief may lack some
    ]


# ── Other editions ───────────────────────────────────────────────────────────────────────────────────────────────────

_LIMITS = {
    "id_errors": "证件号码错 {} 次即失败",
    "tries": "各种错误合计 {} 次即失败",
    "tries_borne": "容许错 {} 次，再填一次即失败",
    "resends": "手动重发最多 {} 次",
}
#: In a word, and why; the badge's tone is that of the word.
_OUTCOMES = {
    "not_offered": ("不能比较", "这个版本不办理这类申请"),
    "unknown_type": ("不能比较", "这个版本只备案网站，不备案这类服务"),
    "nobody": ("不能比较", "不用核验，直接转到管局"),
    "unknown_start": ("不能比较", "管局先预审，通过以后才下发，时刻说不准"),
    "differs": ("不能比较", "要核验的人，或者要填的证件号码，和这次不同"),
    "fine": ("照样通过", "没有碰到会退回的限制"),
    "open": ("还没核验完", "没有碰到会退回的限制，还可以核验"),
    "deadline": ("退回", "超过时限"),
    "id_errors": ("核验失败", "证件号码错得太多"),
    "tries": ("核验失败", "错得太多"),
    "tries_borne": ("核验失败", "错满以后又填了一次"),
}
_TONES = {"不能比较": "mute", "照样通过": "good", "还没核验完": "info", "退回": "bad", "核验失败": "bad"}


@dataclass(frozen=True)
class EditionLine:
    """What an edition's law alone gives for the filing; ``tone`` is the badge's."""

    edition: Edition
    is_own: bool
    who: str
    sent: datetime | None
    noon: datetime | None
    deadline: datetime | None
    limits: Sequence[str]
    outcome: str
    reason: str
    tone: str
    at: datetime | None
    name: str
    has_too_many_resends: bool


@dataclass(frozen=True)
class Compared:
    """A filing under all editions."""

    number: str
    lines: Sequence[EditionLine]


def _compared(of_filing: Mapping[str, Any]) -> Compared:
    lines = [
        _edition_line(line, is_own=place == 0)
        for place, line in enumerate(of_filing["lines"])
        if line["edition"] in editions()
    ]
    return Compared(of_filing["filing"], lines)


def _edition_line(line: Mapping[str, Any], *, is_own: bool) -> EditionLine:
    outcome, reason = _OUTCOMES[line["outcome"]]
    joint = "或" if line.get("mode") == Mode.ANY else "、"
    return EditionLine(
        edition=editions()[line["edition"]],
        is_own=is_own,
        who=joint.join(f"{name}（{roles}）" for roles, name in line.get("who", ())),
        sent=_moment(line.get("sent")),
        noon=_moment(line.get("noon")),
        deadline=_moment(line.get("deadline")),
        limits=[_LIMITS[name].format(value) for name, value in line["limits"].items()],
        outcome=outcome,
        reason=reason,
        tone=_TONES[outcome],
        at=_moment(line.get("at")),
        name=line.get("name", ""),
        has_too_many_resends=line.get("resends", False),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
