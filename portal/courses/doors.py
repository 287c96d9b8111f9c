"""Who may what in a class: everybody who has its code may join it, whoever made it has its desk."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.shared.lesson.closed import class_closed
from portal.shared.lesson.trainees import trainee_of
from training import closing, courses
from training.models import Course
from verification.law.identity import fold

CourseView = Callable[..., HttpResponse]


def of_course(view: CourseView) -> CourseView:
    """Give a view the class that its address names; whoever comes too late is told so."""

    @wraps(view)
    def inner(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = fold(code).replace("-", "")
        course = courses.of_code(typed)
        if course is None and (closed := closing.of_code(typed)):
            return class_closed(request, closed)
        if course is None:
            messages.error(request, "没有找到这个班级，也可能它已经结束了。请向教员核对班级码。")
            return redirect("courses:index")
        return view(request, course, *args, **kwargs)

    return inner


def at_desk(view: CourseView) -> CourseView:
    """The same for its trainers alone; nobody else learns that there is such a page."""

    @wraps(view)
    def inner(request: HttpRequest, course: Course, *args: Any, **kwargs: Any) -> HttpResponse:
        if not courses.has_desk(course, trainee_of(request)):
            raise Http404
        return view(request, course, *args, **kwargs)

    return of_course(inner)
