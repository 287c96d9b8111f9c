from datetime import datetime

import pytest
import time_machine

from tests.pages import assert_is_well_made, page_of
from tests.visitors import NATIONAL, anybody, browser_of, owner_of
from tests.world import move, new_sandbox
from verification.law.editions import provinces
from verification.law.times import SHANGHAI
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

PILOT = {"甘肃", "西藏", "宁夏", "海南", "新疆", "青海", "天津"}
SECOND = {"浙江", "福建", "广西", "重庆", "四川", "陕西", "云南"}
THIRD = {"山西", "内蒙古", "黑龙江", "安徽", "山东", "河南", "湖北", "湖南"}


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[misc]


@pytest.mark.parametrize(
    "path",
    ["/", "/provinces/", "/help/", "/help/id/", "/outside/illegal-domains/"],
)
def test_pages_are_well_made_and_cacheable_without_a_visit(path: str) -> None:
    answer = anybody().get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    assert_is_well_made(page_of(answer))


@pytest.mark.rule("N-01")
def test_choice_leads_to_each_of_the_31_portals() -> None:
    tiles = page_of(anybody().get("/provinces/")).one("ul", class_="tiles")
    assert [link.attrs["href"] for link in tiles.all("a")] == [f"/go/{code}" for code in provinces()]
    answer = anybody().get("/go/gs", follow=True, headers={"host": NATIONAL})
    assert answer.redirect_chain[0][0].startswith("http://gscainfo.localhost:8000/")


@pytest.mark.rule("P-01", "P-02", "P-03")
@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        (at(2017, 12, 18, 8, 59), set()),
        (at(2017, 12, 18, 9, 0), PILOT),
        (at(2018, 9, 10, 0, 0), PILOT | SECOND),
        (at(2018, 9, 24, 0, 0), PILOT | SECOND | THIRD),
    ],
)
def test_choice_marks_where_verification_is_in_force_at_the_sandboxs_time(moment: datetime, covered: set[str]) -> None:
    with time_machine.travel(moment, tick=False):
        started = sandboxes.start(scenario="2017-gs", starts_at=moment)
        page = page_of(browser_of(started.participant).get("/"))
    assert {tile.one("span", class_="tile__name").text for tile in page.all("li", class_="tile--covered")} == covered
    starting = {tile.one("span", class_="tile__state").text for tile in page.all("li", class_="tile--gs")}
    assert starting == ({"已施行"} if covered else {"2017-12-18 起"})


@pytest.mark.rule("N-03")
@pytest.mark.parametrize("path", ["/verify/", "/resend/"])
def test_verify_and_resend_lead_to_the_provinces_until_the_national_portal_verifies(path: str) -> None:
    sandbox = new_sandbox("2020-08-16 23:59")
    browser = browser_of(owner_of(sandbox))
    for page in (page_of(browser.get(path)), page_of(browser.post(path, {}))):
        assert_is_well_made(page)
        assert not page.all("form", method="post")
        assert page.one("ul", class_="tiles").all("a")[0].attrs["href"] == f"/go/b?to={path}"
    move(sandbox, "2020-08-17 00:00")
    page = page_of(browser.get(path))
    assert not page.all("ul", class_="tiles")
    assert page.one("form", method="post")


def test_each_policy_document_leads_to_its_edition() -> None:
    page = page_of(browser_of(owner_of(new_sandbox("2021-01-01 09:00"))).get("/"))
    links = [link.attrs["href"] for link in page.one("section", id="policies").all("a")]
    assert len(links) == len(set(links)) == 4
    assert links[0] == "/editions/qingcloud-2020/"
