from io import StringIO

import pytest
from django.core.management import call_command

from tests import world
from verification.models import Filing, Provider, Sandbox
from verification.worlds import sandboxes


def said(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def test_run_due_does_everything_that_is_due_without_a_broker(provider: Provider) -> None:
    other, closed = (world.new_provider(world.new_sandbox()) for _ in range(2))
    made = [world.submit(one, world.first_filing(1, 1)) for one in (provider, other, closed)]
    for one in (provider, other, closed):
        world.move_without_jobs(one.sandbox, "2017-12-22 00:00")
    sandboxes.close(closed.sandbox)
    assert said("run_due") == "4 due\n"
    assert [world.whats(filing)[2:] for filing in made] == [
        ["challenge.opened", "challenge.noon_resent"],
        ["challenge.opened", "challenge.noon_resent"],
        [],
    ]
    assert said("run_due") == "0 due\n"


@pytest.mark.django_db
def test_demo_is_made_once_and_then_only_told_of() -> None:
    first = said("demo")
    sandbox = Sandbox.objects.get(template_of=None)
    assert first.startswith(f"演示班级: join code {sandbox.join_code}, owner's recovery code ")
    code = first.split()[-1]
    assert sandboxes.recover(join_code=sandbox.join_code, recovery_code=code).is_owner is True
    assert said("demo") == f"演示班级: join code {sandbox.join_code}\n"
    assert Filing.objects.filter(sandbox=Sandbox.objects.get(template_of=None)).count() == 3


@pytest.mark.django_db
def test_demo_is_made_anew_after_it_was_closed() -> None:
    said("demo")
    sandboxes.close(Sandbox.objects.get(template_of=None))
    said("demo")
    assert Sandbox.objects.filter(template_of=None, closed_at=None).count() == 1
