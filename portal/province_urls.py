"""The addresses of a province's portal, under its host or under ``/p/{code}/``."""

from django.urls import URLPattern, URLResolver, include, path

from portal.views import captcha, handover, health, province, robots

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((province.urlpatterns, "province"))),
    path("arrive/", handover.arrive, name="arrive"),
    path("captcha/", include((captcha.urlpatterns, "captcha"))),
    path("robots.txt", robots.robots_txt),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
