"""The trainer's part: making a class, seeing how far everybody is, a word to them, the projector, and closing."""

from collections.abc import Callable, Mapping

import segno
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.courses import own_forms
from portal.courses.doors import at_desk
from portal.courses.following import followed, followed_rows
from portal.courses.own import adding
from portal.courses.sifting import RowFilter
from portal.courses.together import choices_of
from portal.shared.lesson import trainees as cookie
from portal.shared.visit.limits import STARTS, when_again
from portal.shared.visit.opened import sent_from_anywhere
from training import courses, desks, exports, tries
from training.courses import WORD_LENGTH
from training.files import Exercise, exercises, exercises_of
from training.models import Course, Trainee
from training.shelf import is_of_people
from training.words import Path, Way
from verification.refusals import Refused


class CourseForm(forms.Form):
    """What a class is called, and what it does."""

    name = forms.CharField(
        label="班级名称",
        max_length=40,
        help_text="学员会看到，例如“周三下午班”。请不要写真实姓名。",
        error_messages={"required": "请给班级起个名称。", "max_length": "班级名称最多 40 个字，请缩短。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    way = forms.ChoiceField(
        label="怎样做",
        choices=[(way.value, way.label) for way in Way],
        initial=Way.PRACTICE.value,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择练习或考核。", "invalid_choice": "请选择练习或考核。"},
    )
    exercises = forms.MultipleChoiceField(
        label="做哪些练习",
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选一个练习。", "invalid_choice": "没有这个练习，请从列表中选择。"},
    )

    def __init__(self, *args: object, trainer: Trainee | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a form takes
        field = self.fields["exercises"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(path.label, [_choice(each) for each in exercises_of(path)]) for path in Path]
        if of_trainer := own_forms.choices_of(trainer):
            field.choices = [*field.choices, ("自己的练习", of_trainer)]


def _choice(exercise: Exercise) -> tuple[str, str]:
    return exercise.name, f"{exercise.sentences.title}（约 {exercise.minutes} 分钟）"


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Make a class; the exercises come in the catalogue's order."""
    form = CourseForm(request.POST if request.method == "POST" else None, trainer=cookie.trainee_of(request))
    if request.method == "POST" and (wait := STARTS.wait_of_address(request)):
        messages.error(request, f"这个网络地址的操作次数已到上限，请{when_again(wait)}再试。")
    elif form.is_bound and form.is_valid():
        trainer = cookie.trainee_of(request) or tries.new_trainee()
        chosen, way = form.cleaned_data["exercises"], Way(form.cleaned_data["way"])
        tasks = [(name, way) for name in [*exercises(), *filter(is_of_people, chosen)] if name in chosen]
        try:
            course = courses.make(trainer, name=form.cleaned_data["name"], tasks=tasks)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            response = redirect("courses:desk", course.code)
            cookie.remember(response, trainer)
            return response
    return render(request, "courses/new.html", {"form": form})


# ── The desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def desk(request: HttpRequest, course: Course) -> HttpResponse:
    """Everybody in the class, or whom the address asks for; who needs somebody first, or in another order."""
    tags = desks.tags_of(course)

    def context() -> tuple[list[desks.Row], Mapping[str, object]]:
        rows = desks.rows_of(course, tags)
        tasks = courses.tasks_of(course)
        sieve = RowFilter(request.GET, {task.number: task.exercise.sentences.title for task in tasks}, rows)
        rest = {"course": course, "filter": sieve, "count": len(rows), "tasks": tasks, **choices_of(rows)}
        return sieve.applied(rows), {
            **rest,
            "word_length": WORD_LENGTH,
            "link": _link(request, course),
            **adding(request),
        }

    return followed_rows(request, desks.tag_of(course, tags), "courses/desk.html", context)


def _followed(
    request: HttpRequest, course: Course, template: str, context: Callable[[], dict[str, object]]
) -> HttpResponse:
    """A page of the whole class that follows it."""
    return followed(request, desks.tag_of(course), template, lambda: {"course": course, **context()})


@require_POST
@sent_from_anywhere
@at_desk
def say(request: HttpRequest, course: Course) -> HttpResponse:
    """A word to everybody in the class."""
    word = request.POST.get("word", "")
    count = courses.say(course, word)
    messages.success(request, f"已告诉 {count} 人。" if word.strip() else "已收回。")
    return redirect("courses:desk", course.code)


#: What results may be asked as: by whom they are written, and what they are.
_FORMS = {
    "csv": (exports.csv_of, "text/csv; charset=utf-8"),
    "xlsx": (exports.xlsx_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@require_safe
@never_cache
@at_desk
def results(request: HttpRequest, course: Course, form: str) -> HttpResponse:
    """What has been done in the class, to be kept elsewhere."""
    if form not in _FORMS:
        raise Http404
    written, content_type = _FORMS[form]
    name = f"class-{course.code}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(written(course), content_type=content_type, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@at_desk
def close(request: HttpRequest, course: Course) -> HttpResponse:
    """Ask, then delete the class with all that hangs on it."""
    if request.method != "POST":
        return render(request, "courses/close.html", {"course": course, "count": course.members.count()})
    count = courses.close(course)
    messages.success(request, f"班级已结束，{count} 名学员的昵称、练习和成绩都已删除。")
    return redirect("courses:index")


# ── The projector ────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@at_desk
def screen(request: HttpRequest, course: Course) -> HttpResponse:
    """For the wall: how to come in, and how far all are together, without a name."""
    link = _link(request, course)

    def context() -> dict[str, object]:
        return {"link": link, "picture": _picture(link), "tasks": desks.progress_of(course)}

    return _followed(request, course, "courses/screen.html", context)


def _link(request: HttpRequest, course: Course) -> str:
    return request.build_absolute_uri(reverse("courses:course", args=[course.code]))


def _picture(link: str) -> SafeString:
    """The link as a QR code, drawn as SVG."""
    drawn = segno.make(link, error="m").svg_inline(scale=6, border=2, svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  # segno draws it, of an address of ours
