"""Addresses of the exercises."""

from django.urls import path

from portal.exercises import debriefs, people, results, shows, views

app_name = "exercises"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:name>/start/", views.start, name="start"),
    path("<slug:name>/show/", shows.begin, name="begin_show"),
    path("shows/<str:key>/", shows.show, name="show"),
    path("papers/", views.papers, name="papers"),
    path("tries/<int:pk>/", debriefs.debrief, name="debrief"),
    path("tries/<int:pk>/sheet/", debriefs.sheet, name="sheet"),
    path("tries/<int:pk>/again/", views.go_on, name="go_on"),
    path("tries/<int:pk>/once-more/", views.once_more, name="once_more"),
    path("results/", results.results, name="results"),
    path("me/", people.me, name="me"),
    path("me/name/", people.rename, name="rename"),
    path("me/revoke/", people.revoke, name="revoke"),
    path("me/code/", people.by_code, name="by_code"),
    path("me/<str:link>/", people.personal, name="personal"),
]
