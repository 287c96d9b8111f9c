"""A provider with a key in a sandbox of 2017, and a program that uses the key."""

import pytest

from tests import world
from tests.portal.api.client import Program, new_key
from verification.models import Provider, Sandbox, Subject


@pytest.fixture
def sandbox(db: None) -> Sandbox:
    """An empty sandbox; its clock stands still at 2017-12-20 09:30."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The provider that the program works for."""
    return world.new_provider(sandbox)


@pytest.fixture
def record(provider: Provider) -> Subject:
    """A 主体 on record with two websites that the provider serves."""
    return world.on_record(provider)


@pytest.fixture
def program(provider: Provider) -> Program:
    """The provider's program, with a key that may do everything."""
    return Program(new_key(provider))
