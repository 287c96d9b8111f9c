import pytest
from django.test import Client
from pytest_django import Settings

from portal.shared.visit.hosts import check_hosts, is_forbidden
from tests.pages import assert_is_well_made, page_of


@pytest.mark.parametrize(
    "host",
    ["gov.cn", ".gov.cn", "beian.miit.gov.cn", "GScainfo.MIITbeian.GOV.CN", "gov.cn:8000", "beian.gov.cn.", " gov.cn "],
)
def test_is_forbidden_at_or_under_gov_cn(host: str) -> None:
    assert is_forbidden(host)


@pytest.mark.parametrize(
    "host", ["localhost", ".localhost", "[::1]", "127.0.0.1:8000", "notgov.cn", "gov.cn.example.org", "*"]
)
def test_is_forbidden_nowhere_else(host: str) -> None:
    assert not is_forbidden(host)


def test_check_stops_the_start_for_each_forbidden_host(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost", ".gov.cn", "beian.miit.gov.cn"]
    assert [problem.id for problem in check_hosts(None)] == ["portal.E001", "portal.E001"]
    assert all(problem.is_serious() for problem in check_hosts(None))


@pytest.mark.django_db
def test_request_for_a_forbidden_host_is_refused_however_wide_the_settings(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get("/healthz", headers={"host": "gscainfo.example.org"}).status_code == 200
    assert client.get("/healthz", headers={"host": "gscainfo.miitbeian.gov.cn"}).status_code == 400
    assert client.get("/healthz", headers={"host": "gscainfo.miitbeian.gov.cn.:8000"}).status_code == 400


@pytest.mark.parametrize("host", ["example.com", "[::", "gscainfo.127.0.0.1:8000", "miit.gov.cn"])
@pytest.mark.parametrize("path", ["/", "/lobby/", "/verify/", "/p/gs/", "/api/v1/docs", "/watch/x/", "/nothing"])
def test_host_that_is_not_the_sites_gets_a_page_without_links_to_it(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 400
    if not path.startswith("/api/"):
        page = page_of(answer)
        assert_is_well_made(page)
        assert page.one("h1").text == "地址有误"
