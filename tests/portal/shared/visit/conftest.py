"""A shared sandbox, and somebody who has joined it."""

import pytest
from django.test import Client

from tests.visitors import anybody
from verification.models import Participant
from verification.worlds import sandboxes


@pytest.fixture
def client() -> Client:
    """A browser on the national host."""
    return anybody()


@pytest.fixture
def shared() -> sandboxes.Started:
    """A class and its owner."""
    return sandboxes.start(scenario="2017-gs", name="三班", shared=True, participant_name="李老师")


@pytest.fixture
def trainee(shared: sandboxes.Started) -> Participant:
    """Somebody who joined the class."""
    return sandboxes.join(join_code=shared.sandbox.join_code, name="小王")
