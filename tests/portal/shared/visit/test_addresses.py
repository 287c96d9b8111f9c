import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from portal.shared.visit import addresses
from portal.shared.visit.addresses import (
    UnknownProvince,
    address_of,
    province_of_host,
    province_of_path,
)
from tests.visitors import GANSU, NATIONAL, anybody
from verification.law.editions import provinces

GS = provinces()["gs"]


def asked(host: str) -> HttpRequest:
    return RequestFactory().get("/", headers={"host": host})


@pytest.mark.rule("P-06")
@pytest.mark.parametrize("code", list(provinces()))
def test_every_province_has_a_host(code: str) -> None:
    assert province_of_host(f"{code}cainfo.localhost:8000") == provinces()[code]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "cainfo.localhost", "wxyzcainfo.org"]
)
def test_other_hosts_are_national(host: str) -> None:
    assert province_of_host(host) is None


def test_host_of_no_province_is_unknown() -> None:
    with pytest.raises(UnknownProvince):
        province_of_host("zzcainfo.localhost")


def test_host_is_read_whatever_its_case() -> None:
    assert province_of_host("GSCAINFO.localhost") == GS


def test_path_form_is_taken_apart() -> None:
    assert province_of_path("/p/gs/verify/") == (GS, "/verify/")
    assert province_of_path("/p/gs") == (GS, "")
    assert province_of_path("/phone/") is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (NATIONAL, "http://gscainfo.localhost:8000/verify/"),
        (GANSU, "http://gscainfo.localhost:8000/verify/"),
        ("bcainfo.localhost:8000", "http://gscainfo.localhost:8000/verify/"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/p/gs/verify/"),
    ],
)
@pytest.mark.rule("P-06")
def test_province_address_has_the_form_that_works_for_the_visitor(host: str, address: str) -> None:
    assert address_of(asked(host)).of_province(GS, "province:verify") == address


def test_national_address_is_absolute_from_a_provinces_host_only() -> None:
    assert address_of(asked(NATIONAL)).of_nation("national:help") == "/help/"
    assert address_of(asked("127.0.0.1:8000")).of_nation("national:help") == "/help/"
    assert address_of(asked(GANSU)).of_nation("national:help") == "http://localhost:8000/help/"


def test_addresses_are_the_same_under_a_path() -> None:
    with addresses.script_prefix("/p/gs/"):
        assert address_of(asked("127.0.0.1:8000")).of_nation("national:help") == "/help/"
        assert address_of(asked("127.0.0.1:8000")).of_province(GS) == "http://127.0.0.1:8000/p/gs/"


# ── The middleware ───────────────────────────────────────────────────────────


@pytest.mark.rule("P-06")
@pytest.mark.parametrize(("host", "prefix"), [(GANSU, "/"), (NATIONAL, "/p/gs/"), ("127.0.0.1:8000", "/p/gs/")])
@pytest.mark.parametrize("path", ["", "verify/", "resend/", "help/", "query/"])
def test_host_and_path_lead_to_the_same_pages(host: str, prefix: str, path: str) -> None:
    answer = anybody(host=host).get(prefix + path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "甘肃省通信管理局" in page
    assert f'href="{prefix}query/"' in page


def test_path_without_its_last_slash_is_completed() -> None:
    client = anybody()
    for short, full in (("/p/gs", "/p/gs/"), ("/p/gs/verify", "/p/gs/verify/")):
        answer = client.get(short)
        assert (answer.status_code, answer["Location"]) == (301, full)


def test_prefix_of_one_request_does_not_reach_the_next() -> None:
    client = anybody()
    client.get("/p/gs/")
    assert 'href="/verify/"' in client.get("/").content.decode()


def test_unknown_province_is_not_found() -> None:
    assert anybody().get("/p/zz/").status_code == 404
    assert anybody(host="zzcainfo.localhost:8000").get("/").status_code == 404


def test_national_pages_are_not_on_a_provinces_host() -> None:
    assert anybody(host=GANSU).get("/lobby/").status_code == 404
    assert anybody(host=GANSU).get("/p/gs/").status_code == 404


@pytest.mark.parametrize(
    ("host", "path"), [(NATIONAL, "/"), (GANSU, "/verify/"), (GANSU, "/nowhere/"), (NATIONAL, "/healthz")]
)
def test_every_answer_asks_search_engines_to_stay_away(host: str, path: str) -> None:
    assert anybody(host=host).get(path)["X-Robots-Tag"] == "noindex, nofollow, noarchive"


@pytest.mark.parametrize(
    ("host", "path"), [(NATIONAL, "/robots.txt"), (GANSU, "/robots.txt"), (NATIONAL, "/p/gs/robots.txt")]
)
def test_robots_txt_disallows_everything(host: str, path: str) -> None:
    assert anybody(host=host).get(path).content == b"User-agent: *\nDisallow: /\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "path"),
    [
        (NATIONAL, "/provider/?q=%00"),
        (NATIONAL, "/verify/?link=%00"),
        (GANSU, "/verify/?link=a%00b"),
    ],
)
def test_address_with_a_nul_is_refused_in_words(host: str, path: str) -> None:
    page = anybody(host=host).get(path)
    assert page.status_code == 400
    assert "请检查后重新输入" in page.content.decode()


def test_path_with_a_nul_leads_nowhere() -> None:
    assert anybody().get("/editions/%00/").status_code == 404
