"""Addresses of the bar's buttons, the same on every host."""

from django.urls import path

from portal.shared.lesson import views

app_name = "lesson"
urlpatterns = [
    path("", views.bar, name="bar"),
    path("seen/", views.note, {"kind": "seen"}, name="seen"),
    path("hint/", views.note, {"kind": "hint"}, name="hint"),
    path("predict/", views.predict, name="predict"),
    path("show/", views.switch, {"kind": "show"}, name="show"),
    path("hide/", views.switch, {"kind": "hide"}, name="hide"),
    path("leave/", views.leave, name="leave"),
    path("finish/", views.finish, name="finish"),
    path("rules/<str:rule>/", views.rule, name="rule"),
]
