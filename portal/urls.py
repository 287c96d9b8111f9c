"""The addresses of the site: a line for each room."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from portal.api.urls import api
from portal.portals import urls as portals
from portal.shared.page import urls as page
from portal.shared.visit import urls as visit
from portal.shared.visit.hosts import bad_request

handler400 = bad_request
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((portals.of_nation, "national"))),
    path("captcha/", include((portals.of_captcha, "captcha"))),
    path("", include(portals.of_short_links)),
    path("", include(visit.of_nation)),
    path("news/", include(page)),
    path("exercises/", include("portal.exercises.urls")),
    path("class/", include("portal.courses.urls")),
    path("lesson/", include("portal.shared.lesson.urls")),
    path("lobby/", include("portal.lobby.urls")),
    path("phone/", include("portal.phone.urls")),
    path("clock/", include("portal.clock.urls")),
    path("provider/", include("portal.provider.urls")),
    path("bureau/", include("portal.bureau.urls")),
    path("trainer/", include("portal.trainer.urls")),
    path("editions/", include("portal.editions.urls")),
    path("api/v1/", api.urls),
    path("", include("portal.operator.urls")),
]
if settings.CLASSES_NEED_ACCOUNT:
    from portal.operator.staff import site as staff

    urlpatterns.append(path("staff/", staff.urls))
