"""Addresses of the exercises."""

from django.urls import path

from portal.exercises import views

app_name = "exercises"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:name>/start/", views.start, name="start"),
    path("tries/<int:pk>/", views.debrief, name="debrief"),
    path("tries/<int:pk>/again/", views.go_on, name="go_on"),
]
