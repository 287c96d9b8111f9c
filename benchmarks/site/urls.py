"""The addresses of the site and, under ``/bench/``, of what it is compared with."""

from django.urls import path

from benchmarks.site import views
from portal.urls import urlpatterns as of_site

urlpatterns = [
    *of_site,
    path("bench/stock/verify/", views.stock_verify),
    path("bench/stock/picture/<slug:key>/", views.stock_picture),
    path("bench/bare/verify/", views.bare_verify),
    path("bench/bytes/<slug:name>", views.same_bytes),
]
