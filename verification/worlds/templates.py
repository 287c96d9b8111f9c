"""样板: a sandbox that nobody enters is filled once, and whoever begins as it does gets a copy of its rows.

Filling takes the domain's own calls, one after the other; a copy takes one statement a table. What is copied is read
once by each process.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import prefetch_related_objects

from verification.models import (
    Access,
    Challenge,
    ChallengeState,
    Event,
    Filing,
    FilingPart,
    Message,
    NumberSeries,
    Person,
    Phone,
    Provider,
    Sandbox,
    Service,
    ServicePlatform,
    Subject,
)
from verification.state import sending
from verification.state.preparing import link_token

_PACKAGE = Path(__file__).parents[1]
#: So many templates are kept by each process, those copied last; some dozen rows each.
MOST_KEPT = 100


def template_for(name: str, fill: Callable[[], Sandbox]) -> Sandbox:
    """The template of a name (80 characters at most), which ``fill`` makes if nobody has begun like this before.

    Laws and code decide what is in it: with others than those there is another. Of two who fill it at once, the later
    one's is thrown away.
    """
    which = f"{name} {_version()}"
    found = Sandbox.objects.filter(template_of=which, closed_at=None).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = fill()
            made.template_of = which
            made.save(update_fields=["template_of"])
            return made
    except IntegrityError:
        return Sandbox.objects.get(template_of=which)


@cache
def _version() -> str:
    """Of all laws and all code of this package."""
    digest = hashlib.sha256()
    for path in sorted(path for path in _PACKAGE.rglob("*") if path.suffix in (".py", ".toml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# ── Tables ───────────────────────────────────────────────────────────────────

_Ids = dict[type[Any], dict[int, int]]


@dataclass(frozen=True)
class _Table:
    """A table of a sandbox: by which way its rows know that, and which columns refer to rows that are copied too."""

    model: type[Any]  # of a Django model, which has its manager
    way: str
    refers: Mapping[str, type[Any]]

    @cached_property
    def moments(self) -> Sequence[str]:
        """The columns of sandbox time."""
        columns = self.model._meta.concrete_fields
        return [each.attname for each in columns if isinstance(each, models.DateTimeField) and each.name != "real_at"]


#: In an order in which each table stands on those before it. What others have to do with a sandbox is not copied: keys,
#: webhooks, browsers, moves of the clock.
TABLES = (
    _Table(Provider, "sandbox", {}),
    _Table(Person, "sandbox", {}),
    _Table(Phone, "sandbox", {}),
    _Table(NumberSeries, "sandbox", {}),
    _Table(Subject, "sandbox", {"responsible_id": Person}),
    _Table(Service, "subject__sandbox", {"subject_id": Subject, "responsible_id": Person}),
    _Table(ServicePlatform, "service__subject__sandbox", {"service_id": Service}),
    _Table(Access, "service__subject__sandbox", {"service_id": Service, "provider_id": Provider}),
    _Table(Filing, "sandbox", {"provider_id": Provider, "subject_record_id": Subject}),
    _Table(FilingPart, "filing__sandbox", {"filing_id": Filing, "service_record_id": Service, "person_id": Person}),
    _Table(Challenge, "sandbox", {"filing_id": Filing, "phone_id": Phone}),
    _Table(Message, "phone__sandbox", {"phone_id": Phone, "challenge_id": Challenge}),
    _Table(Event, "filing__sandbox", {"filing_id": Filing, "challenge_id": Challenge}),
)


# ── Copying ──────────────────────────────────────────────────────────────────


def copy_rows(template: Sandbox, sandbox: Sandbox, *, later: timedelta = timedelta()) -> list[int]:
    """Copy what stands in a template into an empty sandbox; the ids of the filings, in their order.

    Keys, the codes that are open, and short links are its own, drawn from its own seed. All that has happened has so
    much ``later``: less than would bring another day or law. What is written of real times stays.
    """
    ids: _Ids = {}
    renewed: _Renewed = {}
    for table in TABLES:
        rows: list[Any] = [copy(row) for row in _rows_of(template.pk, template.join_code)[table.model]]
        old = [row.pk for row in rows]
        if table.model is Challenge:
            renewed = _renew(rows, sandbox)
        elif table.model is Message:
            _rewrite(rows, renewed)
        for row in rows:
            _move(row, table, sandbox, ids)
            if later:
                _delay(row, table, later)
        table.model.objects.bulk_create(rows)
        ids[table.model] = dict(zip(old, (row.pk for row in rows), strict=True))
    return list(ids[Filing].values())


@lru_cache(maxsize=MOST_KEPT)
def _rows_of(template_id: int, join_code: str) -> Mapping[type[Any], Sequence[Any]]:  # noqa: ARG001  # a part of the key
    """The rows of a template, which stay as they are. No two have the same code, should one get another's id."""
    found: dict[type[Any], Sequence[Any]] = {
        table.model: list(table.model.objects.filter(**{table.way: template_id}).order_by("pk")) for table in TABLES
    }
    prefetch_related_objects(found[Challenge], "filing", "phone")
    return found


def _move(row: Any, table: _Table, sandbox: Sandbox, ids: _Ids) -> None:
    """Let the row stand in the other sandbox, on the rows that were copied before it."""
    row.pk = None
    if table.way == "sandbox":
        row.sandbox_id = sandbox.pk
    for column, model in table.refers.items():
        if (known := getattr(row, column)) is not None:
            setattr(row, column, ids[model][known])
    if isinstance(row, FilingPart) and row.before is not None:
        row.before = {**row.before, "person": ids[Person][row.before["person"]]}


def _delay(row: Any, table: _Table, later: timedelta) -> None:
    for column in table.moments:
        moment: datetime | None = getattr(row, column)
        if moment is not None:
            setattr(row, column, moment + later)


#: By the id of a challenge of the template: what stands in its texts, and what will stand there.
_Renewed = dict[int, list[tuple[str, str]]]


def _renew(challenges: Sequence[Challenge], sandbox: Sandbox) -> _Renewed:
    """Draw the codes that are open anew, and every short link, from the copy's own seed."""
    keys = {row.pk: (row.filing.number, row.round, row.phone.number) for row in challenges}
    codes = _codes(challenges, keys, sandbox)
    renewed: _Renewed = {}
    for challenge in challenges:
        found = renewed.setdefault(challenge.pk, [])
        if code := codes.get(challenge.pk):
            found.append((challenge.code, code))
            challenge.code = code
        if challenge.link_token:
            token = link_token(sandbox, *keys[challenge.pk])
            found.append((challenge.link_token, token))
            challenge.link_token = token
        challenge.text = _replaced(challenge.text, found)
    return renewed


def _codes(
    challenges: Iterable[Challenge], keys: Mapping[int, tuple[str, int, str]], sandbox: Sandbox
) -> dict[int, str]:
    """A code for each open challenge of the template, by its id."""
    of_provinces: dict[str, list[int]] = defaultdict(list)
    for challenge in challenges:
        if challenge.state == ChallengeState.OPEN:
            of_provinces[challenge.province].append(challenge.pk)
    return {
        pk: code
        for province, pks in of_provinces.items()
        for pk, code in zip(pks, sending.draw_codes(sandbox, province, [[*keys[pk]] for pk in pks]), strict=True)
    }


def _rewrite(messages: Iterable[Message], renewed: _Renewed) -> None:
    for message in messages:
        message.text = _replaced(message.text, renewed[message.challenge_id])


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text
