"""One member at the desk: over the shoulder, a word, the step that stands in the way, a fault."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.courses.doors import at_desk
from portal.courses.following import followed
from portal.courses.together import turn_fault
from portal.shared.pictures.timeline import pictures_of
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, shoulders, skipping, tries
from training.models import Course, Member
from training.together import Fault


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@at_desk
def member(request: HttpRequest, course: Course, pk: int) -> HttpResponse:
    """What can be done for a member, and what they see and have tried last; a POST begins to look, and tells them."""
    found = _member(course, pk)
    if request.method == "POST":
        shoulders.look_over(found)
        return redirect("courses:shoulder", course.code, pk)
    this = shoulders.try_of(found)

    def context() -> dict[str, object]:
        until = shoulders.looked_at_until(found)
        seen = shoulders.seen_of(this) if this and until else None
        looked = seen.looked if seen else tries.look(this, this.sandbox) if this and this.sandbox else None
        return {
            "course": course,
            "member": found,
            "seen": seen,
            "looked": looked,
            "until": until,
            "pictures": pictures_of(seen.filings) if seen else (),
            "faults": list(Fault),
            "word_length": courses.WORD_LENGTH,
        }

    return followed(request, shoulders.tag_of(found, this), "courses/shoulder.html", context)


def _member(course: Course, pk: int) -> Member:
    return get_object_or_404(course.members, pk=pk)


@require_POST
@sent_from_anywhere
@at_desk
def say(request: HttpRequest, course: Course, pk: int) -> HttpResponse:
    """A word to this member alone."""
    found, word = _member(course, pk), request.POST.get("word", "")
    courses.say(course, word, to=found)
    messages.success(request, f"已告诉“{found.called}”。" if word.strip() else "已收回。")
    return redirect("courses:shoulder", course.code, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@at_desk
def skip(request: HttpRequest, course: Course, pk: int) -> HttpResponse:
    """Ask, then take the present step off the member."""
    found = _member(course, pk)
    this = shoulders.try_of(found)
    looked = tries.look(this, this.sandbox) if this and this.sandbox else None
    if this is None or looked is None or looked.standing.step is None:
        messages.info(request, f"“{found.called}”现在没有正在做的步骤，没有可跳过的。")
        return redirect("courses:shoulder", course.code, pk)
    step = looked.standing.step.id
    if request.method != "POST":
        context = {"course": course, "member": found, "looked": looked}
        context["says"] = looked.exercise.sentences.steps[step].do
        return render(request, "courses/skip.html", context)
    if skipping.skip(this, request.POST.get("step", "")):
        messages.success(request, f"已替“{found.called}”做了这一步，可以做下一步了。")
    else:
        messages.info(request, f"“{found.called}”已经不在那一步了，没有跳过。")
    return redirect("courses:shoulder", course.code, pk)


@require_POST
@sent_from_anywhere
@at_desk
def fault(request: HttpRequest, course: Course, pk: int) -> HttpResponse:
    """Bring a fault about for this member, or end it."""
    turn_fault(request, course, _member(course, pk))
    return redirect("courses:shoulder", course.code, pk)
