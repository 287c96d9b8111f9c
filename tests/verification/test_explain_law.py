from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from wcwidth import width

from verification.law.editions import editions
from verification.law.tables import ADDED, matrix, matrix_by_type, values

#: What was printed of each document when the table was held against it.
EXPLAINED = Path(__file__).parent / "explained"


def explain(edition: str) -> list[str]:
    output = StringIO()
    call_command("explain_law", edition, stdout=output)
    return output.getvalue().splitlines()


def test_explain_law_prints_every_situation_and_every_value_with_its_rule() -> None:
    edition = editions()["jd-2017"]
    lines = explain("jd-2017")
    assert lines[:3] == [
        "2017 年试点版（jd-2017）",
        "文件：京东云《备案短信核验说明》（2017 年 12 月）",
        "外观：试点",
    ]
    for row in matrix(edition):
        shown = [row.rule, row.name, row.situation.label, row.who, row.mode, row.note]
        assert any(line.split() == " ".join(shown).split() for line in lines), row
    for value in values(edition):
        if value.key in ADDED:
            continue
        shown = [value.rule, value.label, value.key, value.value]
        assert any(line.split() == " ".join(shown).split() for line in lines), value


@pytest.mark.parametrize("path", sorted(EXPLAINED.glob("*.txt")), ids=lambda path: path.stem)
def test_explain_law_prints_the_documents_as_they_were_checked(path: Path) -> None:
    assert explain(path.stem) == path.read_text(encoding="utf-8").splitlines()


@pytest.mark.rule("T-02", "T-03")
def test_explain_law_prints_the_closed_matrix_of_kinds_types_and_situations() -> None:
    edition = editions()["public-2023"]
    lines = explain("public-2023")
    for row in matrix_by_type(edition):
        shown = [row.rule, row.name, row.types, row.situation_label, row.who, row.mode, row.basis]
        assert any(line.split() == " ".join(shown).split() for line in lines), row
    for value in values(edition):
        shown = [value.rule, value.label, value.key, value.basis, value.value]
        assert any(line.split() == " ".join(shown).split() for line in lines), value


@pytest.mark.parametrize("title", ["核验谁", "数值和文字"])
def test_explain_law_aligns_the_columns_by_the_width_of_the_characters(title: str) -> None:
    lines = explain("jd-2017")
    head = lines.index(title) + 2
    rows = lines[head + 2 : lines.index("", head) if "" in lines[head:] else None]
    starts = [width(lines[head + 1][:place]) for place in starts_of_dashes(lines[head + 1])]
    assert len(starts) == len(lines[head].split())
    for row in [lines[head], *rows]:
        assert all(before_is_blank(row, start) for start in starts if start < width(row)), row


def starts_of_dashes(rule: str) -> list[int]:
    return [place for place, char in enumerate(rule) if char == "─" and (place == 0 or rule[place - 1] == " ")]


def before_is_blank(row: str, column: int) -> bool:
    """Whether a character begins at the column, with a gap of two before it."""
    places = [width(row[:place]) for place in range(len(row))]
    return column in places and (column == 0 or row[: places.index(column)].endswith("  "))


def test_explain_law_refuses_an_unknown_edition_with_the_list() -> None:
    with pytest.raises(CommandError, match=r"^没有“jd-2018”这个规则版本，现有：.*jd-2017"):
        explain("jd-2018")
