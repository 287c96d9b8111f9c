"""Nothing crosses: whatever address there is, one sandbox, one provider, one key never sees or touches another's.

The addresses come from the lists themselves, so that a new page or operation is tried as soon as it exists.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import ForeignKey, Model, Q
from django.http import HttpResponse
from django.test import Client

from portal.api.urls import api
from tests import world
from tests.portal.api.client import Program, body_of, content_of, new_key
from tests.routes import NATIONAL_PAGES, PROVINCE_PAGES
from tests.visitors import GANSU, NATIONAL, anybody, browser_of
from verification.asking.submissions import SubjectData, Submission
from verification.models import Filing, Participant, Phone, Provider, WebhookDelivery, WebhookEndpoint
from verification.outside import webhooks
from verification.time import clock
from verification.worlds import browsers

#: The rows of the others begin here, in every table.
THEIRS = 1_000_000
#: Ids that are rows of theirs, in one table or another.
THEIR_IDS = range(THEIRS + 1, THEIRS + 5)
#: In every name of theirs; nobody types it.
MARK = "异界"
#: In every name of the other provider in the own sandbox.
NEIGHBOUR = "邻家"


# ── Two worlds, the second with a neighbour in the first ─────────────────────


def fill(provider: Provider, mark: str, serial: int) -> Filing:
    """A filing that is being verified, one that was returned, a record, an address, a key: all with the mark."""
    first, second = (world.person(serial + n, name=f"{mark}{n}") for n in (0, 1))
    subject = SubjectData(name=f"{mark}公司", nature="enterprise", person=first)
    sites = [world.site(serial + n, second, name=f"{mark}网站{n}") for n in range(3)]
    blank = Submission(kind=world.first_filing().kind, province="gs", subject=subject)
    webhooks.add_endpoint(provider, f"https://{provider.pk}.example.com/")
    new_key(provider)
    accepted, returned, live = [
        world.submit_and_send(provider, Submission(**{**vars(blank), "services": (site,)})) for site in sites
    ]
    world.pass_all(accepted)
    world.accept(accepted)
    world.withdraw(returned)
    live.refresh_from_db()
    return live


@pytest.fixture
def mine(db: None) -> Provider:
    """The own provider in the own sandbox, with a filing like those of the others, and the neighbour beside it."""
    world.count_on_from(0)
    sandbox = world.new_sandbox(name="自己的")
    provider = world.new_provider(sandbox, "自己云")
    fill(provider, "自己", 1)
    return provider


@pytest.fixture
def owner(mine: Provider) -> Participant:
    """Who may do everything in the own sandbox."""
    return mine.sandbox.participants.create(name="我", is_owner=True, may_move_clock=True, joined_at=clock.real_now())


@pytest.fixture
def own(owner: Participant) -> Client:
    """The owner's browser, whose row is among the own ones."""
    return browser_of(owner)


@pytest.fixture
def program(mine: Provider) -> Program:
    """The own provider's program."""
    return Program(new_key(mine))


@pytest.fixture
def neighbour(mine: Provider, program: Program) -> Provider:
    """Another provider in the same sandbox."""
    provider = world.new_provider(mine.sandbox, f"{NEIGHBOUR}云")
    world.count_on_from(THEIRS)
    fill(provider, NEIGHBOUR, 11)
    return provider


@pytest.fixture
def theirs(owner: Participant, program: Program) -> Filing:
    """A live filing in another sandbox, whose provider serves the same persons' phones too."""
    world.count_on_from(THEIRS)
    sandbox = world.new_sandbox(name=f"{MARK}的演练", is_shared=True)
    sandbox.participants.create(name=f"{MARK}教员", is_owner=True, joined_at=clock.real_now())
    browsers.enter(None, sandbox.participants.create(name=f"{MARK}学员", joined_at=clock.real_now()))
    return fill(world.new_provider(sandbox, f"{MARK}云"), MARK, 1)


class Snapshot:
    """All rows of theirs, as they are now.

    What asks for them is put into words once, for they are compared after each of a thousand calls.
    """

    def __init__(self) -> None:
        models = [model for model in apps.get_app_config("verification").get_models() if model._meta.pk.name == "id"]
        ids = {
            model: set(model._default_manager.filter(pk__gt=THEIRS).values_list("id", flat=True)) for model in models
        }
        self.questions = [self._question(model, ids) for model in models]
        self.rows = self._rows()
        assert [{pk for pk, *_ in rows} for rows in self.rows] == list(ids.values())

    @staticmethod
    def _question(model: type[Model], ids: dict[type[Model], set[int]]) -> tuple[str, tuple[Any, ...]]:
        """What asks for the rows of theirs in a table, and for those that hang on one of theirs."""
        wanted = Q(pk__in=ids[model] or {0})  # no row has this id, but the table must be asked
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model in ids:
                wanted |= Q(**{f"{field.name}__in": ids[field.related_model]})
        others = (field.attname for field in model._meta.concrete_fields if not field.primary_key)
        rows = model._default_manager.filter(wanted).order_by("id").values_list("id", *others)
        return rows.query.sql_with_params()

    def _rows(self) -> list[list[tuple[Any, ...]]]:
        found = []
        with connection.cursor() as cursor:
            for question in self.questions:
                cursor.execute(*question)
                found.append(cursor.fetchall())
        return found

    def assert_unchanged(self, after: str) -> None:
        """No row of theirs has changed, and no new one hangs on one of theirs."""
        assert self._rows() == self.rows, after


def test_snapshot_sees_a_row_that_changed_and_one_that_hangs_on_theirs(mine: Provider, theirs: Filing) -> None:
    before = Snapshot()
    before.assert_unchanged("nothing")
    with transaction.atomic():
        Filing.objects.filter(pk=theirs.pk).update(number="!")
        with pytest.raises(AssertionError, match="a change"):
            before.assert_unchanged("a change")
        transaction.set_rollback(True)
    WebhookEndpoint.objects.filter(provider=mine).update(provider=theirs.provider)
    with pytest.raises(AssertionError, match="a new row"):
        before.assert_unchanged("a new row")


# ── Every page ───────────────────────────────────────────────────────────────


def addresses(route: str, words: list[str]) -> Iterator[str]:
    """The route with ids, codes and tokens of theirs in the place of its parameters, in every combination."""
    parameters = re.findall(r"<(?:(\w+):)?\w+>", route)
    values = [[str(pk) for pk in THEIR_IDS] if kind == "int" else words for kind in parameters]
    for combination in itertools.product(*values):
        rest = iter(combination)
        yield re.sub(r"<[^>]+>", lambda _: next(rest), route)  # noqa: B023  # used up at once


def what_they_have(theirs: Filing) -> dict[str, Any]:
    """What somebody would type who knows everything of theirs but is not one of them."""
    challenge = theirs.challenges.select_related("phone").first()
    assert challenge is not None
    return {
        "provider": theirs.provider_id,
        "filing": theirs.pk,
        "number": theirs.number,
        "q": "example.com",
        "domain": "site3.example.com",
        "subject": theirs.sandbox.subjects.latest("id").pk,
        "subject_number": theirs.sandbox.subjects.latest("id").number,
        "kind": "cancel_website",
        "province": "gs",
        "code": challenge.code,
        "phone": challenge.phone.number,
        "id_suffix": challenge.id_suffix,
        "participant": theirs.sandbox.participants.first(),
        "next": f"/provider/{theirs.pk}/",
    }


@pytest.mark.parametrize(
    ("host", "pages"),
    [
        pytest.param(NATIONAL, ["/" + route for route in NATIONAL_PAGES], id="national"),
        pytest.param(GANSU, ["/" + route for route in PROVINCE_PAGES], id="province by host"),
        pytest.param(NATIONAL, ["/p/gs/" + route for route in PROVINCE_PAGES], id="province by path"),
    ],
)
def test_no_page_shows_or_touches_another_sandbox(own: Client, theirs: Filing, host: str, pages: list[str]) -> None:
    browser = anybody(host=host)
    browser.cookies = own.cookies
    known, before = what_they_have(theirs), Snapshot()
    words = ["gs", known["number"], "verify"]
    for address in (address for page in pages for address in addresses(page, words)):
        for answer in answers(browser, address, known):
            assert MARK not in readable(answer), address
            assert answer.status_code != 500, address
            before.assert_unchanged(address)


def answers(browser: Client, address: str, known: dict[str, Any]) -> Iterator[HttpResponse]:
    """What the page says when read plainly, read with everything, and written to; each leaves things as they were."""
    attempts = [lambda: browser.get(address), lambda: browser.get(address, known), lambda: browser.post(address, known)]
    for attempt in attempts:
        with transaction.atomic():
            yield attempt()
            transaction.set_rollback(True)


def readable(answer: HttpResponse) -> str:
    """All that the answer says, its headers included."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace") + str(answer.headers)


def test_the_pages_do_show_what_is_ones_own(mine: Provider, own: Client) -> None:
    """Or the test above would show nothing."""
    filing = Filing.objects.filter(provider=mine).latest("id")
    for address in ("/provider/", f"/provider/{filing.pk}/", "/bureau/", "/phone/"):
        assert "自己" in own.get(address).content.decode(), address


# ── Every operation ──────────────────────────────────────────────────────────

OPERATIONS = [
    (method.upper(), path.removeprefix("/api/v1"))
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
]


def bodies(known: dict[str, Any]) -> list[Any]:
    """Something that each write understands, on what the others have."""
    withdrawal = {"kind": "cancel_website", "province": "gs", "websites": [{"serial": 1}]}
    entry = {name: known[name] for name in ("province", "phone", "id_suffix")}
    return [
        None,
        {},
        {**withdrawal, "subject_number": known["subject_number"]},
        {"content": content_of(world.first_filing(61, 62, domain=61))},
        body_of(world.first_filing(71, 72, domain=71)),
        entry,
        {**entry, "code": known["code"]},
        {"by_seconds": 86_400},
        {"url": "https://own.example.com/"},
    ]


def try_operation(program: Program, known: dict[str, Any], before: Snapshot, operation: str, mark: str) -> None:
    """Call an operation in many ways; each call leaves things as they were."""
    method, path = operation.split()
    places = [[known["number"]] if name == "number" else list(THEIR_IDS) for name in re.findall(r"{(\w+)}", path)]
    for combination in itertools.product(*places):
        rest = iter(combination)
        address = re.sub(r"{\w+}", lambda _: str(next(rest)), path)  # noqa: B023  # used up at once
        for body in [None] if method == "GET" else bodies(known):
            with transaction.atomic():
                answer = program.send(method, address, body)
                assert mark not in readable(answer), address
                assert answer.status_code < 500
                if places:
                    assert answer.status_code in (404, 422)
                before.assert_unchanged(address)
                transaction.set_rollback(True)


def test_no_operation_shows_or_touches_another_sandbox(program: Program, theirs: Filing) -> None:
    known, before = what_they_have(theirs), Snapshot()
    for method, path in OPERATIONS:
        try_operation(program, known, before, f"{method} {path}", MARK)


def test_no_operation_shows_or_touches_another_provider(program: Program, neighbour: Provider) -> None:
    live = Filing.objects.filter(provider=neighbour).latest("id")
    # What persons type counts whoever sends it, a line of it hangs on the phone, and the records are the bureau's: all
    # are everybody's in a sandbox.
    nobody = {"code": "000000", "phone": "13900000999", "id_suffix": world.WRONG_ID, "subject_number": "陇ICP备1号"}
    known = {**what_they_have(live), **nobody}
    before = Snapshot()
    for method, path in OPERATIONS:
        try_operation(program, known, before, f"{method} {path}", NEIGHBOUR)


def test_the_operations_do_show_what_is_ones_own(mine: Provider, program: Program) -> None:
    """Or the tests above would show nothing."""
    filing = Filing.objects.filter(provider=mine).latest("id")
    phone = Phone.objects.filter(sandbox=mine.sandbox)[0]
    delivery = WebhookDelivery.objects.latest("id")
    found = {
        "/me": "自己云",
        "/filings": filing.number,
        f"/filings/{filing.number}": "自己",
        "/phones": phone.number,
        f"/phones/{phone.pk}/messages": "自己",
        "/webhooks/endpoints": WebhookEndpoint.objects.get(provider=mine).url,
        "/webhooks/deliveries": filing.number,
        f"/webhooks/deliveries/{delivery.pk}": delivery.filing.number,
    }
    assert {path: content in program.get(path).content.decode() for path, content in found.items()} == dict.fromkeys(
        found, True
    )


def test_key_of_one_provider_is_no_key_of_another(mine: Provider, neighbour: Provider) -> None:
    numbers = set(Filing.objects.filter(provider=mine).values_list("number", flat=True))
    for provider, expected in ((mine, numbers), (neighbour, set())):
        listed = {filing["number"] for filing in Program(new_key(provider)).get("/filings").json()["items"]}
        assert listed & numbers == expected


def test_raised_ids_are_real(theirs: Filing) -> None:
    """Every id that the tests put into addresses is the id of something of theirs."""
    assert theirs.pk in THEIR_IDS
