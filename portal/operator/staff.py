"""The staff's own site, where an operator has classes made by staff alone: their accounts, and which classes there are.

It shows nothing of who is in a class: no member, no trainee, no try is registered here.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from training.models import Course

if TYPE_CHECKING:
    _CourseAdmin = admin.ModelAdmin[Course]
else:  # which takes no parameter when it runs
    _CourseAdmin = admin.ModelAdmin


class StaffSite(admin.AdminSite):
    """Django's admin with these two alone."""

    site_header = site_title = "备案短信核验演练平台 · 工作人员"
    index_title = "账号与班级"


class CourseAdmin(_CourseAdmin):
    """Classes to look at: what is to be changed in one, its desk changes."""

    list_display = ("name", "code", "kind", "created_at", "begins_at", "ends_at", "people")
    fields = list_display
    search_fields = ("name", "code")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        """With how many are in each."""
        return super().get_queryset(request).annotate(people=Count("members"))

    @admin.display(description="人数")
    def people(self, course: Course) -> int:
        """How many are in it."""
        return int(course.people)  # type: ignore[attr-defined]  # annotated above

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django asks so
        """A class is made on the site."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django asks so
        """It is changed at its desk."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django asks so
        """It is closed at its desk, which deletes its sandboxes too."""
        return False


site = StaffSite(name="staff")
site.register(Course, CourseAdmin)
site.register(User, UserAdmin)
