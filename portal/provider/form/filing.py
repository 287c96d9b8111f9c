"""The whole form of a filing: which parts a kind asks for, what was typed, and where each mistake belongs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.forms import BoundField
from django.http import QueryDict

from portal.provider.form.fields import PathForm, PersonFields, RequestForm, SubjectForm
from portal.provider.form.services import ServiceFields, ServiceForm
from verification.asking.submissions import ServicesNeed, SubjectNeed, Submission, needs
from verification.law.editions import Edition, PermitSide
from verification.law.words import Kind, ServiceType
from verification.models import Provider, Service, Subject
from verification.refusals import FieldError

MOST_SERVICES = 20

#: What a kind asks about the request itself, beside its parts.
_ASKED_OF_REQUEST = {Kind.CHANGE_SUBJECT: "new_province", Kind.MOVE_WEBSITE: "target_number"}

_SERVICE_INDEX = re.compile(r"^services\.([0-9]{1,3})\.")
_TYPES = [*ServiceType]
_SERIAL = re.compile(r"^[0-9]{1,5}$")


@dataclass(frozen=True)
class Mistake:
    """One line of the list of mistakes above a form; ``field_id`` is empty where no field is to blame."""

    sentence: str
    field_id: str = ""
    place: str = ""


class FilingForm:
    """The whole form of a kind as ``provider`` fills it in: the parts that it asks for, and nothing else.

    ``edition`` says what is asked in the ``province``; ``on_record`` is the 主体 that the filing stands on, if it is
    known; ``before`` the last round's content, which a resubmission begins with; ``first_type`` the type of the first
    new service. With ``data`` the form is bound.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        provider: Provider,
        province: str,
        edition: Edition,
        on_record: Subject | None = None,
        before: Submission | None = None,
        first_type: ServiceType = ServiceType.WEBSITE,
        data: QueryDict | None = None,
    ) -> None:
        self.kind = kind
        self.before = before
        self.provider = provider
        self.needs = needs(kind)
        self.data = data
        self.on_record = on_record
        self.general_mistakes: list[str] = []
        side = edition.identity.permit_side(province)
        self.persons = PersonFields(only=self.needs.only, permit_back=side is PermitSide.BACK)
        self.edition = edition
        self.request = self._request_form(before)
        changes_subject = self.needs.subject is SubjectNeed.CHANGE
        self.subject = (
            SubjectForm(
                data,
                is_change=changes_subject,
                on_record=on_record if changes_subject else None,
                persons=self.persons,
                initial=asdict(before.subject) if before and before.subject else None,
            )
            if self.needs.subject is not SubjectNeed.NONE
            else None
        )
        self.services = list(self._service_forms(before, first_type))

    def _request_form(self, before: Submission | None) -> RequestForm | None:
        if self.kind not in _ASKED_OF_REQUEST:
            return None
        targets: list[Subject] = []
        if self.on_record is not None:
            others = Subject.objects.filter(
                sandbox=self.on_record.sandbox_id, province=self.on_record.province, cancelled_at=None
            )
            targets = list(others.exclude(pk=self.on_record.pk).order_by("number"))
        return RequestForm(
            self.data,
            asked=(_ASKED_OF_REQUEST[self.kind],),
            targets=targets,
            initial=asdict(before) if before else None,
        )

    # ── Making the services' forms ───────────────────────────────────────────────────────────────────────────────────

    def _service_forms(self, before: Submission | None, first_type: ServiceType) -> Iterator[ServiceForm]:
        need = self.needs.services
        if need is ServicesNeed.NONE:
            return
        sites = _services_on_record(self.on_record) if need is not ServicesNeed.NEW else {}
        asked = ServiceFields(
            need=need,
            edition=self.edition,
            persons=self.persons,
            may_be_same_person=self.subject is not None and need is ServicesNeed.NEW,
        )
        if self.data is None:
            beginnings = list(enumerate(self._beginnings(before, sites, first_type)))
        else:
            beginnings = [
                (index, {"serial": self._typed_serial(index), "type": self.data.get(f"services.{index}.type", "")})
                for index in _indexes(self.data)
            ]
        for index, initial in beginnings:
            on_record = sites.get(initial.get("serial"))
            typed = str(initial.get("type", ""))
            yield ServiceForm(
                self.data,
                path=f"services.{index}",
                asked=asked,
                type_=on_record.type_law if on_record else ServiceType(typed) if typed in _TYPES else _TYPES[0],
                on_record=on_record,
                provider=self.provider,
                initial=initial,
            )

    def _typed_serial(self, index: int) -> int | None:
        assert self.data is not None
        typed = self.data.get(f"services.{index}.serial", "")
        return int(typed) if _SERIAL.match(typed) else None

    def _beginnings(
        self, before: Submission | None, sites: dict[int | None, Service], first_type: ServiceType
    ) -> list[dict[str, Any]]:
        """What the services' forms show at first: those on record, then others of the last round, or else a blank."""
        earlier = before.services if before else ()
        by_serial = {site.serial: asdict(site) for site in earlier if site.serial in sites}
        found: list[dict[str, Any]] = [
            {**by_serial.get(serial, {}), "serial": serial, "chosen": serial in by_serial} for serial in sites
        ]
        for site in earlier:
            if site.serial not in sites:
                is_same = before is not None and before.subject is not None and site.person == before.subject.person
                found.append({**asdict(site), "same_person": is_same})
        return found or [{"type": first_type.value}]

    # ── Reading what was typed ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def forms(self) -> Iterator[PathForm]:
        """All forms in the order of the page."""
        if self.request is not None:
            yield self.request
        if self.subject is not None:
            yield self.subject
            yield self.subject.person_form
        for service in self.services:
            yield from service.forms

    def is_valid(self) -> bool:
        """Whether the shape is right. Call it before :meth:`submission`."""
        return not [form.path for form in self.forms if not form.is_valid()]

    @property
    def has_parts(self) -> bool:
        """Whether the kind asks for anything but the record."""
        return self.request is not None or self.subject is not None or bool(self.services)

    @property
    def may_add_services(self) -> bool:
        """Whether another new service can be put in."""
        return self.needs.services is ServicesNeed.NEW and len(self.services) < MOST_SERVICES

    @property
    def may_remove_services(self) -> bool:
        """Whether a new service can be taken out; the last one stays."""
        return self.needs.services is ServicesNeed.NEW and len(self.services) > 1

    @property
    def wanted_services(self) -> list[ServiceForm]:
        """The services that the request concerns."""
        return [form for form in self.services if form.is_wanted]

    def submission(self, *, province: str, subject_number: str) -> Submission:
        """What was typed; fields of a wrong shape are blank."""
        self.is_valid()
        subject = self.subject.subject() if self.subject and not self.subject.changes_nothing else None
        person = subject.person if subject else None
        return Submission(
            kind=self.kind,
            province=province,
            subject_number=subject_number,
            subject=subject,
            services=tuple(form.service(person) for form in self.wanted_services),
            **(self.request.typed(*self.request.fields) if self.request else {}),
        )

    @property
    def request_title(self) -> str:
        """The heading of what is asked about the request itself."""
        return "主体所在省份" if self.kind is Kind.CHANGE_SUBJECT else "迁入主体"

    def typed_pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values of all fields as typed, for the page that shows them once more before they are sent."""
        for form in self.forms:
            for field in form:
                value = field.value()
                if value not in (None, "", False):
                    yield field.html_name, "on" if value is True else str(value)

    # ── Mistakes ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, errors: Iterable[FieldError]) -> None:
        """Put each mistake that the domain found beside its field, once; the rest above the form."""
        wanted = self.wanted_services
        for error in errors:
            field = self._field_at(self._path_in_form(error.path, wanted))
            if field is None:
                self.general_mistakes.append(error.sentence)
            elif not field.errors:
                field.form.add_error(field.name, error.sentence)

    def _field_at(self, path: str) -> BoundField | None:
        """The field with a path in the form, if a person sees one there."""
        path, _, name = path.rpartition(".")
        form = next((form for form in self.forms if form.path == path), None)
        if form is not None and name == "serial" and "chosen" in form.fields:
            name = "chosen"  # the tick is what a person sees of it
        return form[name] if form is not None and name in form.fields and not form[name].is_hidden else None

    def asks_for(self, path: str) -> bool:
        """Whether a person sees a field with this path."""
        return self._field_at(path) is not None

    @staticmethod
    def _path_in_form(path: str, wanted: list[ServiceForm]) -> str:
        """Where a field of the submission stands in the form, which may have services that were left out."""
        if not (match := _SERVICE_INDEX.match(path)):
            return path
        return FilingForm._path_of_service(wanted[int(match.group(1))], path[match.end() :])

    @staticmethod
    def _path_of_service(form: ServiceForm, rest: str) -> str:
        """Where a field of a service stands, which shares the person of the 主体 if it says so."""
        return f"subject.{rest}" if form.is_same_person and rest.startswith("person.") else form.path_of(rest)

    def id_of_earlier(self, path: str) -> str:
        """The id of the field that asks for one of the last round, by its path there; empty where none does."""
        if match := _SERVICE_INDEX.match(path):
            form = self._form_of_earlier(int(match.group(1)))
            path = self._path_of_service(form, path[match.end() :]) if form else ""
        field = self._field_at(path)
        return str(field.id_for_label or field.auto_id) if field else ""

    def _form_of_earlier(self, index: int) -> ServiceForm | None:
        """The form of a service of the last round: in its own place if it is new, else where its record stands."""
        if self.needs.services is ServicesNeed.NEW:
            return next((form for form in self.services if form.index == str(index)), None)
        serial = self.before.services[index].serial if self.before else None
        return next((form for form in self.services if form.on_record and form.on_record.serial == serial), None)

    @property
    def errors(self) -> list[Mistake]:
        """All mistakes in the order of the page."""
        found = [Mistake(sentence) for sentence in self.general_mistakes]
        for form in self.forms:
            for field in form:
                field_id = field.id_for_label or field.auto_id
                found += [Mistake(str(sentence), str(field_id), self._place(form)) for sentence in field.errors]
        return found

    def _place(self, form: PathForm) -> str:
        """Which part of the form a field stands in, in words."""
        if form is self.request:
            return self.request_title
        part, _, rest = form.path.partition(".")
        if part == "subject":
            return "主体负责人" if rest else "主体"
        index, _, below = rest.partition(".")
        place, service = next((n, each) for n, each in enumerate(self.services, 1) if each.index == index)
        number = f" {place} " if len(self.services) > 1 else ""
        if below == "person":
            return f"{service.service_type.label}{number}负责人"
        title = getattr(form, "title", "")
        return f"{service.service_type.label}{number}".strip() + (f"（{title}）" if title else "")


def _services_on_record(subject: Subject | None) -> dict[int | None, Service]:
    if subject is None:
        return {}
    sites = (
        subject.services.filter(cancelled_at=None)
        .select_related("responsible")
        .prefetch_related("accesses", "platforms")
    )
    return {site.serial: site for site in sites.order_by("serial")}


# ── Adding and removing services without a script ────────────────────────────────────────────────────────────────────


def _indexes(data: QueryDict) -> list[int]:
    found = {int(match.group(1)) for name in data if (match := _SERVICE_INDEX.match(name))}
    return sorted(found)[:MOST_SERVICES]


def with_another_service(data: QueryDict, type_: str) -> QueryDict:
    """The typed fields, with a blank service behind the others."""
    more = data.copy()
    indexes = _indexes(data)
    if len(indexes) < MOST_SERVICES:
        more[f"services.{max(indexes, default=-1) + 1}.type"] = type_
    return more


def without_service(data: QueryDict, index: str) -> QueryDict:
    """The typed fields without one service; the last one stays."""
    fewer = data.copy()
    if len(_indexes(data)) > 1:
        for name in [name for name in fewer if name.startswith(f"services.{index}.")]:
            del fewer[name]
    return fewer
