"""What comes after: results to be kept elsewhere or printed, a sheet looked up by its code, and closing."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.courses.doors import at_desk
from portal.shared.visit.opened import sent_from_anywhere
from training import closing, exports
from training.models import Course

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
    """Say what will go, and what may be kept before; then delete the class with all that hangs on it."""
    if request.method != "POST":
        return render(request, "courses/close.html", {"course": course, "stock": closing.stock_of(course)})
    count = closing.close(course)
    messages.success(request, f"班级已结束，{count} 名学员的昵称、练习和成绩都已删除。")
    return redirect("courses:index")
