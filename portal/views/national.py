"""The national portal: the choice of a province, and what it says itself."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from portal import public_query
from portal.governing import moment_of
from portal.visits import visit_of
from verification.law.editions import Province, provinces


@dataclass(frozen=True)
class Tile:
    """A province in the choice: whether verification is in force there, or since when it will be."""

    province: Province
    is_covered: bool
    starts_at: datetime | None


def _page(request: HttpRequest, name: str, **context: object) -> HttpResponse:
    moment = moment_of(request)
    covered = moment.covered
    tiles = [Tile(province, province.code in covered, moment.starts_for(province)) for province in provinces().values()]
    common = {"moment": moment, "edition": moment.model, "look": moment.model.look, "tiles": tiles}
    return render(request, f"national/{name}.html", {**common, **context})


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Choose the province (N-01)."""
    return _page(request, "home")


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Until an edition has the national portal verify, lead on to the choice of the province."""
    return _page(request, "by_province", heading="备案短信核验", to="/verify/")


@require_safe
def resend(request: HttpRequest) -> HttpResponse:
    """As ``verify``, for sending the message again."""
    return _page(request, "by_province", heading="短信重发", to="/resend/")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How verification goes, from the edition's own data."""
    return _page(request, "help")


@require_safe
def query(request: HttpRequest) -> HttpResponse:
    """公共查询 over all provinces (D-06)."""
    text = request.GET.get("q", "").strip()
    visit = visit_of(request)
    found = public_query.find(visit.sandbox, text, province=None) if visit and text else []
    return _page(request, "query", text=text, found=found, limit=public_query.LIMIT)


urlpatterns = [
    path("", home, name="home"),
    path("verify/", verify, name="verify"),
    path("resend/", resend, name="resend"),
    path("help/", help_page, name="help"),
    path("query/", query, name="query"),
]
