"""规则版本: what each document says, where and since when it holds, and two of them side by side. For everybody."""

from collections.abc import Iterable

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.editions import tables
from portal.shared.page import rulebook
from verification.law.editions import Edition, InForce, editions, provinces
from verification.law.tables import matrix, rule_ids


def _names(codes: Iterable[str]) -> str:
    return "、".join(provinces()[code].name for code in codes)


def _places(edition: Edition) -> list[tuple[InForce, str]]:
    """Since when the edition holds, and in which provinces."""
    return [(entry, _names(entry.provinces)) for entry in edition.in_force]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All editions, and what they note on one another."""
    found = list(editions().values())
    remarks = tables.remarks(found)
    context = {
        "editions": [(edition, _places(edition), _names(edition.provinces.value)) for edition in found],
        "remarks": remarks,
        "rules": rulebook.cited(remark.row.rule for _, those in remarks for remark in those),
        "form": CompareForm(),
    }
    return render(request, "editions/index.html", context)


@require_safe
def detail(request: HttpRequest, edition_id: str) -> HttpResponse:
    """One edition: who is verified, and every number and text with the rule that it comes from."""
    edition = editions().get(edition_id)
    if edition is None:
        raise Http404
    context = {
        "edition": edition,
        "places": _places(edition),
        "named": _names(edition.provinces.value),
        "matrix": matrix(edition),
        "prereviewed": [kind for kind in edition.offered_kinds if edition.kinds[kind].prereview],
        "not_offered": tables.not_offered(edition),
        "groups": tables.value_groups(edition),
        "rules": rulebook.cited(rule_ids(edition)),
    }
    return render(request, "editions/detail.html", context)


class CompareForm(forms.Form):
    """Which two editions to compare; the latest and the one before at the beginning."""

    a = forms.ChoiceField(label="一个版本")
    b = forms.ChoiceField(label="另一个版本")
    only = forms.BooleanField(label="只列出不同之处", required=False)

    def __init__(self, data: object = None) -> None:
        known = [(edition.id, edition.name) for edition in editions().values()]
        super().__init__(data, initial={"a": known[-2][0], "b": known[-1][0]}, auto_id="compare_%s")  # type: ignore[arg-type]  # a query
        for name in ("a", "b"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = known
            field.error_messages = {
                "required": "请选择一个规则版本。",
                "invalid_choice": "没有这个规则版本，请从列表中选择。",
            }

    def chosen(self, name: str) -> Edition:
        """The edition that a field names; the one it begins with where it names none."""
        self.is_valid()
        named = getattr(self, "cleaned_data", {}).get(name)
        return editions()[named or self.get_initial_for_field(self.fields[name], name)]


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two editions side by side, their differences marked, their contradictions visible (W-14)."""
    form = CompareForm(request.GET if {"a", "b"} & request.GET.keys() else None)
    one, other = form.chosen("a"), form.chosen("b")
    only = form.is_bound and bool(form.cleaned_data.get("only"))
    situations = tables.situation_pairs(one, other)
    groups = tables.value_pairs(one, other)
    context = {
        "form": form,
        "one": one,
        "other": other,
        "count": sum(pair.differs for pair in situations) + sum(pair.differs for _, pairs in groups for pair in pairs),
        "situations": [pair for pair in situations if pair.differs or pair.names_differ or not only],
        "groups": [
            (heading, shown)
            for heading, pairs in groups
            if (shown := [pair for pair in pairs if pair.differs or not only])
        ],
        "rules": rulebook.cited(rule_ids(one) | rule_ids(other)),
    }
    return render(request, "editions/compare.html", context)
