"""What exercises say, as HTML: a little Markdown, and nothing that somebody else's browser would run or follow."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.html import escape

from portal.shared.lesson.told import told, told_in_line
from tests.pages import assert_is_well_made, page_of
from tests.visitors import GANSU, anybody
from training.files import exercises


def sentences_of(said: Any) -> Iterator[str]:
    """Every text in what an exercise says."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for inner in said.values():
            yield from sentences_of(inner)


def test_fixed_exercises_say_what_they_said() -> None:
    for exercise in exercises().values():
        for text in sentences_of(exercise.sentences.model_dump()):
            assert told(text) == told_in_line(text) == escape(text)


def test_small_markdown_is_shown() -> None:
    assert told("*a* **b** `c <d>`") == "<em>a</em> <strong>b</strong> <code>c &lt;d&gt;</code>"
    assert told("先：\n\n- 一\n- 二") == "<p>先：</p>\n<ul>\n<li>一</li>\n<li>二</li>\n</ul>\n"
    assert told("见[规则](T-08)。") == '见<a href="/lesson/rules/T-08/">规则</a>。'
    assert told_in_line("- *a*") == "- <em>a</em>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "[a](https://example.com)",
        "[a](//example.com)",
        "[a](/class/)",
        "[a](T-08/../../)",
        "[a][T-08]\n\n[T-08]: javascript:x",
        "<https://example.com>",
        "![a](https://example.com/a.png)",
        "&lt;script&gt;",
        "{{ settings.SECRET_KEY }} {% csrf_token %}",
    ],
)
def test_anything_else_stands_as_it_was_written(text: str) -> None:
    assert told_in_line(text) == escape(text).replace("&#x27;", "'")
    assert told(text).removeprefix("<p>").removesuffix("</p>\n").replace("</p>\n<p>", "\n\n") == told_in_line(text)


def test_title_of_a_link_breaks_out_of_nothing() -> None:
    assert told("""[<b>](T-08 '" onmouseover="x')""") == '<a href="/lesson/rules/T-08/">&lt;b&gt;</a>'


@pytest.mark.django_db
def test_rule_has_a_page_on_the_nations_host() -> None:
    page = page_of(anybody().get("/lesson/rules/V-06/"))
    assert_is_well_made(page)
    assert "规则 V-06" in page.one("h1").text
    assert [link.attrs["href"] for link in page.one("main").all("a") if "#rule-V-06" in link.attrs["href"]]
    there = anybody(host=GANSU).get("/lesson/rules/V-06/")
    assert there["Location"] == "http://localhost:8000/lesson/rules/V-06/"
    assert anybody().get("/lesson/rules/W-99/").status_code == 404
