"""Addresses of the simulated phones."""

from django.urls import path

from portal.phone import views

app_name = "phone"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/messages/<int:message_pk>/delete/", views.delete, name="delete"),
]
