import io

import pytest

from tools.screen import Screen, fit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "columns", "fitted"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcde"),
        ("数据库", 6, "数据库"),
        ("数据库", 5, "数据"),
        ("a数据", 2, "a"),
    ],
)
def test_fit_counts_a_chinese_character_twice(text: str, columns: int, fitted: str) -> None:
    assert fit(text, columns) == fitted


def test_step_in_a_file_is_two_plain_lines() -> None:
    out = io.StringIO()
    with Screen(out).step("Work") as show:
        show("half")
    first, second = out.getvalue().splitlines()
    assert first == "… Work"
    assert second.startswith("✓ Work (0.")


def test_step_that_fails_says_so() -> None:
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Screen(out).step("Work"):
        raise ZeroDivisionError
    assert out.getvalue().splitlines()[-1].startswith("✗ Work (0.")


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Screen(Terminal()).paint("web", 34) == "\033[34mweb\033[0m"
    assert Screen(io.StringIO()).paint("web", 34) == "web"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Screen(Terminal()).paint("web", 34) == "web"
