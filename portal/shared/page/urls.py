"""Where pages ask for news, the same on every host."""

from django.urls import path

from portal.shared.page import news

urlpatterns = [
    path("", news.by_visit, name="news_again"),
    path("<str:token>", news.by_token, name="news"),
]
