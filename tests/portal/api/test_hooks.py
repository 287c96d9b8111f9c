"""Webhooks by API: an address that was set aside says until when, and is given back."""

from datetime import timedelta

from tests import world
from tests.portal.api.client import Program, problem, told
from verification.law.times import SHANGHAI
from verification.models import Provider, WebhookEndpoint
from verification.outside import turns, webhooks
from verification.time.clock import real_now


def test_address_that_hangs_says_until_when_it_is_set_aside_and_is_given_back(
    program: Program, provider: Provider
) -> None:
    made = told(program.post("/webhooks/endpoints", {"url": "https://example.com/hook"}), 201)
    assert made["set_aside_until"] is None
    world.submit(provider)
    list(turns.claim([]))  # which lets the second event wait for the first
    until = (real_now() + timedelta(minutes=5)).replace(microsecond=0)
    WebhookEndpoint.objects.update(hangs=2, set_aside_until=until)
    (listed,) = told(program.get("/webhooks/endpoints"))
    assert listed == {
        "id": made["id"],
        "url": "https://example.com/hook",
        "set_aside_until": until.astimezone(SHANGHAI).isoformat(),
    }
    waiting, first = told(program.get("/webhooks/deliveries"))["items"]
    assert (waiting["state"], waiting["due_at"]) == ("pending", None)
    assert first["due_at"] == listed["set_aside_until"]
    given_back = told(program.post(f"/webhooks/endpoints/{made['id']}/resume"))
    assert given_back == {**listed, "set_aside_until": None}
    assert webhooks.endpoints_of(provider).get().hangs == 0


def test_removed_address_cannot_be_given_back(program: Program, provider: Provider) -> None:
    endpoint = webhooks.add_endpoint(provider, "https://example.com/hook")
    webhooks.remove_endpoint(endpoint)
    assert problem(program.post(f"/webhooks/endpoints/{endpoint.pk}/resume")) == (404, "not_found")
