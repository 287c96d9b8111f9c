"""Texts at their ends, in every column that is filled from elsewhere: the longest go the whole way, longer ones none.

SQLite keeps whatever it is given; PostgreSQL, on which these run as well, refuses a character too many and a NUL.
"""

from dataclasses import replace

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.test import Client

from tests import world
from tests.pages import page_of
from tests.portal.api.client import Program, body_of, mistakes, new_key, problem, told
from tests.submitting import mistakes_of, typed
from tests.visitors import anybody, browser_of
from verification.asking.submissions import SubjectData, Submission
from verification.law.words import IdType
from verification.models import (
    ApiKey,
    Filing,
    FilingPart,
    Participant,
    Person,
    Provider,
    Sandbox,
    Service,
    Subject,
    WebhookEndpoint,
)
from verification.time.clock import real_now

#: The columns that hold what somebody typed or sent.
TYPED = {
    "Provider.name",
    "Sandbox.name",
    "Sandbox.refuses_with",
    "Sandbox.suggests",
    "Participant.name",
    "Filing.subject_number",
    "Filing.target_number",
    "Filing.return_detail",
    "FilingPart.name",
    "FilingPart.domain",
    "FilingPart.server_ip",
    "FilingPart.remark",
    "Person.name",
    "Person.id_masked",
    "Person.id_suffix",
    "Person.id_back_suffix",
    "Person.phone",
    "Person.emergency_phone",
    "ApiKey.name",
    "IdempotentAnswer.key",
    "WebhookEndpoint.url",
    "WebhookAttempt.response",  # tests/verification/outside/test_webhooks.py
}

#: Columns that repeat such a text, or are made of several.
REPEATED = {
    "Browser.ended_name",
    "Browser.ended_by",
    "Sandbox.closed_by",
    "ClockMove.moved_by",
    "Event.actor",
    "Event.detail",
    "Event.field",
    "Event.suggestion",
    "Filing.return_field",
    "Filing.return_suggestion",
    "IdempotentAnswer.body",
    "WebhookAttempt.request",
    "Subject.name",
    "Subject.remark",
    "Service.name",
    "Service.domain",
    "Service.remark",
    "ServicePlatform.identifier",
    "ServicePlatform.md5",
    "ServicePlatform.public_key",
    "Access.server_ip",
    "Challenge.name",
    "Challenge.id_suffix",
    "Challenge.text",
    "Phone.number",
    "Message.text",
}

#: Columns whose texts the site makes itself: codes, digests, numbers, words of the law, and what went wrong inside.
MADE_HERE = {
    *(
        "ApiKey.digest",
        "ApiKey.prefix",
        "Attempt.means",
        "Attempt.outcome",
        "Attempt.piece",
        "Browser.key",
        "BurntKey.key",
        "Challenge.code",
        "Challenge.id_type",
    ),
    *("Challenge.link_token", "Challenge.province", "Challenge.roles", "Challenge.sender", "Event.reason"),
    *(
        "Filing.alarm_error",
        "Filing.edition_id",
        "Filing.new_province",
        "Filing.number",
        "Filing.province",
        "Filing.service_types",
    ),
    *("IdempotentAnswer.content_type", "IdempotentAnswer.fingerprint", "Message.sender", "NumberSeries.start"),
    *(
        "Sandbox.join_code",
        "Sandbox.pinned_edition",
        "Sandbox.purpose",
        "Sandbox.recovery_hash",
        "Sandbox.seed",
        "Sandbox.template_of",
    ),
    *("Subject.number", "Subject.province", "WebhookAttempt.error", "WebhookEndpoint.secret"),
}

LONG_NAME, LONG_TITLE, LONG_REMARK = "𠮷" * 60, "演" * 100, "注" * 200
LONG_DOMAIN = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 49, "example.com"])
LONG_IP = "2001:db8:1111:2222:3333:4444:5555:6666"
LONG_EMERGENCY = "+86 (0931) 0000 0000"


def longest_filing() -> Submission:
    """A 首次备案 in which every text is as long as it may be."""
    one = world.person(
        1, name=LONG_NAME, id_type=IdType.PASSPORT.value, id_number="E" * 15, emergency_phone=LONG_EMERGENCY
    )
    two = world.person(2, name=LONG_NAME)
    site = world.site(1, two, name=LONG_TITLE, domain=LONG_DOMAIN, server_ip=LONG_IP, remark=LONG_REMARK)
    subject = SubjectData(name=LONG_TITLE, nature="enterprise", person=one, remark=LONG_REMARK)
    return replace(world.first_filing(), subject=subject, services=(site,))


#: A place of the submission, and a text that is one character too long for it.
TOO_LONG = {
    "subject.name": LONG_TITLE + "演",
    "subject.remark": LONG_REMARK + "注",
    "subject.person.name": LONG_NAME + "𠮷",
    "subject.person.id_number": "1" * 19,
    "subject.person.phone": "139000000011",
    "subject.person.emergency_phone": LONG_EMERGENCY + "0",
    "services.0.name": LONG_TITLE + "演",
    "services.0.domain": "a" + LONG_DOMAIN,
    "services.0.server_ip": LONG_IP + ":7777",
    "services.0.remark": LONG_REMARK + "注",
    "services.0.person.name": LONG_NAME + "𠮷",
}


@pytest.fixture
def sandbox(db: None) -> Sandbox:
    """An empty sandbox; its clock stands still at 2017-12-20 09:30."""
    return world.new_sandbox(name="境" * 60)


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """A provider with the longest name."""
    return world.new_provider(sandbox, "云" * 60)


@pytest.fixture
def browser(sandbox: Sandbox) -> Client:
    """Somebody with the longest name, who may do everything."""
    return browser_of(Participant.objects.create(sandbox=sandbox, name="员" * 30, is_owner=True, joined_at=real_now()))


def body_with(submission: Submission, path: str, text: str) -> dict[str, object]:
    """The submission as JSON, with another text at a place."""
    body = body_of(submission)
    at: object = body
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]  # type: ignore[index]
    at[last] = text  # type: ignore[index]
    return body


def test_every_column_of_text_is_made_here_or_known() -> None:
    columns = {
        f"{model.__name__}.{column.name}"
        for model in apps.get_app_config("verification").get_models()
        for column in model._meta.get_fields()
        if isinstance(column, CharField | TextField) and not column.choices
    }
    assert columns == TYPED | REPEATED | MADE_HERE


def test_the_longest_texts_go_from_the_form_to_the_records(browser: Client, provider: Provider) -> None:
    address = "/provider/new/?province=gs&kind=first_filing"
    answer = browser.post(address, typed(longest_filing()) | {"action": "submit"})
    assert answer.status_code == 302, mistakes_of(page_of(answer))
    filing = Filing.objects.get()
    assert_went_the_whole_way(filing)
    for page in (f"/provider/{filing.pk}/", f"/bureau/{filing.pk}/", "/phone/", "/clock/", "/trainer/"):
        assert browser.get(page).status_code == 200, page


def test_the_longest_reason_goes_from_the_form_to_the_filings_history(browser: Client, provider: Provider) -> None:
    setting = {"after_working_days": "1", "refuse_every": "1", "reason": "因" * 500, "suggestion": "改" * 500}
    too_long = browser.post("/trainer/review/", setting | {"reason": "因" * 501, "suggestion": "改" * 501})
    assert mistakes_of(page_of(too_long)) == {
        "reason": "驳回原因最多 500 个字，请缩短。",
        "suggestion": "修改建议最多 500 个字，请缩短。",
    }
    assert browser.post("/trainer/review/", setting).status_code == 302
    filing = world.submit_for_review(Provider.objects.get(), 1)
    world.move(filing.sandbox, "2018-01-31 00:00")
    filing.refresh_from_db()
    assert (filing.return_detail, filing.events.latest("id").detail) == ("因" * 500,) * 2


def test_the_longest_texts_go_from_the_api_to_the_records(provider: Provider) -> None:
    program = Program(new_key(provider))
    made = told(program.post("/filings", body_of(longest_filing()), idempotency_key="k" * 255), 201)
    filing = Filing.objects.get(number=made["number"])
    assert_went_the_whole_way(filing)
    told(program.get(f"/filings/{filing.number}"))
    record = Subject.objects.get()
    assert told(program.get(f"/records/{record.number}"))["number"] == record.number


def assert_went_the_whole_way(filing: Filing) -> None:
    """The filing is rejected, submitted again, verified and accepted, and nothing was cut off on the way."""
    world.move(filing.sandbox, "2017-12-20 09:35")
    parts = {part.part: part for part in FilingPart.objects.filter(filing=filing)}
    assert {part.name for part in parts.values()} == {LONG_TITLE}
    assert {part.remark for part in parts.values()} == {LONG_REMARK}
    assert (parts["website"].domain, parts["website"].server_ip) == (LONG_DOMAIN, LONG_IP)
    assert set(Person.objects.values_list("name", flat=True)) == {LONG_NAME}
    suffix = "E" * 6
    assert world.verify(filing, 1, id_suffix=suffix).outcome.is_success
    assert world.verify(filing, 2).outcome.is_success
    world.reject(filing, "由" * 500)
    filing.refresh_from_db()
    assert filing.return_detail == "由" * 500
    world.resubmit_and_send(filing)
    assert world.verify(filing, 1, id_suffix=suffix).outcome.is_success
    assert world.verify(filing, 2).outcome.is_success
    world.accept(filing)
    assert (Subject.objects.get().name, Service.objects.get().domain) == (LONG_TITLE, LONG_DOMAIN)


@pytest.mark.parametrize(
    "text", ["long", "演\0练", "演\ud800练", "演\x1f练"], ids=["long", "NUL", "surrogate", "control"]
)
@pytest.mark.parametrize("path", TOO_LONG)
def test_what_no_column_holds_is_a_mistake_at_its_place_for_the_api(provider: Provider, path: str, text: str) -> None:
    sent = TOO_LONG[path] if text == "long" else text
    path = path.replace("services", "websites")
    answer = Program(new_key(provider)).post("/filings", body_with(world.first_filing(), path, sent))
    assert path in {place for place, _code in mistakes(answer)}
    assert not Filing.objects.exists()


@pytest.mark.parametrize("path", TOO_LONG)
def test_what_no_column_holds_is_a_mistake_at_its_field(browser: Client, provider: Provider, path: str) -> None:
    address = "/provider/new/?province=gs&kind=first_filing"
    for sent in (TOO_LONG[path], "演\0练"):
        fields = typed(world.first_filing()) | {path: sent, "action": "submit"}
        assert set(mistakes_of(page_of(browser.post(address, fields)))) == {path}
    assert not Filing.objects.exists()


@pytest.mark.parametrize(
    ("address", "field", "longest", "rest"),
    [
        ("/lobby/start/", "name", 60, {"scenario": "2017-gs", "shared": "on"}),
        ("/lobby/start/", "participant_name", 30, {"scenario": "2017-gs"}),
        ("/provider/api/{provider}/keys/", "name", 60, {}),
    ],
)
def test_names_are_taken_up_to_their_end(
    browser: Client, provider: Provider, address: str, field: str, longest: int, rest: dict[str, str]
) -> None:
    visitor = anybody() if "lobby" in address else browser
    there = address.format(provider=provider.pk)

    def rows() -> int:
        return Sandbox.objects.filter(template_of=None).count() + ApiKey.objects.count()

    before = rows()
    for bad in ("𠮷" * (longest + 1), "演\0练"):
        page = page_of(visitor.post(there, rest | {field: bad}))
        assert page.one("title").text.startswith("错误")
    assert rows() == before
    visitor.post(there, rest | {field: "𠮷" * longest})
    assert rows() == before + 1


def test_reason_and_address_of_a_webhook_end_somewhere(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    for who in (1, 2):
        world.verify(filing, who)
    for bad in ("由" * 501, "缘\0由"):
        page = page_of(browser.post(f"/bureau/{filing.pk}/reject/", {"reason": bad}))
        assert page.one("title").text.startswith("错误")
    program = Program(new_key(provider))
    for bad in ("由" * 501, "缘\0由"):
        answer = program.post(f"/filings/{filing.number}/decision", {"decision": "reject", "reason": bad})
        assert [path for path, _code in mistakes(answer)] == ["reason"]
    filing.refresh_from_db()
    assert filing.return_detail == ""
    longest = "https://example.com/" + "a" * 480
    assert problem(program.post("/webhooks/endpoints", {"url": longest + "a"}))[0] == 422
    assert problem(program.post("/webhooks/endpoints", {"url": longest[:-1] + "\0"}))[0] == 422
    told(program.post("/webhooks/endpoints", {"url": longest}), 201)
    assert WebhookEndpoint.objects.get().url == longest
