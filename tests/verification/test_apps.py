from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from verification.law import editions as law


def test_ready_stops_the_start_where_the_law_is_faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (law.EDITIONS_DIR / "jd-2017.toml").read_text(encoding="utf-8")
    (tmp_path / "jd-2017.toml").write_text(text.replace("window_hours", "window"), encoding="utf-8")
    monkeypatch.setattr(law, "EDITIONS_DIR", tmp_path)
    law.editions.cache_clear()
    with pytest.raises(ImproperlyConfigured) as caught:
        apps.get_app_config("verification").ready()
    assert str(caught.value).splitlines() == [
        "jd-2017.toml: timing.window_hours: Field required",
        "jd-2017.toml: timing.window: Extra inputs are not permitted",
    ]
