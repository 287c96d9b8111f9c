"""The world that the domain's tests begin in: 甘肃, the morning of the third day of the pilot."""

import pytest

from tests import world
from verification.models import Provider, Sandbox, Subject


@pytest.fixture
def sandbox(db: None) -> Sandbox:
    """An empty sandbox; its clock stands still at 2017-12-20 09:30."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The provider that submits."""
    return world.new_provider(sandbox)


@pytest.fixture
def record(provider: Provider) -> Subject:
    """A 主体 on record with two websites that the provider serves."""
    return world.on_record(provider)
