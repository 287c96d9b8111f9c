"""Addresses of the classes."""

from django.urls import path

from portal.courses import desk, making, sharing, views

app_name = "courses"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", making.new, name="new"),
    path("<slug:code>/", views.course, name="course"),
    path("<slug:code>/join/", views.join, name="join"),
    path("<slug:code>/start/<int:number>/", views.start, name="start"),
    path("<slug:code>/practise/", sharing.practise, name="practise"),
    path("<slug:code>/part/", sharing.take, name="take"),
    path("<slug:code>/hand/", views.hand, name="hand"),
    path("<slug:code>/desk/", desk.desk, name="desk"),
    path("<slug:code>/desk/results.<str:form>", desk.results, name="results"),
    path("<slug:code>/desk/<int:pk>/", desk.shoulder, name="shoulder"),
    path("<slug:code>/desk/say/", desk.say, name="say"),
    path("<slug:code>/desk/times/", making.times, name="times"),
    path("<slug:code>/desk/host/", sharing.host, name="host"),
    path("<slug:code>/desk/close/", desk.close, name="close"),
    path("<slug:code>/screen/", desk.screen, name="screen"),
]
