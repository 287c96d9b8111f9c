"""``manage.py explain_law EDITION``: an edition as tables, for a trainer to check against the document."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from wcwidth import ljust, width

from verification.law.editions import Edition, editions
from verification.law.tables import ADDED, matrix, matrix_by_type, values

_GAP = "  "


class Command(BaseCommand):
    """Print who is verified, and every number and text, each with the rule that it comes from."""

    help = "把一个规则版本打印成表格：各备案类型核验谁，以及每个数值和文字，都带着所依据的规则编号。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", metavar="EDITION", help=f"规则版本：{'、'.join(editions())}")

    def handle(self, *args: Any, edition: str, **options: Any) -> None:
        if edition not in editions():
            raise CommandError(f"没有“{edition}”这个规则版本，现有：{'、'.join(editions())}")
        for line in _explain(editions()[edition]):
            self.stdout.write(line)


def _explain(edition: Edition) -> Iterator[str]:
    yield f"{edition.name}（{edition.id}）"
    yield f"文件：{edition.document}"
    yield f"外观：{edition.look.label}"
    yield from ("", "核验谁", "")
    yield from _table(*(_compiled_matrix(edition) if edition.takes_over else _matrix(edition)))
    yield from ("", "数值和文字", "")
    rows = values(edition)
    if edition.takes_over:
        yield from _table(
            ["规则", "含义", "文件中的键", "出处", "值"],
            [[row.rule, row.label, row.key, row.basis, row.value] for row in rows],
        )
    else:
        yield from _table(
            ["规则", "含义", "文件中的键", "值"],
            [[row.rule, row.label, row.key, row.value] for row in rows if row.key not in ADDED],
        )


def _matrix(edition: Edition) -> tuple[list[str], list[list[str]]]:
    head = ["规则", "备案类型", "细分情况", "核验谁", "通过方式", "说明"]
    return head, [[row.rule, row.name, row.situation_label, row.who, row.mode, row.note] for row in matrix(edition)]


def _compiled_matrix(edition: Edition) -> tuple[list[str], list[list[str]]]:
    """A line for each type of service, and on what it stands."""
    head = ["规则", "备案类型", "服务类型", "细分情况", "核验谁", "通过方式", "出处"]
    return head, [
        [row.rule, row.name, row.types, row.situation_label, row.who, row.mode, row.basis]
        for row in matrix_by_type(edition)
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows in columns of the terminal, where a Chinese character takes two places."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    widths[-1] = width(head[-1])  # nothing stands behind the last column, which may hold whole sentences
    for row in (head, ["─" * size for size in widths], *rows):
        yield _GAP.join(ljust(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
