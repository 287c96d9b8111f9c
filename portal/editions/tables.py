"""The law's tables (``verification.law.tables``) as a page shows them: in groups, and two editions side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from verification.law.editions import Edition
from verification.law.tables import NONE, SituationRow, ValueRow, matrix, values
from verification.law.words import SITUATIONS, Kind, Situation

#: The heading over values, by the first part of their key. What concerns kinds stands in the matrix.
_GROUPS = {
    "verifies_at": "适用范围",
    "provinces": "适用范围",
    "in_force": "适用范围",
    "verify_status": "适用范围",
    "refusal_names_field": "适用范围",
    "services": "适用范围",
    "timing": "时间",
    "limits": "次数",
    "senders": "发送号码",
    "message": "短信",
    "identity": "证件号码",
    "labels": "按钮和输入框",
    "answers": "回答",
    "records": "与备案记录比对",
}


# ── One edition ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class NotOffered:
    """A kind that an edition does not offer, and why."""

    kind: Kind
    reason: str
    rule: str


def not_offered(edition: Edition) -> list[NotOffered]:
    """The kinds that the edition does not offer."""
    laws = ((kind, edition.kinds[kind].not_offered) for kind in Kind)
    return [NotOffered(kind, law.value, law.rule) for kind, law in laws if law is not None]


def _plain_values(edition: Edition) -> list[ValueRow]:
    return [row for row in values(edition) if row.key.partition(".")[0] in _GROUPS]


def _group_of(row: ValueRow) -> str:
    return _GROUPS[row.key.partition(".")[0]]


def value_groups(edition: Edition) -> list[tuple[str, list[ValueRow]]]:
    """Every number and text that concerns no single kind, under headings."""
    return [(heading, list(rows)) for heading, rows in groupby(_plain_values(edition), _group_of)]


@dataclass(frozen=True)
class Remark:
    """What an edition's file notes on a situation: a contradiction, or what the document leaves open."""

    edition: Edition
    row: SituationRow


def remarks(editions: Iterable[Edition]) -> list[tuple[Kind, list[Remark]]]:
    """All notes of these editions, kind by kind, so that those that contradict one another stand together."""
    found = [Remark(edition, row) for edition in editions for row in matrix(edition) if row.note]
    return [(kind, those) for kind in Kind if (those := [remark for remark in found if remark.row.kind is kind])]


# ── Two editions side by side ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ValuePair:
    """One value in two editions; ``None`` where an edition has no such entry."""

    label: str
    sides: tuple[ValueRow | None, ValueRow | None]

    @property
    def differs(self) -> bool:
        """Whether the editions say different things."""
        one, other = (row.value if row else NONE for row in self.sides)
        return one != other


def value_pairs(one: Edition, other: Edition) -> list[tuple[str, list[ValuePair]]]:
    """Every value of both, under headings."""
    tables = [{row.key: row for row in _plain_values(edition)} for edition in (one, other)]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    order = list(dict.fromkeys(_GROUPS))
    keys.sort(key=lambda key: order.index(key.partition(".")[0]))  # an entry that one lacks goes to its like
    pairs = [(key, _pair(key, tables)) for key in keys]
    by_heading = groupby(pairs, lambda keyed: _GROUPS[keyed[0].partition(".")[0]])
    return [(heading, [pair for _, pair in those]) for heading, those in by_heading]


def _pair(key: str, tables: Sequence[Mapping[str, ValueRow]]) -> ValuePair:
    one, other = (table.get(key) for table in tables)
    known = one or other
    assert known is not None
    return ValuePair(known.label, (one, other))


@dataclass(frozen=True)
class Side:
    """One edition's word on a kind: who is verified in a situation, or why it is not offered."""

    row: SituationRow | None
    reason: str
    rule: str
    has_prereview: bool

    @property
    def verdict(self) -> tuple[object, ...]:
        """What a request of this kind meets, whatever the edition calls those who are verified."""
        return (frozenset(self.row.verify), self.row.mode, self.has_prereview) if self.row else ()


@dataclass(frozen=True)
class SituationPair:
    """One situation of a kind in two editions."""

    kind: Kind
    situation: Situation
    sides: tuple[Side, Side]

    @property
    def differs(self) -> bool:
        """Whether the editions verify others, or only one offers the kind."""
        return self.sides[0].verdict != self.sides[1].verdict

    @property
    def names_differ(self) -> bool:
        """Whether both offer the kind, under different names (N-06)."""
        one, other = (side.row for side in self.sides)
        return one is not None and other is not None and one.name != other.name


def situation_pairs(one: Edition, other: Edition) -> list[SituationPair]:
    """Kind by kind and situation by situation; a kind that neither offers stands once."""
    tables = [{(row.kind, row.situation): row for row in matrix(edition)} for edition in (one, other)]
    pairs = []
    for kind in Kind:
        is_offered = one.kinds[kind].is_offered or other.kinds[kind].is_offered
        for situation in SITUATIONS[kind] if is_offered else SITUATIONS[kind][:1]:
            rows = [table.get((kind, situation)) for table in tables]
            sides = (_side(one, kind, rows[0]), _side(other, kind, rows[1]))
            pairs.append(SituationPair(kind, situation, sides))
    return pairs


def _side(edition: Edition, kind: Kind, row: SituationRow | None) -> Side:
    law = edition.kinds[kind]
    if law.not_offered is not None:
        return Side(row, law.not_offered.value, law.not_offered.rule, has_prereview=False)
    return Side(row, "", row.rule if row else "", has_prereview=bool(law.prereview and law.prereview.value))
