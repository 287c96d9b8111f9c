"""The addresses of the site."""

from django.urls import include, path

from portal.views import (
    bureau,
    captcha,
    clock,
    editions,
    handover,
    health,
    lobby,
    national,
    participants,
    phone,
    provider,
    robots,
    short_link,
    trainer,
)

urlpatterns = [
    path("", include((national.urlpatterns, "national"))),
    path("captcha/", include((captcha.urlpatterns, "captcha"))),
    path("robots.txt", robots.robots_txt),
    path("", include(handover.urlpatterns)),
    path("", include(short_link.urlpatterns)),
    path("", include(([*lobby.urlpatterns, *participants.urlpatterns], "lobby"))),
    path("", include((phone.urlpatterns, "phone"))),
    path("", include((clock.urlpatterns, "clock"))),
    path("", include((provider.urlpatterns, "provider"))),
    path("", include((bureau.urlpatterns, "bureau"))),
    path("", include((editions.urlpatterns, "editions"))),
    path("", include((trainer.urlpatterns, "trainer"))),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
