"""What is kept of a class before it is closed: its results as CSV and as a workbook, with numbers that are numbers.

A nickname is whatever somebody typed: what a spreadsheet would take for a formula is written as text.
"""

import csv
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from io import BytesIO, StringIO

import xlsxwriter

from training.judging import GOAL
from training.models import Course, Try
from training.sheets import code_of, written
from training.statements import key_of
from training.tries import LEFT
from verification.law.times import SHANGHAI

HEADINGS = (
    "昵称",
    "练习",
    "方式",
    "结果",
    "达到目标",
    "填错",
    "重发",
    "提示",
    "分钟",
    "结束时间",
    "核对码",
    "学员标识",
)
#: With these a spreadsheet takes a cell of a CSV file for a formula; in some languages the wide ones do as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Result:
    """A try that has ended, in the order of the headings."""

    nickname: str
    exercise: str
    way: str
    end: str
    is_good: bool
    wrong: int
    resends: int
    hints: int
    minutes: int
    ended_at: datetime
    code: str
    key: str


def results_of(course: Course) -> Iterator[Result]:
    """What has been done in a class, member by member."""
    ended = Try.objects.filter(member__course=course, ended_at__isnull=False).select_related("member")
    ended = ended.prefetch_related("member__followers")
    for this in ended.order_by("member__id", "id"):
        kept = this.debrief or {}
        counts = kept.get("counts") or {}
        said = kept.get("end") or ["中途离开" if this.end == LEFT else "已结束"]
        assert this.member is not None
        assert this.ended_at is not None
        yield Result(
            this.member.called,
            kept.get("title") or this.exercise,
            this.get_way_display(),
            said[0],
            this.end == GOAL,
            counts.get("wrong", 0),
            counts.get("resends", 0),
            counts.get("hints", 0),
            counts.get("minutes", 0),
            this.ended_at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0),
            written(code_of(this)),
            key_of(this.member),
        )


def csv_of(course: Course) -> bytes:
    """The results as CSV in UTF-8, with the mark by which spreadsheets know that."""
    out = StringIO()
    # Texts in quotes, or where spreadsheets part cells by semicolons, a nickname with one would be two cells.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(HEADINGS)
    for result in results_of(course):
        writer.writerow([_told(cell) for cell in astuple(result)])
    return out.getvalue().encode("utf-8-sig")


def _told(cell: object) -> object:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def xlsx_of(course: Course) -> bytes:
    """The results as a workbook of one sheet."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet("成绩")
        sheet.write_row(0, 0, HEADINGS, bold)
        sheet.set_column(0, len(HEADINGS) - 1, 16)
        for number, result in enumerate(results_of(course), start=1):
            for place, cell in enumerate(astuple(result)):
                _write(sheet, number, place, cell, moment)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: object, moment: object) -> None:
    match cell:
        case bool():
            sheet.write_boolean(row, column, cell)
        case int():
            sheet.write_number(row, column, cell)
        case datetime():
            sheet.write_datetime(row, column, cell, moment)
        case _:
            sheet.write_string(row, column, str(cell))
