"""What a trainer does for all at once: the next exercise, a pause, a fault, the clocks of those who are at one step."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.courses.doors import at_desk
from portal.shared.clock.strides import STRIDES
from portal.shared.visit.opened import sent_from_anywhere
from training import desks, together
from training.models import Course, Member
from training.together import Fault, Place, Stride
from verification.refusals import Refused

#: The button that moves each clock to what comes next in its sandbox.
NEXT = "next"
_NUMBER = re.compile(r"[0-9]{1,3}")
#: A member, and the second to which their clock is moved.
_TICKED = re.compile(r"([0-9]{1,18})@([0-9]{1,10})")


@require_POST
@sent_from_anywhere
@at_desk
def lead(request: HttpRequest, course: Course) -> HttpResponse:
    """Lead all to an exercise, or let them choose again."""
    asked = request.POST.get("number", "")
    try:
        together.lead_to(course, int(asked) if _NUMBER.fullmatch(asked) else -1)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "已请大家做这个练习。" if course.at else "大家又可以自己选练习了。")
    return redirect("courses:desk", course.code)


@require_POST
@sent_from_anywhere
@at_desk
def pause(request: HttpRequest, course: Course) -> HttpResponse:
    """Ask all to wait, with their clocks, or to go on."""
    if request.POST.get("on") == "1":
        count = together.pause(course)
        messages.success(request, f"已请大家停一下；停了 {count} 个走着的时钟。")
    else:
        count = together.go_on(course)
        messages.success(request, f"已请大家继续；{count} 个时钟又走了。")
    return redirect("courses:desk", course.code)


@require_POST
@sent_from_anywhere
@at_desk
def fault(request: HttpRequest, course: Course) -> HttpResponse:
    """Bring a fault about for all who are at an exercise, or end it."""
    turn_fault(request, course)
    return redirect("courses:desk", course.code)


def turn_fault(request: HttpRequest, course: Course, member: Member | None = None) -> None:
    """What the form of a fault asks for."""
    asked, is_on = request.POST.get("fault", ""), request.POST.get("on") == "1"
    wanted = next((fault for fault in Fault if fault.value == asked), None)
    if wanted is None:
        messages.error(request, "没有这种状况，请从列表中选择。")
        return
    count = together.set_fault(course, wanted, is_on=is_on, member=member)
    if not count:
        messages.info(request, "现在没有人在做练习，没有变化。")
    else:
        messages.success(request, f"{count} 人的“{wanted.label}”{'开始了' if is_on else '结束了'}。")


# ── The clocks of those who are at one step ──────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@at_desk
def clocks(request: HttpRequest, course: Course) -> HttpResponse:
    """List what a move would bring about for each who is at the step; a POST moves those that are ticked."""
    asked = request.POST if request.method == "POST" else request.GET
    place = together.places_of(desks.rows_of(course)).get(asked.get("place", ""))
    if place is None:
        messages.info(request, "现在没有人在这一步了，时钟没有变化。")
        return redirect("courses:desk", course.code)
    if request.method == "POST":
        return _moved(request, course, place)
    by = asked.get("by", "")
    if by != NEXT and by not in STRIDES:
        messages.error(request, "请选一个按钮：拨多少，或拨到下一个时刻。")
        return redirect("courses:desk", course.code)
    stride: Stride = STRIDES[by].from_now if by in STRIDES else None
    context = {
        "course": course,
        "place": place,
        "label": STRIDES[by].label if by in STRIDES else "到下一个时刻",
        "plans": together.plan(place, stride),
    }
    return render(request, "courses/clocks.html", context)


def _moved(request: HttpRequest, course: Course, place: Place) -> HttpResponse:
    wanted = dict(_wanted(request))
    if not wanted:
        messages.info(request, "没有选任何人，时钟没有变化。")
        return redirect("courses:desk", course.code)
    moved = together.move(place, wanted)
    gone = len(wanted) - len(moved)
    return render(request, "courses/moved.html", {"course": course, "place": place, "moved": moved, "gone": gone})


def _wanted(request: HttpRequest) -> Iterator[tuple[int, datetime]]:
    """By member the moment that was listed; what nobody can have ticked is passed over."""
    for each in request.POST.getlist("move"):
        if found := _TICKED.fullmatch(each):
            yield int(found[1]), datetime.fromtimestamp(int(found[2]), tz=UTC)


def choices_of(rows: list[desks.Row]) -> Mapping[str, object]:
    """What the desk's own form offers of all this."""
    return {
        "places": list(together.places_of(rows).values()),
        "strides": {**{key: stride.label for key, stride in STRIDES.items()}, NEXT: "到下一个时刻"},
        "faults": list(Fault),
    }
