"""Addresses of the trainer's page."""

from django.urls import path

from portal.trainer import day, views

app_name = "trainer"
urlpatterns = [
    path("", views.index, name="index"),
    path("day/", day.day, name="day"),
    path("pin/", views.pin, name="pin"),
    path("review/", views.review, name="review"),
    path("fault/", views.fault, name="fault"),
    path("retry/", views.retry, name="retry"),
]
