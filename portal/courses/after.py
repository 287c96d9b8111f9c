"""What comes after: results to be kept elsewhere or printed, a sheet looked up by its code, and closing."""

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.courses.doors import at_desk
from portal.shared.visit.opened import sent_from_anywhere
from portal.shared.visit.personal import CodeField
from training import closing, exports, sheets, statements
from training.models import Course
from verification.time import clock


class SheetCodeForm(forms.Form):
    """The code that stands on a sheet."""

    code = CodeField(
        label="核对码",
        max_length=40,
        help_text=f"印在成绩单上，{sheets.CODE_LENGTH} 位字母和数字，大小写和空格都不要紧。",
        error_messages={"required": "请输入成绩单上的核对码。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@require_safe
@never_cache
@at_desk
def overview(request: HttpRequest, course: Course) -> HttpResponse:
    """What everybody has made of each exercise, to be read and printed; and the ways in which it may be kept."""
    return _overview(request, course, SheetCodeForm())


def _overview(request: HttpRequest, course: Course, form: SheetCodeForm) -> HttpResponse:
    context = {"course": course, "lines": sheets.lines_of(course), "form": form, "today": clock.real_now()}
    return render(request, "courses/results.html", context)


@require_safe
@never_cache
@at_desk
def sheet(request: HttpRequest, course: Course) -> HttpResponse:
    """The debrief of the try on whose sheet a code stands."""
    form = SheetCodeForm(request.GET)
    if form.is_valid():
        this = sheets.of_code(course, form.cleaned_data["code"])
        if this is not None:
            return redirect("exercises:debrief", this.pk)
        form.add_error("code", "这个班级里没有这个核对码，请照成绩单再核对一遍；别的班级的成绩单这里查不到。")
    return _overview(request, course, form)


#: What results may be asked as: by whom they are written, and what they are.
_FORMS: Mapping[str, tuple[Callable[[Course, str], bytes], str]] = {
    "csv": (lambda course, _: exports.csv_of(course), "text/csv; charset=utf-8"),
    "xlsx": (
        lambda course, _: exports.xlsx_of(course),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "xapi.json": (lambda course, home: statements.json_of(course, home=home), "application/json"),
}


@require_safe
@never_cache
@at_desk
def results(request: HttpRequest, course: Course, form: str) -> HttpResponse:
    """What has been done in the class, to be kept elsewhere."""
    if form not in _FORMS:
        raise Http404
    written, content_type = _FORMS[form]
    name, home = f"class-{course.code}.{form}", request.build_absolute_uri("/")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(written(course, home), content_type=content_type, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@sent_from_anywhere
@never_cache
@at_desk
def close(request: HttpRequest, course: Course) -> HttpResponse:
    """Say what will go, and what may be kept before; then delete the class with all that hangs on it."""
    if request.method != "POST":
        return render(request, "courses/close.html", {"course": course, "stock": closing.stock_of(course)})
    count = closing.close(course)
    messages.success(request, f"班级已结束，{count} 名学员的昵称、练习和成绩都已删除。")
    return redirect("courses:index")
