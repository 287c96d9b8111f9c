"""Addresses of the editions."""

from django.urls import path

from portal.editions import views

app_name = "editions"
urlpatterns = [
    path("", views.index, name="index"),
    path("compare/", views.compare, name="compare"),
    path("<slug:edition_id>/", views.detail, name="detail"),
]
