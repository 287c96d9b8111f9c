"""API keys: how many there may be, whose they are, and what they open once their participant may less."""

from collections import Counter

import pytest

from tests import world
from verification.by import By
from verification.models import ApiKey, Participant, Provider, Role, Sandbox
from verification.outside import keys
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes


@pytest.fixture
def maker(sandbox: Sandbox) -> Participant:
    """Who plays the provider and may move the clock."""
    return sandbox.participants.create(
        name="小王", plays_provider=True, may_move_clock=True, joined_at=clock.real_now()
    )


@pytest.fixture
def secret(provider: Provider, maker: Participant) -> str:
    """A key of theirs."""
    return keys.make_key(provider, maker=maker, may_move_clock=maker.moves_clock).secret


def found(secret: str) -> ApiKey:
    """The key, which is good."""
    key = keys.find_key(secret)
    assert key is not None
    return key


# ── How many ─────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_of_keys_made_at_the_same_instant_no_more_are_made_than_a_provider_may_have(transactional_db: None) -> None:
    provider = world.new_provider(world.new_sandbox())
    for _ in range(keys.MOST_KEYS - 3):
        keys.make_key(provider, maker=None, may_move_clock=False)

    def make() -> str:
        try:
            keys.make_key(Provider.objects.get(pk=provider.pk), maker=None, may_move_clock=False)
        except Refused as refused:
            return refused.code
        return "done"

    assert Counter(world.at_once(*[make] * 24)) == {"done": 3, "too_many_keys": 21}
    assert provider.api_keys.filter(revoked_at__isnull=True).count() == keys.MOST_KEYS


# ── Whose ────────────────────────────────────────────────────────────────────


def test_key_acts_in_the_name_of_its_provider(secret: str, maker: Participant, provider: Provider) -> None:
    key = found(secret)
    assert (key.participant, By.key(key).name) == (maker, provider.name)


def test_keys_of_a_participant_who_is_removed_open_nothing(secret: str, maker: Participant, provider: Provider) -> None:
    other = keys.make_key(provider, maker=None, may_move_clock=False).secret
    assert sandboxes.remove(maker) == 1
    assert (keys.find_key(secret), found(other).participant) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_key_made_while_its_maker_is_removed_opens_nothing(transactional_db: None) -> None:
    provider = world.new_provider(world.new_sandbox())
    for _ in range(5):
        maker = provider.sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now())

        def make(maker: Participant = maker) -> str:
            try:
                keys.make_key(provider, maker=maker, may_move_clock=False)
            except Refused as refused:
                return refused.code
            return "done"

        def remove(maker: Participant = maker) -> str:
            return f"{sandboxes.remove(Participant.objects.get(pk=maker.pk))} revoked"

        assert world.at_once(make, remove) in (["done", "1 revoked"], ["removed", "0 revoked"])
        assert keys.live_keys().count() == 0


def test_key_moves_the_clock_as_long_as_its_participant_may(secret: str, maker: Participant) -> None:
    assert found(secret).moves_clock
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=False)
    assert not found(secret).moves_clock
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=True)
    assert found(secret).moves_clock


def test_key_made_without_the_right_to_move_the_clock_never_gets_it(provider: Provider, maker: Participant) -> None:
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=False)
    secret = keys.make_key(provider, maker=maker, may_move_clock=maker.moves_clock).secret
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=True)
    assert not found(secret).moves_clock


def test_key_opens_nothing_while_its_participant_does_not_play_the_provider(secret: str, maker: Participant) -> None:
    sandboxes.set_roles(maker, roles={Role.FILER}, may_move_clock=True)
    assert keys.find_key(secret) is None
    sandboxes.set_roles(maker, roles={Role.PROVIDER}, may_move_clock=True)
    assert found(secret).participant == maker
