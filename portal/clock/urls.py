"""Addresses of the clock."""

from django.urls import path

from portal.clock import views

app_name = "clock"
urlpatterns = [
    path("", views.page, name="page"),
    path("preview/", views.preview, name="preview"),
    path("move/", views.move, name="move"),
    path("jump/", views.jump, name="jump"),
    path("set/", views.configure, name="set"),
]
