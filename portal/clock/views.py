"""The clock page: the sandbox's time, its speed, and moving it forward — first as a list of what would happen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from portal.shared.clock.fields import MomentField
from portal.shared.clock.strides import STRIDES
from portal.shared.visit.doors import VisitRequest, needs_clock, needs_sandbox
from portal.shared.visit.ways import next_address
from verification.models import AlarmKind, ClockMove, Role, Sandbox
from verification.refusals import Refused
from verification.state import alarms
from verification.state.preview import foresee
from verification.time import clock

RECENT_MOVES = 5
#: So many steps of what a move would bring about are listed.
MOST_STEPS = 200

SPEED_LABELS = {1: "实际速度", 60: "1 秒 = 1 分钟", 600: "1 秒 = 10 分钟", 3600: "1 秒 = 1 小时"}


class MoveForm(forms.Form):
    """Where to move the clock: by a stride, or to an exact moment."""

    by = forms.ChoiceField(choices=[(key, stride.label) for key, stride in STRIDES.items()], required=False)
    to = MomentField(
        label="拨到指定时刻",
        help_text="北京时间，必须晚于当前演练时间。",
        error_messages={
            "required": "请选择一个按钮，或填写要拨到的时刻。",
            "invalid": "请按“年-月-日 时:分”填写要拨到的时刻，例如 2017-12-21 12:00。",
        },
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["to"].required = not self.data.get("by")

    def clean(self) -> dict[str, Any]:
        """Settle on one moment, ``target``: a whole second, so that the page that asks once more can name it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        target = STRIDES[cleaned["by"]].from_now(self.now) if cleaned["by"] else cleaned["to"]
        if target < self.now:
            self.add_error("to", "时钟只能向前拨，请填写晚于当前演练时间的时刻。")
        cleaned["target"] = target + timedelta(microseconds=-target.microsecond % 1_000_000)
        return cleaned


@dataclass(frozen=True)
class Progress:
    """How far the job that follows a move has come."""

    total: int
    left: int

    @property
    def done(self) -> int:
        """How many filings are through. More may have become due than the move counted."""
        return self.total - self.left

    @property
    def percent(self) -> int:
        """For a progress bar; 100 only when all is done."""
        return 100 if not self.left else self.done * 100 // self.total


@dataclass(frozen=True)
class MoveShown:
    """One move of the clock, and what it brought about."""

    move: ClockMove

    @property
    def what(self) -> str:
        """What became due on the way, in words."""
        move = self.move
        counts = {
            AlarmKind.SEND: move.sends,
            AlarmKind.NOON: move.noons,
            AlarmKind.DEADLINE: move.deadlines,
            AlarmKind.DECISION: move.decisions,
        }
        done = [f"{kind.label} {count} 份申请" for kind, count in counts.items() if count]
        if not done and move.due_total:  # moved before the kinds were counted
            done = [f"{move.due_total} 份申请有事项到期"]
        return "，".join(done) or "没有事项到期"


def _progress(sandbox: Sandbox, move: ClockMove | None) -> Progress:
    left = alarms.remaining(sandbox)
    return Progress(total=max(move.due_total if move else 0, left), left=left)


def _page(request: VisitRequest, form: MoveForm | None = None) -> HttpResponse:
    sandbox = request.visit.sandbox
    moves = list(sandbox.clock_moves.order_by("-id")[:RECENT_MOVES])
    context = {
        "visit": request.visit,
        "is_trainer": request.visit.plays(Role.TRAINER),
        "form": form or MoveForm(now=request.visit.now, initial={"to": request.visit.now + timedelta(hours=1)}),
        "strides": STRIDES,
        "speeds": [(speed, SPEED_LABELS[speed]) for speed in clock.SPEEDS],
        "alarm": alarms.next_alarm(sandbox),
        "moves": [MoveShown(move) for move in moves],
        "progress": _progress(sandbox, moves[0] if moves else None),
    }
    return render(request, "clock/page.html", context)


@require_safe
@needs_sandbox
def page(request: VisitRequest) -> HttpResponse:
    """Show the clock to everybody in the sandbox, its buttons to who may use them."""
    return _page(request)


@require_safe
@needs_clock
def preview(request: VisitRequest) -> HttpResponse:
    """List what a move would bring about; nothing moves yet."""
    form = MoveForm(request.GET, now=request.visit.now)
    if not form.is_valid():
        return _page(request, form)
    target = form.cleaned_data["target"]
    context = {
        "visit": request.visit,
        "target": target,
        "preview": foresee(request.visit.sandbox, until=target, limit=MOST_STEPS),
    }
    return render(request, "clock/preview.html", context)


@require_POST
@needs_clock
def move(request: VisitRequest) -> HttpResponse:
    """Move the clock; the jobs follow, and the page shows how far they are."""
    form = MoveForm(request.POST, now=request.visit.now)
    if not form.is_valid():
        return _page(request, form)
    target = form.cleaned_data["target"]
    try:
        clock.move_to(request.visit.sandbox, target, by=request.visit.by)
    except Refused as refusal:
        form.add_error("to", refusal.sentence)
        return _page(request, form)
    messages.success(request, f"时钟已拨到 {_shown(target)}。")
    return redirect("clock:page")


@require_POST
@needs_clock
def jump(request: VisitRequest) -> HttpResponse:
    """Move to the next moment at which something is due, and go back to the page that asked."""
    sandbox, back = request.visit.sandbox, redirect(next_address(request) or "clock:page")
    filing = alarms.next_alarm(sandbox)
    if filing is None or filing.alarm_at is None:
        messages.info(request, "目前没有等待发生的事项，时钟没有变化。")
        return back
    if filing.alarm_at <= request.visit.now:
        messages.info(request, "到期事项正在处理，请稍候再看。")
        return back
    try:
        clock.move_to(sandbox, filing.alarm_at, by=request.visit.by)
    except Refused:  # the clock ran past that moment just now
        messages.info(request, "到期事项正在处理，请稍候再看。")
        return back
    label = AlarmKind(filing.alarm_kind).label
    messages.success(request, f"时钟已拨到 {_shown(filing.alarm_at)}，到了“{label}”的时刻（申请 {filing.number}）。")
    return back


@require_POST
@needs_clock
def configure(request: VisitRequest) -> HttpResponse:
    """Pause the clock, let it run on, or change its speed."""
    sandbox = request.visit.sandbox
    try:
        match request.POST.get("action"):
            case "pause":
                clock.pause(sandbox, by=request.visit.by)
                messages.success(request, f"时钟已暂停在 {_shown(clock.now(sandbox))}。")
            case "resume":
                clock.resume(sandbox, by=request.visit.by)
                messages.success(request, "时钟已继续。")
            case "speed":
                asked = request.POST.get("speed", "")
                speed = next((speed for speed in clock.SPEEDS if str(speed) == asked), 0)
                clock.set_speed(sandbox, speed, by=request.visit.by)
                messages.success(request, f"时钟速度已改为 {sandbox.clock_speed} 倍。")
            case _:
                messages.error(request, "没有这个操作，请使用页面上的按钮。")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect(next_address(request) or "clock:page")


def _shown(moment: datetime) -> str:
    return date_format(localtime(moment), "Y-m-d H:i:s")
