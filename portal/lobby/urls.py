"""Addresses of the lobby."""

from django.urls import path

from portal.lobby import participants, places, views

app_name = "lobby"
urlpatterns = [
    path("", views.index, name="index"),
    path("start/", views.start, name="start"),
    path("join/", views.join, name="join"),
    path("recover/", views.recover, name="recover"),
    path("leave/", views.leave, name="leave"),
    path("told/", views.told, name="told"),
    path("places/<int:pk>/", places.go_back, name="go_back"),
    path("me/<str:token>/", places.personal, name="personal"),
    path("clear/", places.clear, name="clear"),
    path("participants/", participants.participants, name="participants"),
    path("participants/roles/", participants.roles, name="roles"),
    path("participants/<int:pk>/remove/", participants.remove, name="remove"),
    path("participants/keys/<int:pk>/revoke/", participants.revoke, name="revoke_key"),
    path("close/", participants.close, name="close"),
]
