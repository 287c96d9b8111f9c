"""The addresses of the site."""

from django.urls import include, path

from portal.views import clock, handover, health, lobby, participants, phone

urlpatterns = [
    path("", include(handover.urlpatterns)),
    path("", include(([*lobby.urlpatterns, *participants.urlpatterns], "lobby"))),
    path("", include((phone.urlpatterns, "phone"))),
    path("", include((clock.urlpatterns, "clock"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
