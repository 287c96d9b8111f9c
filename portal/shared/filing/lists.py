"""Lists of filings for both consoles: narrowing, paging, and rows in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.http import QueryDict

from portal.shared.filing.words import filer_status, kind_name, name_of_kind, tone_of
from verification.law.editions import Edition, provinces
from verification.law.words import Mode, Part, ServiceType
from verification.models import Challenge, ChallengeState, Filing, FilingPart

PAGE_SIZE = 25


@dataclass(frozen=True)
class Row:
    """One filing of a list, with what its present round asks for, and whether the jobs owe it something."""

    filing: Filing
    is_overdue: bool
    parts: list[FilingPart]
    challenges: list[Challenge]

    @property
    def kind_name(self) -> str:
        """The kind in the words of the filing's edition."""
        return kind_name(self.filing)

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return tone_of(self.filing.state)

    @property
    def filer_status(self) -> str:
        """What the filer is shown."""
        return filer_status(self.filing)

    @property
    def subject_name(self) -> str:
        """The 主体 that the filing is about: as it asks, or as it is on record."""
        for part in self.parts:
            if part.part == Part.SUBJECT:
                return part.name
        record = self.filing.subject_record
        return record.name if record else self.filing.subject_number

    @property
    def services(self) -> list[str]:
        """The services concerned: websites by their domains, others by type and name."""
        return [
            part.domain or f"{ServiceType(part.type).label} {part.name}"
            for part in self.parts
            if part.part == Part.SERVICE and (part.domain or part.type != ServiceType.WEBSITE)
        ]

    @property
    def passed(self) -> int:
        """How many phones have passed."""
        return sum(challenge.state == ChallengeState.PASSED for challenge in self.challenges)

    @property
    def needed(self) -> int:
        """How many phones must pass; one where one is enough (W-15)."""
        return min(1, len(self.challenges)) if self.filing.mode == Mode.ANY else len(self.challenges)

    @property
    def has_begun(self) -> bool:
        """Whether the codes are out."""
        return any(challenge.first_sent_at for challenge in self.challenges)


def _read_rows(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    present = Q(round=F("filing__round"))
    return filings.select_related("provider", "subject_record").prefetch_related(
        Prefetch("parts", FilingPart.objects.filter(present)),
        Prefetch("challenges", Challenge.objects.filter(present)),
    )


def page_of(filings: QuerySet[Filing], query: QueryDict, *, now: datetime) -> tuple[Page[Filing], list[Row]]:
    """One page of a list, and its rows at ``now``; a page number that does not exist leads to the nearest that does."""
    page = Paginator(_read_rows(filings), PAGE_SIZE).get_page(query.get("page"))
    return page, [_row(filing, now=now) for filing in page]


def rows_in_order(ids: Sequence[int], *, now: datetime) -> list[Row]:
    """The rows of these filings as they stand at ``now``, in the order of the ids; three queries."""
    found = {filing.pk: filing for filing in _read_rows(Filing.objects.filter(pk__in=ids))}
    return [_row(found[pk], now=now) for pk in ids if pk in found]


def _row(filing: Filing, *, now: datetime) -> Row:
    return Row(filing, filing.is_overdue(now), list(filing.parts.all()), list(filing.challenges.all()))


class FilingFilter(forms.Form):
    """What a list of filings can be narrowed to. A value that does not exist narrows nothing."""

    q = forms.CharField(label="搜索", required=False, max_length=100)
    state = forms.ChoiceField(label="状态", required=False)
    kind = forms.ChoiceField(label="备案类型", required=False)
    province = forms.ChoiceField(label="省份", required=False)

    def __init__(self, query: QueryDict, *, edition: Edition, states: Iterable[tuple[str, str]]) -> None:
        super().__init__(query, auto_id="filter_%s")
        self.fields["q"].widget = forms.TextInput(
            attrs={"type": "search", "placeholder": "编号、主体或域名", "autocomplete": "off"}
        )
        choices = {
            "state": list(states),
            "kind": [("", "全部"), *((kind.value, name_of_kind(kind, edition)) for kind in edition.offered_kinds)],
            "province": [("", "全部"), *((code, province.name) for code, province in provinces().items())],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options
        # Read at once: a value that does not exist is left out and shown as not chosen.
        self.is_valid()
        self.chosen = {name: str(value) for name, value in self.cleaned_data.items() if value}
        self.errors.clear()

    def narrow(self, filings: QuerySet[Filing], *, by: Iterable[str] = ("kind", "province")) -> QuerySet[Filing]:
        """The filings that match the text and these fields; what a state means, the console says."""
        columns = {name: self.chosen[name] for name in by if name in self.chosen}
        filings = filings.filter(**columns)
        return filings.filter(_mentions(self.chosen["q"])) if "q" in self.chosen else filings

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.chosen)


def _mentions(text: str) -> Q:
    parts = FilingPart.objects.filter(filing=OuterRef("pk"), round=OuterRef("round"))
    in_parts = Exists(parts.filter(Q(name__icontains=text) | Q(domain__icontains=text)))
    return (
        Q(number__icontains=text)
        | Q(subject_number__icontains=text)
        | Q(subject_record__number__icontains=text)
        | Q(subject_record__name__icontains=text)
        | Q(in_parts)
    )
