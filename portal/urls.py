"""The addresses of the site."""

from django.urls import include, path

from portal.api.urls import api
from portal.views import (
    bureau,
    captcha,
    clock,
    handover,
    health,
    lobby,
    national,
    participants,
    phone,
    provider,
    provider_api,
    robots,
)

urlpatterns = [
    path("", include((national.urlpatterns, "national"))),
    path("captcha/", include((captcha.urlpatterns, "captcha"))),
    path("robots.txt", robots.robots_txt),
    path("", include(handover.urlpatterns)),
    path("", include(([*lobby.urlpatterns, *participants.urlpatterns], "lobby"))),
    path("", include((phone.urlpatterns, "phone"))),
    path("", include((clock.urlpatterns, "clock"))),
    path("", include(([*provider.urlpatterns, *provider_api.urlpatterns], "provider"))),
    path("", include((bureau.urlpatterns, "bureau"))),
    path("api/v1/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
