"""Migrations that move what people have made."""

from collections.abc import Iterator

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from verification.time.clock import real_now


@pytest.fixture
def before_owners_of_keys(transactional_db: None) -> Iterator[Apps]:
    """The tables as they were before keys belonged to anybody."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    before = [("verification", "0007_live_challenges_of_a_phone")]
    executor.migrate(before)
    yield MigrationExecutor(connection).loader.project_state(before).apps
    MigrationExecutor(connection).migrate(latest)


def test_keys_that_were_made_before_belong_to_their_sandboxs_owner(before_owners_of_keys: Apps) -> None:
    now = real_now()
    expected = {}
    for serial, has_owner in enumerate((True, True, False)):
        sandbox = before_owners_of_keys.get_model("verification", "Sandbox").objects.create(
            join_code=str(serial), starts_at=now, clock_at=now, clock_set_at=now, created_at=now, last_used_at=now
        )
        sandbox.participants.create(name="学员", joined_at=now)
        owner = sandbox.participants.create(name="建立者", is_owner=True, joined_at=now) if has_owner else None
        key = sandbox.providers.create(name="演练云").api_keys.create(
            digest=str(serial), prefix="drill_", created_at=now
        )
        expected[key.pk] = owner.pk if owner else None

    executor = MigrationExecutor(connection)
    executor.migrate([("verification", "0008_turns_of_webhooks_and_owners_of_keys")])
    after = MigrationExecutor(connection).loader.project_state(executor.loader.graph.leaf_nodes()).apps
    assert dict(after.get_model("verification", "ApiKey").objects.values_list("id", "participant_id")) == expected
