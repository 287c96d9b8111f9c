"""A page of an earlier sandbox says so, and goes nowhere."""

import re

import pytest
from django.test import Client

from tests.pages import page_of
from tests.visitors import GANSU, NATIONAL, browser_of
from verification.models import Participant, Sandbox
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db


def form_of(client: Client, path: str) -> dict[str, str]:
    """What the forms of a page say of themselves."""
    found = {field.attrs["value"] for field in page_of(client.get(path)).all("input", name="opened_as")}
    (said,) = found
    return {"opened_as": said}


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (NATIONAL, "/trainer/"),
        (NATIONAL, "/lobby/"),
        (GANSU, "/verify/"),
        (GANSU, "/query/"),
        (NATIONAL, "/p/gs/verify/"),
    ],
)
def test_every_form_says_in_which_sandbox_it_was_opened(shared: sandboxes.Started, host: str, path: str) -> None:
    client = browser_of(shared.participant, host=host)
    page = page_of(client.get(path))
    forms = [form for form in page.all("form") if form.attrs.get("method") == "post"]
    assert forms
    for form in forms:
        assert form.one("input", name="opened_as").attrs["value"] == str(shared.participant.pk)


def test_page_of_an_earlier_sandbox_says_so_and_does_nothing(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    said = form_of(client, "/trainer/")
    client.post("/lobby/start/", {"scenario": "today", "name": "第二个"})
    answer = client.post("/trainer/fault/", {"on": "1", **said})
    assert answer.status_code == 409
    page = page_of(answer)
    assert page.one("h1").text == "这一页属于另一个演练环境"
    assert "以“李老师”的身份在演练环境“三班”中打开的" in page.text
    assert "现在以“建立者”的身份在“第二个”中" in page.text
    assert not Sandbox.objects.filter(has_fault=True).exists()
    assert client.post("/trainer/fault/", {"on": "1", **form_of(client, "/trainer/")}).status_code == 302
    assert Sandbox.objects.get(has_fault=True).name == "第二个"


def test_leaving_and_closing_from_an_earlier_page_do_nothing(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    said = form_of(client, "/lobby/close/")
    client.post("/lobby/start/", {"scenario": "today"})
    for path in ("/lobby/close/", "/lobby/leave/"):
        assert client.post(path, said).status_code == 409
    assert not Sandbox.objects.exclude(closed_at=None).exists()
    assert client.get("/phone/").status_code == 200


def test_what_leads_into_a_sandbox_is_sent_from_anywhere(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    said = form_of(client, "/lobby/")
    for path in ("/lobby/start/", "/lobby/start/", f"/lobby/places/{shared.participant.pk}/"):
        assert client.post(path, {"scenario": "today", **said}).status_code == 302
    assert "您在“三班”中" in client.get("/lobby/").content.decode()


def test_next_person_at_the_computer_does_not_send_the_last_ones_page(
    shared: sandboxes.Started, trainee: Participant
) -> None:
    """Both are in one sandbox, and on a province's host, whose page is kept ready."""
    client = browser_of(trainee, host=GANSU)
    said = form_of(client, "/verify/")
    other = sandboxes.join(join_code=shared.sandbox.join_code, name="小李")
    (place,) = trainee.browsers.all()
    browsers.enter(place, other)
    answer = client.post("/verify/", said)
    assert answer.status_code == 409
    assert "以“小王”的身份" in answer.content.decode()
    assert re.search(r'href="http://localhost:8000/lobby/"', answer.content.decode())


def test_page_of_somebody_unknown_names_nobody(shared: sandboxes.Started) -> None:
    stranger = sandboxes.start(scenario="today", name="别人的").participant
    for said in (str(stranger.pk), "²", "x", "9" * 30, "9" * 5000):
        answer = browser_of(shared.participant).post("/trainer/fault/", {"on": "1", "opened_as": said})
        assert answer.status_code == 409
        assert "别人的" not in answer.content.decode()


def test_what_programs_send_is_left_to_the_api(shared: sandboxes.Started) -> None:
    answer = browser_of(shared.participant).post("/api/v1/filings", {"opened_as": "0"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
