"""The network address that limits go by."""

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from portal.shared.visit.limits import address_of_client

pytestmark = pytest.mark.django_db


def test_client_cannot_choose_its_own_network_address(rf: RequestFactory, settings: LazySettings) -> None:
    request = rf.get("/", headers={"x-forwarded-for": "198.51.100.7, 203.0.113.9"}, REMOTE_ADDR="192.0.2.1")
    assert address_of_client(request) == "192.0.2.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of_client(request) == "203.0.113.9"
