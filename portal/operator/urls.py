"""Addresses for whoever runs the site, the same on every host."""

from django.urls import path

from portal.operator import health, robots

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", robots.robots_txt),
]
