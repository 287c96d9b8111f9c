"""Addresses of the lobby."""

from django.urls import path

from portal.lobby import participants, views

app_name = "lobby"
urlpatterns = [
    path("", views.index, name="index"),
    path("start/", views.start, name="start"),
    path("join/", views.join, name="join"),
    path("recover/", views.recover, name="recover"),
    path("leave/", views.leave, name="leave"),
    path("participants/", participants.participants, name="participants"),
    path("participants/<int:pk>/", participants.roles, name="roles"),
    path("participants/<int:pk>/remove/", participants.remove, name="remove"),
    path("participants/keys/<int:pk>/revoke/", participants.revoke, name="revoke_key"),
    path("close/", participants.close, name="close"),
]
