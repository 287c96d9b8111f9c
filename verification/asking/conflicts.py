"""Whether filings can still be accepted: what others have changed in the records since, one by one or as a batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q

from verification.asking import changes
from verification.asking.reading import bare_number
from verification.asking.submissions import ServicesNeed, needs
from verification.law.services import Platform
from verification.law.words import Kind, Part, ServiceType
from verification.models import Access, Filing, FilingPart, Person, Service, ServicePlatform, Subject

#: Where something stands: what it is of, whose it is, and for fields their name, e.g. ("site", 7, "domain").
Key = tuple[str | int, ...]


#: What to do about a conflict, for the officer who meets it.
REJECT = "请驳回，由接入商修改后重新提交。"


def changes_since(filings: Sequence[Filing]) -> dict[int, str]:
    """What others have changed in the records since that contradicts the filings, by filing id, and no advice.

    Each is judged by itself. A filing that fits the records has no entry. The number of queries does not depend on the
    number of filings.
    """
    parts, now = _read(filings)
    return {
        filing.pk: _changed_since(found)
        for filing in filings
        if (found := list(_conflicts(filing, parts.get(filing.pk, []), now)))
    }


def conflicts_of(filings: Sequence[Filing]) -> dict[int, str]:
    """Why filings cannot be accepted as they are, as :func:`changes_since`, and what the officer is to do."""
    return {pk: change + REJECT for pk, change in changes_since(filings).items()}


def conflicts_in_turn(filings: Sequence[Filing]) -> dict[int, str]:
    """As :func:`conflicts_of`, but each filing as it will find the records once those before it have been accepted."""
    refused: dict[int, str] = {}
    for pk, found, authors in _in_turn(filings):
        earlier = list(dict.fromkeys(authors[conflict.of] for conflict in found if conflict.of in authors))
        of_batch = all(conflict.of in authors for conflict in found)
        refused[pk] = _excluded_by(earlier, found) if of_batch else _changed_since(found) + REJECT
    return refused


def changes_in_turn(filings: Sequence[Filing]) -> dict[int, str]:
    """As :func:`changes_since`, but each filing as it will find the records once those before it have been accepted."""
    return {pk: _changed_since(found) for pk, found, _ in _in_turn(filings)}


def _in_turn(filings: Sequence[Filing]) -> Iterator[tuple[int, Sequence["_Conflict"], Mapping[Key, str]]]:
    """Accept what can be accepted, one after the other, and tell of the others what speaks against them."""
    parts, now = _read(filings)
    for filing in filings:
        own = parts.get(filing.pk, [])
        if found := list(_conflicts(filing, own, now)):
            yield filing.pk, found, now.authors
        else:
            _accept(filing, own, now)


@dataclass(frozen=True)
class _Conflict:
    """One contradiction, and where on record it lies."""

    sentence: str
    of: Key


def _changed_since(found: Iterable[_Conflict]) -> str:
    return f"备案库已有变化：{' '.join(conflict.sentence for conflict in found)}"


def _excluded_by(earlier: Iterable[str], found: Iterable[_Conflict]) -> str:
    sentences = " ".join(conflict.sentence for conflict in found)
    return f"本批中先处理的申请 {'、'.join(earlier)} 通过以后，{sentences}请返回列表，只勾选其中应当通过的一份。"


# ── What now stands on record of what some filings concern ───────────────────


@dataclass
class _Records:
    """What stands on record, by its place; ``authors`` names the filing of a batch that will have put it there."""

    values: dict[Key, Any] = field(default_factory=dict)
    authors: dict[Key, str] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)

    def get(self, *key: str | int) -> Any:
        """What stands there; ``None`` where nothing does."""
        return self.values.get(key)

    def put(self, value: Any, *key: str | int, by: Filing) -> None:
        """Write what the acceptance of a filing would."""
        self.values[key], self.authors[key] = value, by.number

    def fields_of(self, kind: str, pk: int, names: Iterable[str]) -> changes.Values:
        """The fields of a subject or site."""
        return {name: self.get(kind, pk, name) for name in names}


def _read(filings: Sequence[Filing]) -> tuple[dict[int, list[FilingPart]], _Records]:
    present = FilingPart.objects.filter(filing__in=filings, round=F("filing__round")).select_related("person")
    parts: dict[int, list[FilingPart]] = {}
    for part in present:
        parts.setdefault(part.filing_id, []).append(part)
    every = [part for of_one in parts.values() for part in of_one]
    now = _Records()
    _read_subjects(filings, now)
    _read_services(filings, every, now)
    _read_persons(every, now)
    return parts, now


def _read_subjects(filings: Sequence[Filing], now: _Records) -> None:
    targets = {bare_number(filing.target_number) for filing in filings if filing.target_number}
    sandboxes = {filing.sandbox_id for filing in filings}
    concerned = Q(pk__in=[filing.subject_record_id for filing in filings if filing.subject_record_id])
    for subject in Subject.objects.filter(concerned | Q(sandbox__in=sandboxes, number__in=targets)):
        is_live = subject.cancelled_at is None
        now.values["subject", subject.pk, "live"] = is_live
        now.values["subject", subject.pk, "number"] = subject.number
        now.values["subject", subject.pk, "province"] = subject.province
        now.values["number", subject.sandbox_id, subject.number] = subject.pk if is_live else None
        for name, value in changes.of_subject(subject).items():
            now.values["subject", subject.pk, name] = value


def _read_services(filings: Sequence[Filing], parts: Sequence[FilingPart], now: _Records) -> None:
    """The services that are named, and those that are known by what is wanted."""
    sandboxes = {filing.sandbox_id for filing in filings}
    named = Q(pk__in={part.service_record_id for part in parts if part.service_record_id})
    domains = {part.domain for part in parts if part.domain}
    identifiers = {each["identifier"] for part in parts for each in part.platforms}
    known = ServicePlatform.objects.filter(identifier__in=identifiers).values("service") if identifiers else ()
    wanted = (Q(domain__in=domains) | Q(pk__in=known)) & Q(subject__sandbox__in=sandboxes)
    services = list(Service.objects.filter(named | wanted).select_related("subject").prefetch_related("platforms"))
    for access in Access.objects.filter(service__in=services, cancelled_at__isnull=True):
        now.values["access", access.service_id, access.provider_id] = access.server_ip
    for site in services:
        is_live = site.cancelled_at is None and site.subject.cancelled_at is None
        now.values["site", site.pk, "live"] = site.cancelled_at is None
        now.values["site", site.pk, "subject"] = site.subject_id
        now.values["site", site.pk, "called"] = site.called
        for known_by in _names(site.domain, changes.platforms_of(site)) if is_live else ():
            now.values[*known_by, site.subject.sandbox_id] = site.pk
        for name, value in changes.of_service(site, (), provider_id=None).items():
            now.values["site", site.pk, name] = value


def _read_persons(parts: Sequence[FilingPart], now: _Records) -> None:
    """Whoever answers on record, now and when the rounds were submitted, and whoever will."""
    ids = {value for key, value in now.values.items() if key[-1] == "person"}
    ids |= {part.before["person"] for part in parts if part.before}
    now.persons = Person.objects.in_bulk(ids - {None}) | {part.person.pk: part.person for part in parts if part.person}


# ── What speaks against an acceptance ────────────────────────────────────────


def _conflicts(filing: Filing, parts: Sequence[FilingPart], now: _Records) -> Iterator[_Conflict]:
    subject, number = filing.subject_record_id, bare_number(filing.target_number)
    if subject is not None and not now.get("subject", subject, "live"):
        yield _Conflict(f"备案号 {now.get('subject', subject, 'number')} 已注销。", ("subject", subject, "live"))
        return
    if number and not now.get("number", filing.sandbox_id, number):
        yield _Conflict(
            f"迁入主体的备案号 {filing.target_number} 不存在或已注销。", ("number", filing.sandbox_id, number)
        )
    if filing.new_province and subject and now.get("subject", subject, "province") != filing.province:
        yield _overtaken(["主体所在的省份"], ("subject", subject, "province"))
    for part in parts:
        if part.part == Part.SERVICE:
            yield from _service_conflicts(filing, part, now)
        elif subject is not None:
            fields = now.fields_of("subject", subject, changes.labels_for(Part.SUBJECT))
            if found := dict(changes.overtaken(part, fields, now.persons)):
                yield _overtaken(found.values(), ("subject", subject, next(iter(found))))


def _overtaken(labels: Iterable[str], of: Key) -> _Conflict:
    return _Conflict(f"{'、'.join(labels)}在本次申请提交以后已经变更。", of)


def _service_conflicts(filing: Filing, part: FilingPart, now: _Records) -> Iterator[_Conflict]:
    site, kind = part.service_record_id, filing.kind_law
    if site is None:
        yield from _name_conflicts(filing, part, now)
        return
    name, access = now.get("site", site, "called"), ("access", site, filing.provider_id)
    is_served = now.get(*access) is not None
    if not now.get("site", site, "live"):
        yield _Conflict(f"{name} 已注销。", ("site", site, "live"))
    elif kind is Kind.ADD_ACCESS and is_served:
        yield _Conflict(f"{name} 已由“{filing.provider.name}”接入。", access)
    elif kind is not Kind.ADD_ACCESS and not is_served:
        yield _Conflict(f"{name} 已不由“{filing.provider.name}”接入。", access)
    elif kind is Kind.MOVE_WEBSITE and now.get("site", site, "subject") != filing.subject_record_id:
        yield _overtaken([f"{name} 所属的主体"], ("site", site, "subject"))
    elif needs(kind).services is ServicesNeed.CHANGE:
        if {"domain", "platforms"} & set(changes.changed(part)):
            yield from _name_conflicts(filing, part, now)
        labels = changes.labels_for(Part.SERVICE, ServiceType(part.type))
        fields = now.fields_of("site", site, labels) | {"server_ip": now.get(*access)}
        if found := dict(changes.overtaken(part, fields, now.persons)):
            first = next(iter(found))
            of = access if first == "server_ip" else ("site", site, first)
            yield _overtaken([f"{name} 的{'、'.join(found.values())}"], of)


def _names(domain: str, platforms: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """By what a service is known, and no other in the sandbox: its domain, or its identifier on each platform."""
    if domain:
        yield "domain", domain
    yield from ((each["platform"], each["identifier"]) for each in platforms)


def _name_conflicts(filing: Filing, part: FilingPart, now: _Records) -> Iterator[_Conflict]:
    for known_by in _names(part.domain, part.platforms):
        key = (*known_by, filing.sandbox_id)
        if now.get(*key) not in (None, part.service_record_id):
            yield _Conflict(f"{_in_words(*known_by)} 已经备案。", key)


def _in_words(where: str, name: str) -> str:
    return f"域名 {name}" if where == "domain" else Platform(where).called(name)


# ── What an acceptance would write, for those that come after it ─────────────


def _accept(filing: Filing, parts: Sequence[FilingPart], now: _Records) -> None:
    subject = filing.subject_record_id
    if subject is not None and filing.kind_law is Kind.CANCEL_SUBJECT:
        _end_subject(filing, subject, now)
    if subject is not None and filing.new_province:
        now.put(None, "number", filing.sandbox_id, now.get("subject", subject, "number"), by=filing)
        now.put(filing.new_province, "subject", subject, "province", by=filing)
    for part in parts:
        if part.part == Part.SERVICE:
            _accept_service(filing, part, now)
        elif subject is not None:
            for name, value in changes.changed(part).items():
                now.put(value, "subject", subject, name, by=filing)


def _end_subject(filing: Filing, subject: int, now: _Records) -> None:
    now.put(False, "subject", subject, "live", by=filing)
    now.put(None, "number", filing.sandbox_id, now.get("subject", subject, "number"), by=filing)
    for site in [key[1] for key, value in now.values.items() if key[::2] == ("site", "subject") and value == subject]:
        _end_service(filing, int(site), now)


def _end_service(filing: Filing, site: int, now: _Records) -> None:
    if now.get("site", site, "live"):
        now.put(False, "site", site, "live", by=filing)
        _give_up_names(filing, site, now)


def _give_up_names(filing: Filing, site: int, now: _Records) -> None:
    for known_by in _names(now.get("site", site, "domain") or "", now.get("site", site, "platforms") or ()):
        now.put(None, *known_by, filing.sandbox_id, by=filing)


def _take_names(filing: Filing, part: FilingPart, site: int, now: _Records) -> None:
    for known_by in _names(part.domain, part.platforms):
        now.put(site, *known_by, filing.sandbox_id, by=filing)


def _accept_service(filing: Filing, part: FilingPart, now: _Records) -> None:
    kind, site = filing.kind_law, part.service_record_id
    if site is None:
        _take_names(filing, part, 0, now)  # its service has no id yet
    elif kind is Kind.ADD_ACCESS:
        now.put(part.server_ip, "access", site, filing.provider_id, by=filing)
    elif kind is Kind.CANCEL_ACCESS:
        now.put(None, "access", site, filing.provider_id, by=filing)
    elif kind is Kind.CANCEL_SERVICE:
        _end_service(filing, site, now)
    elif kind is Kind.MOVE_WEBSITE:
        target = now.get("number", filing.sandbox_id, bare_number(filing.target_number))
        now.put(target, "site", site, "subject", by=filing)
    else:
        for name, value in changes.changed(part).items():
            if name == "server_ip":
                now.put(value, "access", site, filing.provider_id, by=filing)
                continue
            if name in ("domain", "platforms"):
                _give_up_names(filing, site, now)
                _take_names(filing, part, site, now)
            now.put(value, "site", site, name, by=filing)
        known_by = now.get("site", site, "domain") or now.get("site", site, "name")
        now.put(f"{ServiceType(part.type).label} {known_by}", "site", site, "called", by=filing)
