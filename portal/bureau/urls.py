"""Addresses of the bureau's desk."""

from django.urls import path

from portal.bureau import batch, views

app_name = "bureau"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/approve/", views.approve, name="approve"),
    path("<int:pk>/accept/", views.accept, name="accept"),
    path("<int:pk>/reject/", views.reject, name="reject"),
    path("batch/accept/", batch.batch, {"act": batch.ACCEPT}, name="batch_accept"),
    path("batch/approve/", batch.batch, {"act": batch.APPROVE}, name="batch_approve"),
    path("batch/reject/", batch.batch, {"act": batch.REJECT}, name="batch_reject"),
]
