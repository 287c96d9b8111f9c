"""The world that is fuzzed, and requests as the site makes them of what a server gives it."""

from collections.abc import Iterator

import pytest
import time_machine

from portal.wsgi import application
from tests import world
from tests.fuzz import fuzzed, running, site_forms
from tests.fuzz.fuzzed import Fuzzed


@pytest.fixture(autouse=True)
def real_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's client has a class of its own for them; the rest of its way is the site's."""
    monkeypatch.setattr("django.test.client.WSGIRequest", application.request_class)


@pytest.fixture
def there(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fuzzed]:
    """The world that is fuzzed; the forms on its pages say where in the templates they stand."""
    site_forms.mark_forms(monkeypatch)
    with time_machine.travel(running.NOW, tick=False):
        running.empty_cache()
        world.count_on_from(0)  # so that each run of an example has the same ids
        yield fuzzed.build()
    monkeypatch.undo()
    site_forms.forget_templates()
