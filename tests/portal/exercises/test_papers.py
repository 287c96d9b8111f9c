"""材料: the page of an exercise's papers, the ways to it, and the customer's sheet in the provider's form."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pages import Node, assert_is_well_made, page_of
from tests.portal.exercises.test_exercises import bar_of, begun
from tests.visitors import GANSU, anybody, browser_of, owner_of
from tests.world import new_provider, new_sandbox
from training import content
from training.files import exercises
from verification.models import Filing

pytestmark = pytest.mark.django_db

NAME, QUEUE = "customer-papers", "queue-of-eight"
FORM = "/provider/new/?province=gs&kind=first_filing#submitting"


@pytest.fixture
def browser() -> Client:
    """Somebody new, on the national host."""
    return anybody()


def links_of(page: Node) -> dict[str, str]:
    """Where each link of the page leads, by its words."""
    return {link.text: link.attrs["href"] for link in page.all("a")}


def test_each_paper_stands_on_the_page_with_all_its_lines(browser: Client) -> None:
    begun(browser, NAME)
    page = page_of(browser.get("/exercises/papers/"))
    assert_is_well_made(page)
    exercise = exercises()[NAME]
    shown = [
        (paper.one("h3").text, [(line.one("dt").text, line.one("dd").text) for line in paper.one("dl").all("div")])
        for paper in page.all("article", class_="paper")
    ]
    assert shown == [
        (content.title_of(exercise, paper), list(content.lines_of(exercise, paper)))
        for paper in exercise.opening.papers
    ]
    assert len(page.all("p", class_="paper__mark")) == len(shown)
    assert [heading.text for heading in page.one("main").all("h2")] == ["客户交来的材料"]


def test_papers_of_filings_stand_under_their_numbers(browser: Client) -> None:
    this = begun(browser, QUEUE)
    page = page_of(browser.get("/exercises/papers/"))
    assert_is_well_made(page)
    numbers = [Filing.objects.get(pk=pk).number for pk in this.filings]
    assert [heading.text for heading in page.one("main").all("h2")] == [f"申请 {number} 的材料" for number in numbers]


def test_papers_cost_as_many_queries_as_ever_however_many_there_are(browser: Client) -> None:
    counts = []
    for name in ("corrected", QUEUE):
        begun(browser, name)
        browser.get("/exercises/papers/")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/exercises/papers/")
        counts.append(len(captured))
    assert abs(counts[0] - counts[1]) < 3, counts  # there are twenty papers more; what conditions ask for differs


def test_bar_leads_to_the_papers_on_every_host_where_there_are_some(browser: Client) -> None:
    this = begun(browser, NAME)
    assert this.participant is not None
    browser.post("/lesson/seen/", {"step": "compare", "next": "/"})
    assert links_of(bar_of(page_of(browser.get("/"))))["材料"] == "/exercises/papers/"
    province = browser_of(this.participant, host=GANSU)
    assert links_of(bar_of(page_of(province.get("/"))))["材料"] == "http://localhost:8000/exercises/papers/"
    begun(browser, "first-verification")
    assert "材料" not in links_of(bar_of(page_of(browser.get("/"))))


def test_page_without_papers_leads_to_the_catalogue(browser: Client) -> None:
    begun(browser, "first-verification")
    for visitor in (browser, browser_of(owner_of(new_sandbox()))):
        answer = visitor.get("/exercises/papers/", follow=True)
        assert answer.redirect_chain == [("/exercises/", 302)]
        assert "目前的演练里没有材料" in page_of(answer).one("main").text


def test_form_is_filled_from_the_customers_sheet_with_its_mistakes(browser: Client) -> None:
    begun(browser, NAME)
    form = page_of(browser.get(FORM, follow=True))
    assert links_of(form)["看客户的材料（新窗口）"] == "/exercises/papers/"
    buttons = [button.attrs.get("value") for button in form.one("main").all("button")]
    assert ("sheet" in buttons, "fill" in buttons) == (True, False)
    answer = browser.post(
        FORM, {"action": "sheet", "subject.name": "自己填的", "services.0.type": "website"}, follow=True
    )
    fields = {field.attrs["name"]: field.attrs.get("value", "") for field in page_of(answer).one("main").all("input")}
    written = content.typed_from(exercises()[NAME])
    texts = {path: text for path, text in written.items() if not path.endswith(("nature", "id_type"))}
    assert {path: fields[path] for path in texts} == texts | {"subject.name": "自己填的"}


def test_sheet_about_a_website_on_record_ticks_it(browser: Client) -> None:
    begun(browser, "other-phone")
    browser.post("/lesson/seen/", {"step": "papers", "next": "/"})
    form = bar_of(page_of(browser.get("/"))).one("a", class_="lesson__go").attrs["href"]
    sent = {"action": "sheet", "services.0.serial": "1", "services.0.remark": ""}
    answer = browser.post(form, sent, follow=True)
    fields = {field.attrs["name"]: field.attrs for field in page_of(answer).one("main").all("input")}
    assert "checked" in fields["services.0.chosen"]
    assert fields["services.0.person.phone"]["value"] == "13900000209"
    assert fields["services.0.server_ip"]["value"] == "192.0.2.10"


def test_sheet_fills_nothing_where_no_exercise_goes_on() -> None:
    sandbox = new_sandbox()
    new_provider(sandbox)
    browser = browser_of(owner_of(sandbox))
    answer = browser.post(FORM, {"action": "sheet", "subject.name": "", "services.0.type": "website"}, follow=True)
    fields = {field.attrs["name"]: field.attrs.get("value", "") for field in page_of(answer).one("main").all("input")}
    assert fields["subject.name"] == ""
    buttons = [button.attrs.get("value") for button in page_of(answer).one("main").all("button")]
    assert ("sheet" in buttons, "fill" in buttons) == (False, True)


def test_step_leads_to_the_form_of_what_it_submits(browser: Client) -> None:
    begun(browser, NAME)
    browser.post("/lesson/seen/", {"step": "compare", "next": "/"})
    lead = bar_of(page_of(browser.get("/"))).one("a", class_="lesson__go").attrs["href"]
    assert lead == "/provider/new/?province=gs&kind=first_filing#submitting"
    begun(browser, "other-phone")
    browser.post("/lesson/seen/", {"step": "papers", "next": "/"})
    lead = bar_of(page_of(browser.get("/"))).one("a", class_="lesson__go").attrs["href"]
    assert "双线演练官网" in page_of(browser.get(lead, follow=True)).one("main").text


def test_officer_finds_the_papers_of_the_filing(browser: Client) -> None:
    this = begun(browser, QUEUE)
    address = f"/exercises/papers/?filing={this.filings[2]}"
    detail = page_of(browser.get(f"/bureau/{this.filings[2]}/"))
    assert links_of(detail)["看这份申请的材料"] == address
    reject = page_of(browser.get(f"/bureau/{this.filings[2]}/reject/"))
    assert links_of(reject)["看这份申请的材料（新窗口）"] == address
    assert_is_well_made(detail)
    assert_is_well_made(reject)
