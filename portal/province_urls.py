"""The addresses of a province's portal, under its host or under ``/p/{code}/``."""

from django.urls import URLPattern, URLResolver, include, path

from portal.portals import urls as portals
from portal.shared.page import urls as page
from portal.shared.visit import urls as visit
from portal.shared.visit.hosts import bad_request

handler400 = bad_request
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((portals.of_province, "province"))),
    path("captcha/", include((portals.of_captcha, "captcha"))),
    path("", include(visit.of_province)),
    path("news/", include(page)),
    path("lesson/", include("portal.shared.lesson.urls")),
    path("", include("portal.operator.urls")),
]
