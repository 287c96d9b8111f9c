"""The addresses of the site."""

from django.urls import include, path

from portal.api.urls import api
from portal.views import (
    bureau,
    bureau_batch,
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
    provider_api,
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
    path("", include(([*provider.urlpatterns, *provider_api.urlpatterns], "provider"))),
    path("", include(([*bureau.urlpatterns, *bureau_batch.urlpatterns], "bureau"))),
    path("", include((editions.urlpatterns, "editions"))),
    path("", include((trainer.urlpatterns, "trainer"))),
    path("api/v1/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
