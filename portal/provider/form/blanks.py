"""Synthetic data for the blanks of a filing's form, so that practising costs one click."""

import secrets
from collections.abc import Mapping

from django.http import QueryDict

from portal.provider.form.fields import PathForm, PersonForm, SubjectForm
from portal.provider.form.filing import FilingForm
from portal.provider.form.services import ServiceForm
from verification.law.services import Platform, example
from verification.models import SubjectNature
from verification.worlds.demo import demo_person

#: The serials of the synthetic persons that forms bring forth; smaller ones belong to the filings of a new sandbox.
_SERIALS = range(100, 998)
_SERVER_IP = "192.0.2.10"  # an address for documentation, never of a real server


def fill_blanks(form: FilingForm, data: QueryDict) -> QueryDict:
    """The typed fields, with synthetic data where nothing was typed.

    A form that stands on a record gets the smallest request that makes sense: one new phone, or the first service.
    """
    filled = data.copy()
    serial = secrets.choice(_SERIALS)
    for path, value in _suggestions(form, serial):
        if not filled.get(path):
            filled[path] = value
    return filled


def fill_from_sheet(form: FilingForm, data: QueryDict, written: Mapping[str, str]) -> QueryDict:
    """The typed fields, with what a customer ``written`` down, by path, where nothing was typed."""
    filled = data.copy()
    for path, value in written.items():
        if form.asks_for(path) and not filled.get(path):
            filled[path] = value
    return filled


def _suggestions(form: FilingForm, serial: int) -> list[tuple[str, str]]:
    found = []
    if form.request is not None and form.request.targets:
        found.append(_at(form.request, "target_number", form.request.targets[0].number))
    if form.subject is not None:
        found += _for_subject(form.subject, serial)
        found += _for_person(form.subject.person_form, serial)
    for position, service in enumerate(form.services):
        if service.on_record is None:
            found += _for_service(service, serial, position)
            if service.person_form is not None:
                found += _for_person(service.person_form, serial + 1)
    if form.subject is None:
        on_record = [service for service in form.services if service.on_record is not None and not service.is_served]
        for service in on_record[:1]:
            found += _for_first_on_record(service, serial)
    return [(path, value) for path, value in found if path]


def _at(form: PathForm, name: str, value: str) -> tuple[str, str]:
    """The field's path with a value; no path for a field that the form does not have."""
    return (form.add_prefix(name) if name in form.fields else "", value)


def _for_subject(form: SubjectForm, serial: int) -> list[tuple[str, str]]:
    if form.on_record is not None:
        return []
    return [_at(form, "name", f"演练{serial}号有限公司"), _at(form, "nature", SubjectNature.ENTERPRISE.value)]


def _for_service(form: ServiceForm, serial: int, position: int) -> list[tuple[str, str]]:
    label = f"{serial}-{position + 1}" if position else str(serial)
    return [
        _at(form, "serial", "1"),
        _at(form, "name", f"演练{label}号{form.service_type.label}"),
        _at(form, "domain", f"yanlian{label}.example.com"),
        _at(form, "domains", f"api.yanlian{label}.example.com"),
        _at(form, "server_ip", _SERVER_IP),
        *_for_platforms(form, serial + position),
    ]


def _for_platforms(form: ServiceForm, serial: int) -> list[tuple[str, str]]:
    """What each chosen platform would know it by; the first one's if none was chosen."""
    chosen = [each for each in form.platform_forms if each.is_valid() and each.is_wanted] or form.platform_forms[:1]
    found = []
    for each in chosen:
        platform = each.fixed_platform or Platform(each.cleaned_data.get("platform") or Platform.WECHAT)
        synthetic = example(platform, serial)
        found += [_at(each, "chosen", "on"), _at(each, "platform", platform.value)]
        found += [_at(each, name, getattr(synthetic, name)) for name in ("identifier", "public_key", "md5")]
    return found


def _for_first_on_record(form: ServiceForm, serial: int) -> list[tuple[str, str]]:
    """The first service chosen, with the smallest change that its kind is about."""
    found = [_at(form, "chosen", "on"), _at(form, "server_ip", _SERVER_IP)]
    if form.asked.persons.only == {"domain"}:
        found.append(_at(form, "domain", f"yanlian{serial}.example.com"))
    return found


def _for_person(form: PersonForm, serial: int) -> list[tuple[str, str]]:
    person = demo_person(serial)
    if form.on_record is not None:
        return [_at(form, "phone", person.phone)]
    return [
        _at(form, "name", person.name),
        _at(form, "id_type", person.id_type),
        _at(form, "id_number", person.id_number),
        _at(form, "phone", person.phone),
    ]
