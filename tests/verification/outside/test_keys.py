"""API keys: how many there may be, also when they are made at the same instant."""

from collections import Counter

import pytest

from tests import world
from verification.models import Provider
from verification.outside import keys
from verification.refusals import Refused


@pytest.mark.django_db(transaction=True)
def test_of_keys_made_at_the_same_instant_no_more_are_made_than_a_provider_may_have(transactional_db: None) -> None:
    provider = world.new_provider(world.new_sandbox())
    for _ in range(keys.MOST_KEYS - 3):
        keys.make_key(provider, may_move_clock=False)

    def make() -> str:
        try:
            keys.make_key(Provider.objects.get(pk=provider.pk), may_move_clock=False)
        except Refused as refused:
            return refused.code
        return "done"

    assert Counter(world.at_once(*[make] * 24)) == {"done": 3, "too_many_keys": 21}
    assert provider.api_keys.filter(revoked_at__isnull=True).count() == keys.MOST_KEYS
