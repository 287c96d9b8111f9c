"""The list of rules (docs/rules.toml) for pages: what a rule is about, and in which document it stands."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from verification.law.editions import Edition
from verification.law.tables import rule_ids


@dataclass(frozen=True)
class Source:
    """Where a rule comes from; ``section`` is blank for a document's opening part."""

    publisher: str
    title: str
    section: str


@dataclass(frozen=True)
class Rule:
    """A rule with its Chinese title and its sources, the one that it follows first."""

    id: str
    title: str
    sources: tuple[Source, ...]


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by id."""
    content = tomllib.loads((settings.BASE_DIR / "docs" / "rules.toml").read_text(encoding="utf-8"))
    documents = content["documents"]

    def source(named: str) -> Source:
        document, _, section = named.partition("#")
        return Source(documents[document]["publisher"], documents[document]["title"], section)

    return {
        entry["id"]: Rule(entry["id"], entry["title"], tuple(source(named) for named in entry["source"]))
        for entry in content["rule"]
    }


def cited(ids: Iterable[str]) -> list[Rule]:
    """The rules that a page cites, each once, in the order of the list; blank ids are none."""
    wanted = set(ids)
    return [rule for rule in rules().values() if rule.id in wanted]


@dataclass(frozen=True)
class RuleLine:
    """A rule under an edition. ``anchor`` is where the edition's page has it; blank where that does not cite it."""

    rule: Rule
    edition: Edition | None
    anchor: str


def lines(ids: Iterable[str], edition: Edition | None) -> list[RuleLine]:
    """The rules that a page cites under an edition, which may be none, each once."""
    in_edition = rule_ids(edition) if edition else set()
    return [RuleLine(rule, edition, f"#rule-{rule.id}" if rule.id in in_edition else "") for rule in cited(ids)]
