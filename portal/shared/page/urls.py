"""Where pages ask for news anew, the same on every host; with a token they are answered by the middleware."""

from django.urls import path

from portal.shared.page import news

urlpatterns = [
    path("", news.by_visit),
]
