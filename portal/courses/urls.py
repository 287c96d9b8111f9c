"""Addresses of the classes."""

from django.urls import path

from portal.courses import after, desk, making, members, own, pictures, sharing, together, views

app_name = "courses"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", making.new, name="new"),
    path("own/", own.index, name="own"),
    path("own/new/", own.new, name="own_new"),
    path("own/help/", own.manual, name="own_help"),
    path("own/<slug:name>/", own.detail, name="own_detail"),
    path("own/<slug:name>/edit/", own.edit, name="own_edit"),
    path("own/<slug:name>/start/", own.start, name="own_start"),
    path("own/<slug:name>/offer/", own.offer, name="own_offer"),
    path("own/<slug:name>/delete/", own.delete, name="own_delete"),
    path("<slug:code>/", views.course, name="course"),
    path("<slug:code>/join/", views.join, name="join"),
    path("<slug:code>/start/<int:number>/", views.start, name="start"),
    path("<slug:code>/practise/", sharing.practise, name="practise"),
    path("<slug:code>/part/", sharing.take, name="take"),
    path("<slug:code>/hand/", views.hand, name="hand"),
    path("<slug:code>/desk/", desk.desk, name="desk"),
    path("<slug:code>/desk/results/", after.overview, name="overview"),
    path("<slug:code>/desk/sheet/", after.sheet, name="sheet"),
    path("<slug:code>/desk/results.<str:form>", after.results, name="results"),
    path("<slug:code>/desk/<int:pk>/", members.member, name="shoulder"),
    path("<slug:code>/desk/<int:pk>/say/", members.say, name="say_to"),
    path("<slug:code>/desk/<int:pk>/skip/", members.skip, name="skip"),
    path("<slug:code>/desk/<int:pk>/fault/", members.fault, name="fault_of"),
    path("<slug:code>/desk/lead/", together.lead, name="lead"),
    path("<slug:code>/desk/pause/", together.pause, name="pause"),
    path("<slug:code>/desk/fault/", together.fault, name="fault"),
    path("<slug:code>/desk/clocks/", together.clocks, name="clocks"),
    path("<slug:code>/desk/pictures/", pictures.pictures, name="pictures"),
    path("<slug:code>/desk/say/", desk.say, name="say"),
    path("<slug:code>/desk/times/", making.times, name="times"),
    path("<slug:code>/desk/host/", sharing.host, name="host"),
    path("<slug:code>/desk/close/", after.close, name="close"),
    path("<slug:code>/desk/add/", own.add, name="own_add"),
    path("<slug:code>/screen/", desk.screen, name="screen"),
]
