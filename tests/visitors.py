"""Browsers of Django's test client that are somebody in a sandbox."""

from django.http import HttpResponse
from django.test import Client

from portal.shared.visit.visits import remember
from verification.models import Participant, Sandbox
from verification.time.clock import real_now

NATIONAL = "localhost:8000"
GANSU = "gscainfo.localhost:8000"


def anybody(*, host: str = NATIONAL) -> Client:
    """A browser without a sandbox."""
    return Client(headers={"host": host})


def browser_of(participant: Participant, *, host: str = NATIONAL) -> Client:
    """A browser that has the participant's cookie for a host."""
    client = anybody(host=host)
    response = HttpResponse()
    remember(response, participant)
    client.cookies.update(response.cookies)
    return client


def owner_of(sandbox: Sandbox) -> Participant:
    """Who plays every part in a sandbox that a test has made."""
    return Participant.objects.create(sandbox=sandbox, name="建立者", is_owner=True, joined_at=real_now())
