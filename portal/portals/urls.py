"""Addresses of the portals: what the national one has, what a province's has, and what both have."""

from django.urls import URLPattern, path

from portal.portals import entry, national, province, query, short_link
from portal.portals.captcha import views as captcha
from portal.portals.help import help_on_documents, help_page, outside

_EVERYWHERE = [
    path("verify/", entry.verify, name="verify"),
    path("resend/", entry.resend, name="resend"),
    path("help/", help_page, name="help"),
    path("help/id/", help_on_documents, name="help_on_documents"),
    path("outside/<slug:entry>/", outside, name="outside"),
    path("query/", query.query, name="query"),
]

of_nation = [
    path("", national.home, name="home"),
    path("provinces/", national.choose, name="provinces"),
    *_EVERYWHERE,
]

of_province = [
    path("", province.home, name="home"),
    path("console/", province.console, name="console"),
    *_EVERYWHERE,
]

of_captcha: list[URLPattern] = [
    path("new", captcha.new, name="new"),
    path("<str:token>.png", captcha.picture, name="picture"),
    path("<str:token>.wav", captcha.sound, name="sound"),
]

of_short_links = [path("s/<slug:token>", short_link.follow, name="short_link")]
