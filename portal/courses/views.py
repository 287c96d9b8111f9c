"""A class as its members see it: the way in, the exercises in their order, and a hand to raise."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.courses.about import about
from portal.courses.doors import of_course
from portal.courses.following import followed
from portal.shared.lesson import trainees as cookie
from portal.shared.lesson.going import into
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.personal import CodeField
from training import courses, groups, hours, practice
from training.models import CODE_LENGTH, Course, Desk, Member
from verification.refusals import Refused
from verification.time.clock import real_now

#: Who waits for the beginning is told of it by the page itself, if that is so near, within so many seconds.
_WAITS, _SPREAD = 12 * 3600, 4


class CodeForm(forms.Form):
    """The code that the trainer reads out."""

    code = CodeField(
        label="班级码",
        max_length=40,
        help_text=f"{CODE_LENGTH} 位字母和数字，大小写和空格都不要紧。",
        error_messages={"required": "请输入班级码，教员会念出来，或者写在投影上。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class NicknameForm(forms.Form):
    """How one is called in the class."""

    nickname = forms.CharField(
        label="昵称",
        max_length=Member.NICKNAME_LENGTH,
        help_text="教员凭它认出您，请不要填真实姓名。只记在这个班级里，班级结束时一起删除。",
        error_messages={
            "required": "请填写昵称，教员凭它认出您。",
            "max_length": f"昵称最多 {Member.NICKNAME_LENGTH} 个字，请缩短。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """A code to type, and the classes in which one is."""
    trainee = cookie.trainee_of(request)
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("courses:course", form.cleaned_data["code"])
    context = {
        "form": form,
        "mine": Member.objects.filter(trainee=trainee).select_related("course") if trainee else (),
        "desks": Desk.objects.filter(trainee=trainee).select_related("course") if trainee else (),
    }
    return render(request, "courses/index.html", context)


@require_safe
@never_cache
@of_course
def course(request: HttpRequest, course: Course) -> HttpResponse:
    """The exercises for whoever is in the class; the way in for everybody else."""
    trainee = cookie.trainee_of(request)
    member = courses.member_of(course, trainee)
    if member is None:
        return _door(request, course, NicknameForm())
    tag = courses.tag_for(member)
    response = followed(request, tag, "courses/course.html", lambda: _inside(course, member))
    if course.begins_at and hours.is_before(course):
        left = (course.begins_at - real_now()).total_seconds()
        if left < _WAITS:  # not all in the same second
            response["Refresh"] = str(int(left) + 1 + member.pk % _SPREAD)
    return response


def _inside(course: Course, member: Member) -> dict[str, object]:
    member.course = course
    tasks = courses.tasks_of(course, member.speaker)
    open_ones = [task.number for task in tasks if not task.is_done]
    context: dict[str, object] = {
        "course": course,
        "member": member,
        "speaker": member.speaker,
        "tasks": tasks,
        "following": course.at if course.at in open_ones else next(iter(open_ones), 0),
        **about(course),
    }
    if course.is_group:
        context |= {"group": groups.group_of(member), "seats": groups.seats_for(member)}
    if course.is_free:
        context["is_practising"] = practice.going_on(member) is not None
    return context


def _door(request: HttpRequest, course: Course, form: NicknameForm) -> HttpResponse:
    has_desk = courses.has_desk(course, cookie.trainee_of(request))
    context = {"course": course, "form": form, "has_desk": has_desk, **about(course)}
    return render(request, "courses/join.html", context)


@require_POST
@sent_from_anywhere
@of_course
def join(request: HttpRequest, course: Course) -> HttpResponse:
    """Join under a nickname; whoever has learnt nothing here before becomes a trainee.

    No limit for an address, from which all of a class may come: what a class takes is limited by its size.
    """
    form = NicknameForm(request.POST)
    if not form.is_valid():
        return _door(request, course, form)
    try:
        member = courses.join(course, cookie.trainee_of(request), form.cleaned_data["nickname"])
    except Refused as refusal:
        form.add_error("nickname", refusal.sentence)
        return _door(request, course, form)
    if member.nickname != form.cleaned_data["nickname"].strip():
        messages.info(request, f"这个昵称已有人用，您在班里叫“{member.nickname}”。")
    response = redirect("courses:course", course.code)
    cookie.remember(response, member.trainee)
    return response


@require_POST
@sent_from_anywhere
@of_course
def start(request: HttpRequest, course: Course, number: int) -> HttpResponse:
    """Begin an exercise of the class, at its first step; or go on with the one that was begun."""
    member = courses.member_of(course, cookie.trainee_of(request))
    if member is None:
        return redirect("courses:course", course.code)
    try:
        this = courses.start(member, number, anew=request.POST.get("anew") == "yes")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("courses:course", course.code)
    return into(request, this) or redirect("courses:course", course.code)


@require_POST
@sent_from_anywhere
@of_course
def hand(request: HttpRequest, course: Course) -> HttpResponse:
    """Raise one's hand, or take it down."""
    member = courses.member_of(course, cookie.trainee_of(request))
    if member is not None:
        courses.raise_hand(member, is_up=request.POST.get("hand") == "up")
    return redirect("courses:course", course.code)
