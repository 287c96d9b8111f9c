"""公共查询: what the bureau has accepted, for anybody in the sandbox to look up (D-06).

What is found holds no person: the verified contacts are for the provider and the bureau (W-25). Only the name of a
个人 is shown, because it is the name of the 主体, as it is on the real site.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db.models import FilteredRelation, Q, TextChoices

from verification.law.entries import seen
from verification.law.identity import fold
from verification.law.words import ServiceType
from verification.models import Sandbox, Subject, SubjectNature

LIMIT = 50
SHORTEST_NAME = 2

_DASHES = re.compile("[‐‑‒–—−]")
_NUMBER = re.compile(r"(?P<number>[一-鿿]ICP备[0-9]+)号?(-(?P<serial>[0-9]+)(?P<mark>[AX]?))?")
_BEFORE_HOST = re.compile(r"^(([a-z][a-z0-9+.-]*:)?//)?([^/?#@]*@)?")
_AFTER_HOST = re.compile(r"[/?#:].*$")
_WWW = re.compile(r"^www\.(?=.+\.)")
_HALF_WIDTH, _FULL_WIDTH = (str.maketrans(*pair) for pair in (("（）", "()"), ("()", "（）")))
_is_domain = DomainNameValidator()


class By(TextChoices):
    """What the records are searched by."""

    NUMBER = "number", "备案号"
    DOMAIN = "domain", "网站域名"
    NAME = "name", "主体名称"


@dataclass(frozen=True)
class Row:
    """A service on record with its 主体; the service's fields are blank where the 主体 has none left.

    ``domain`` is blank where it is no website.
    """

    subject_name: str
    nature: str
    number: str
    service_name: str
    domain: str
    accepted_at: datetime
    type: str = ServiceType.WEBSITE.label


@dataclass(frozen=True)
class Found:
    """The first :data:`LIMIT` rows in the order of their numbers, and whether there are more."""

    rows: Sequence[Row]
    is_cut: bool


def find(sandbox: Sandbox, wanted: Q, *, province: str | None) -> Found:
    """What is on record now and meets a condition of :func:`read`; ``province`` is ``None`` for all. One query."""
    on_record = Subject.objects.filter(sandbox=sandbox, cancelled_at=None)
    if province is not None:
        on_record = on_record.filter(province=province)
    site = FilteredRelation("services", condition=Q(services__cancelled_at=None))
    columns = ("name", "nature", "number", "accepted_at")
    site_columns = ("site__serial", "site__type", "site__name", "site__domain", "site__accepted_at")
    found = on_record.alias(site=site).filter(wanted).order_by("number", "site__serial")
    rows = [_row(values) for values in found.values(*columns, *site_columns)[: LIMIT + 1]]
    return Found(rows[:LIMIT], is_cut=len(rows) > LIMIT)


def _row(found: Mapping[str, Any]) -> Row:
    type_ = ServiceType(found["site__type"]) if found["site__type"] else None
    return Row(
        subject_name=found["name"],
        nature=SubjectNature(found["nature"]).label,
        number=found["number"] + (type_.number_mark(found["site__serial"]) if type_ else ""),
        type=type_.label if type_ else "",
        service_name=found["site__name"] or "",
        domain=found["site__domain"] or "",
        accepted_at=found["site__accepted_at"] or found["accepted_at"],
    )


# ── What was typed, as a condition ───────────────────────────────────────────


def read(by: By, text: str, *, types: Collection[ServiceType] = (ServiceType.WEBSITE,)) -> Q:
    """The condition for :func:`find` in what was typed, where services of these types are filed.

    Raises ``ValueError`` with a sentence for the person where there is none.
    """
    others = [type_ for type_ in types if type_ is not ServiceType.WEBSITE]
    return _READERS[by](seen(text), others)


def _by_number(text: str, others: Collection[ServiceType]) -> Q:
    """A 主体's number, or with -N a service's; 号 may be missing."""
    match = _NUMBER.fullmatch(_DASHES.sub("-", fold(text)))
    if match is None:
        raise ValueError(
            "备案号应由省份简称、“ICP备”、数字和“号”组成，例如 陇ICP备17000001号，网站的还带 -1 这样的序号"
            f"{''.join(f'，{type_.label}的如 {type_.number_mark(2)}' for type_ in others)}，请核对。"
        )
    wanted = Q(number=f"{match['number']}号")
    if not match["serial"]:
        return wanted
    types = [type_ for type_ in ServiceType if type_.number_mark(1) == f"-1{match['mark']}"]
    return wanted & Q(site__serial=int(match["serial"]), site__type__in=types)


def _by_domain(text: str, _: Collection[ServiceType]) -> Q:
    """A domain, also out of a whole address; with and without www., in the script of its country and in ASCII."""
    address = fold(text).lower().replace("。", ".")
    host = _AFTER_HOST.sub("", _BEFORE_HOST.sub("", address)).strip(".")
    try:
        in_ascii = _WWW.sub("", host).encode("idna").decode("ascii")
        _is_domain(in_ascii)
        in_unicode = in_ascii.encode("ascii").decode("idna")
    except (UnicodeError, ValidationError) as error:
        raise ValueError("请填写完整的域名，例如 example.com；也可以粘贴网站的网址。") from error
    names = {in_ascii, in_unicode}
    return Q(site__domain__in=sorted(names | {f"www.{name}" for name in names}))


def _by_name(text: str, others: Collection[ServiceType]) -> Q:
    """A part of the name of a 主体, or of a service that is no website; brackets count as the same in either width."""
    part = text.strip()
    if len(part) < SHORTEST_NAME:
        raise ValueError(f"请至少填写{'' if others else '主体'}名称中连续的 {SHORTEST_NAME} 个字。")
    wanted = Q()
    for spelling in sorted({part, part.translate(_HALF_WIDTH), part.translate(_FULL_WIDTH)}):
        wanted |= Q(name__icontains=spelling) | Q(site__type__in=others, site__name__icontains=spelling)
    return wanted


_READERS: Mapping[By, Callable[[str, Collection[ServiceType]], Q]] = {
    By.NUMBER: _by_number,
    By.DOMAIN: _by_domain,
    By.NAME: _by_name,
}
