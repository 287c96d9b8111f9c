"""Whoever comes too late: the class that an address names was closed by its trainer."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from training.models import ClosedCourse


def class_closed(request: HttpRequest, closed: ClosedCourse) -> HttpResponse:
    """Say so, and where to go (410)."""
    return render(request, "shared/lesson/class_closed.html", {"closed": closed}, status=HTTPStatus.GONE)
