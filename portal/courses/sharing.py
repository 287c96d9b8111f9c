"""Where members share more than the class: free practice, and the parts of a group."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.courses.doors import at_desk, of_course
from portal.shared.lesson import trainees as cookie
from portal.shared.visit import entering
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, groups, practice
from training.models import Course, Kind
from verification.models import Participant
from verification.refusals import Refused


@require_POST
@sent_from_anywhere
@of_course
def practise(request: HttpRequest, course: Course) -> HttpResponse:
    """Go on with free practice, or begin it: for the first time, or anew in a sandbox of one's own."""
    member = courses.member_of(course, cookie.trainee_of(request))
    if member is None or not course.is_free:
        return redirect("courses:course", course.code)
    begins_anew = course.kind == Kind.FREE and request.POST.get("anew") == "yes"
    participant = None if begins_anew else practice.going_on(member)
    try:
        return _in(request, participant or courses.practise(member))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("courses:course", course.code)


def _in(request: HttpRequest, participant: Participant) -> HttpResponse:
    """Into a sandbox: the lobby tells which parts one has there."""
    response = redirect("lobby:index")
    entering.become(request, response, participant)
    return response


@require_POST
@sent_from_anywhere
@of_course
def take(request: HttpRequest, course: Course) -> HttpResponse:
    """Change to another part, or another group."""
    member = courses.member_of(course, cookie.trainee_of(request))
    if member is not None and course.is_group:
        try:
            member = groups.take(member, request.POST.get("seat", ""))
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"您现在是{member.get_part_display()}。")
    return redirect("courses:course", course.code)


@require_POST
@sent_from_anywhere
@at_desk
def host(request: HttpRequest, course: Course) -> HttpResponse:
    """Let the trainer into the sandbox in which all practise, where they play every part and give out the others."""
    if course.kind != Kind.TOGETHER:
        return redirect("courses:desk", course.code)
    return _in(request, practice.host(course))
