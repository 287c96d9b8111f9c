"""Which rules of docs/rules.toml are shown by a passing test: ``python -m tools.rules [--missing] [--strict]``.

The test runs leave what they saw in var/rules/, one file a database (tests/rules_plugin.py writes them). A rule is
passing when at least one test of it has passed and none has failed, on any database.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypedDict

ROOT = Path(__file__).resolve().parent.parent
RULES = Path("docs", "rules.toml")
RECORD = Path("var", "rules")

_ID = re.compile(r"[A-Z]-\d\d")
_REQUIRED = {"id", "title", "text", "source"}
_OPTIONAL = {"note"}


Outcome = Literal["passed", "failed"]


class Seen(TypedDict):
    """What the last run of one test showed."""

    rules: list[str]
    outcome: Outcome


class State(Enum):
    PASSING = "passing"
    FAILING = "FAILING"
    NONE = "no test"


@dataclass(frozen=True)
class Rule:
    """One rule: id, Chinese title, English text, the documents it comes from, and a remark where there is one."""

    id: str
    title: str
    text: str
    source: tuple[str, ...]
    note: str


@dataclass
class Evidence:
    """The tests of one rule, by their last outcome."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    @property
    def state(self) -> State:
        if self.failed:
            return State.FAILING
        return State.PASSING if self.passed else State.NONE


def load_rules(path: Path) -> dict[str, Rule]:
    """Read and check the list of rules, by id. Raises ValueError that names the file, the rule and the mistake."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    sources = set(_sources(content.get("documents", {})))
    rules: dict[str, Rule] = {}
    for entry in content.get("rule", []):
        for mistake in _mistakes(entry, sources, taken=rules):
            raise ValueError(f"{path}: rule {entry.get('id', '?')}: {mistake}")
        rules[entry["id"]] = Rule(
            id=entry["id"],
            title=entry["title"],
            text=" ".join(entry["text"].split()),  # line breaks in the file are for its reader only
            source=tuple(entry["source"]),
            note=" ".join(entry.get("note", "").split()),
        )
    return rules


def _sources(documents: Mapping[str, Any]) -> Iterator[str]:
    """Every way in which a rule can name its source: a document, or one of its sections."""
    for name, document in documents.items():
        yield name
        for section in document["sections"]:
            yield f"{name}#{section}"


def _mistakes(entry: Mapping[str, Any], sources: Collection[str], *, taken: Collection[str]) -> Iterator[str]:
    for key in sorted(_REQUIRED - entry.keys()):
        yield f"{key} is missing"
    for key in sorted(entry.keys() - _REQUIRED - _OPTIONAL):
        yield f"unknown key {key}"
    if not _ID.fullmatch(entry["id"]):
        yield "an id reads like V-08"
    if entry["id"] in taken:
        yield "listed twice"
    if not entry["source"]:
        yield "no source"
    for source in entry["source"]:
        if source not in sources:
            yield f"unknown source {source}"


def read_record(path: Path) -> dict[str, Seen]:
    """Return what is recorded in the file, by test; nothing if there is no such file yet."""
    if not path.exists():
        return {}
    record: dict[str, Seen] = json.loads(path.read_text(encoding="utf-8"))
    return record


def gather(rules: Collection[str], folder: Path) -> dict[str, Evidence]:
    """Put the records of all databases together, by rule. What they say of rules that no longer exist is left out."""
    evidence = {rule: Evidence() for rule in rules}
    for path in sorted(folder.glob("*.json")):
        for test, seen in read_record(path).items():
            for rule in evidence.keys() & set(seen["rules"]):
                tests = evidence[rule].passed if seen["outcome"] == "passed" else evidence[rule].failed
                tests.add(f"{test} ({path.stem})")
    return evidence


def print_table(rules: Mapping[str, Rule], evidence: Mapping[str, Evidence]) -> None:
    for rule in rules.values():
        shown = evidence[rule.id]
        tests = len(shown.passed) + len(shown.failed)
        print(f"{rule.id}  {shown.state.value}  {tests or '':>4}  {rule.title}")
        for test in sorted(shown.failed):
            print(f"      failed: {test}")
    states = [shown.state for shown in evidence.values()]
    print(
        f"\n{len(states)} rules: {states.count(State.PASSING)} with a passing test, "
        f"{states.count(State.FAILING)} failing, {states.count(State.NONE)} without a test"
    )


def main(arguments: Sequence[str], *, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.rules", description="Which rules have a passing test.")
    parser.add_argument("--missing", action="store_true", help="print only the ids of rules that are not passing")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a rule is not passing")
    options = parser.parse_args(arguments)

    rules = load_rules(root / RULES)
    evidence = gather(rules, root / RECORD)
    missing = [rule for rule, shown in evidence.items() if shown.state is not State.PASSING]
    if options.missing:
        print("\n".join(missing), end="\n" if missing else "")
    else:
        print_table(rules, evidence)
    if not any((root / RECORD).glob("*.json")):
        print("No test run is recorded yet: run `make test` first.", file=sys.stderr)
    return 1 if options.strict and missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
