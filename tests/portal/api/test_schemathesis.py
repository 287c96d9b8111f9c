"""Every operation against its own description: whatever is sent, the answer is one that the description promises."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from portal.wsgi import application
from tests import world
from tests.portal.api.client import new_key
from tools.groups import is_full
from verification.models import Filing, Phone, WebhookDelivery, WebhookEndpoint
from verification.outside import webhooks

CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 20171220,
        "headers": {"Host": "localhost:8000"},
        # What is well formed may still be refused for its meaning: a phone that is none, a check digit that is wrong.
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422", "429"]}
        },
    }
)
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=CONFIG)


@pytest.fixture
def lasting_connection(db: None) -> Iterator[None]:
    """The real application closes what it takes for an old connection; the test's transaction lives in it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret(lasting_connection: None) -> str:
    """A key to a sandbox with something of everything in it."""
    provider = world.new_provider(world.new_sandbox())
    world.on_record(provider)
    webhooks.add_endpoint(provider, "https://example.com/hook")
    world.withdraw(world.submit_and_send(provider))
    world.submit_and_send(provider, world.first_filing(3, 4, domain=3))
    return new_key(provider)


def name_what_is_there(case: schemathesis.Case) -> None:
    """In half of the cases: a random number names nothing."""
    known: dict[str, Callable[[], object]] = {
        "number": Filing.objects.values_list("number", flat=True).first,
        "phone_id": Phone.objects.values_list("pk", flat=True).first,
        "endpoint_id": WebhookEndpoint.objects.values_list("pk", flat=True).first,
        "delivery_id": WebhookDelivery.objects.values_list("pk", flat=True).first,
    }
    for name, value in case.path_parameters.items():
        if name in known and crc32(str(value).encode()) % 2:
            case.path_parameters[name] = known[name]()


@schema.parametrize()
@settings(
    max_examples=100 if is_full() else 10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_answers_keep_to_the_description(case: schemathesis.Case, secret: str) -> None:
    assert case.meta is not None
    is_well_formed = case.meta.generation.mode.is_positive
    if is_well_formed:
        name_what_is_there(case)
    response = case.call_and_validate(headers={"Authorization": f"Bearer {secret}"})
    if is_well_formed and response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert response.json()["code"] != "invalid_request"
