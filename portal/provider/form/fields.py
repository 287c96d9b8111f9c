"""The fields of a filing's parts as its provider types them: 主体 and responsible persons.

Every field is named by its path in the submission (``subject.person.phone``, ``services.0.domain``), so that a mistake
that the domain finds goes to its field without a table between them. The forms check the shape only; what is missing,
wrong or contradictory, the domain says, all at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from portal.shared.page.fields import WholeText
from verification.asking import reading
from verification.asking.reading import Reader
from verification.asking.submissions import PersonData, SubjectData
from verification.law.editions import provinces
from verification.law.words import IdType
from verification.models import Person, Subject, SubjectNature

#: The choice of nothing.
CHOOSE = ("", "请选择")

Initial = dict[str, Any] | None


class Text(forms.CharField):
    """A line of text, as the domain reads it. That it is missing or too long, the domain says."""

    def __init__(self, *, read: Reader = reading.line, **options: Any) -> None:
        super().__init__(**options)
        self.read = read

    def to_python(self, value: Any) -> str:
        """The text as it is kept."""
        return self.read(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        """Leave absence to the domain; ``required`` is for the label."""


class Choice(forms.ChoiceField):
    """One of several. That nothing was chosen, the domain says."""

    def validate(self, value: str) -> None:
        """Leave absence to the domain; ``required`` is for the label."""
        if value:
            super().validate(value)


class RecordForm(forms.Form):
    """Which 主体 on record a filing stands on."""

    subject_number = WholeText(
        label="备案号",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "请填写或选择已备案主体的备案号。",
            "max_length": "备案号最多 30 个字，请核对后重新填写。",
        },
    )

    @property
    def number(self) -> str:
        """The 备案号 that was typed, as it is kept; empty if it cannot be one."""
        return reading.record_number(self.cleaned_data["subject_number"]) if self.is_valid() else ""


class PathForm(forms.Form):
    """A form whose fields are named by their path."""

    use_required_attribute = False

    def __init__(self, data: QueryDict | None, *, path: str, initial: Initial = None) -> None:
        super().__init__(data, prefix=path, initial=initial)
        self.path = path
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def add_prefix(self, field_name: str) -> str:
        """The field's path."""
        return f"{self.prefix}.{field_name}" if self.prefix else field_name

    def keep(self, names: Collection[str]) -> None:
        """Leave only these fields."""
        for name in set(self.fields) - set(names):
            del self.fields[name]

    def stand_on(self, current: dict[str, str]) -> None:
        """Put the values on record beside their fields, which may be left blank now: each says so itself."""
        for name, text in current.items():
            if (field := self.fields.get(name)) is None:
                continue
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", f"不变（{text}）"), *list(field.choices)[1:]]  # type: ignore[arg-type]  # pairs
            else:
                field.help_text = f"备案记录：{text or '无'}。不变更请留空。"

    def remark_typed(self) -> str | None:
        """The remark, which may be emptied; ``None`` where the form does not ask for it."""
        return self.typed("remark")["remark"] if "remark" in self.fields else None

    def _show_help(self, name: str, text: str) -> None:
        if name in self.fields:
            self.fields[name].help_text = text

    def typed(self, *names: str) -> dict[str, str]:
        """What was typed into these fields, and nothing for those that the form does not have."""
        return {name: str(self.cleaned_data.get(name) or "") for name in names}


class RequestForm(PathForm):
    """What some kinds ask about the request itself: where a 主体 moves to, which 主体 takes a service."""

    new_province = Choice(
        label="变更后的省份",
        required=False,
        choices=lambda: [("", "不变"), *((code, province.name) for code, province in provinces().items())],
        help_text="主体仍在本省的请选“不变”。",
    )
    target_number = Text(
        label="迁入主体的备案号",
        read=reading.record_number,
        widget=forms.TextInput(attrs={"list": "targets-on-record"}),
        help_text="网站迁入这个主体名下，须是同一省份已备案的主体。",
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        asked: Collection[str],
        targets: Sequence[Subject] = (),
        initial: Initial = None,
    ) -> None:
        super().__init__(data, path="", initial=initial)
        self.keep(asked)
        self.targets = targets


@dataclass(frozen=True)
class PersonFields:
    """What a kind asks about persons: the only fields that count (empty: all), and whether a permit's back counts."""

    only: frozenset[str] = frozenset()
    permit_back: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields."""
        every = frozenset(PersonForm.base_fields)
        names = every & self.only if self.only else every
        return names if self.permit_back else names - {"id_back_number"}


class PersonForm(PathForm):
    """负责人."""

    name = Text(label="姓名", read=reading.person_name)
    id_type = Choice(label="证件类型", choices=[CHOOSE, *((kind.value, kind.label) for kind in IdType)])
    id_number = Text(label="证件号码", read=reading.document, help_text="平台只保存后六位和隐去中间的号码。")
    id_back_number = Text(
        label="通行证背面的香港或澳门身份证件号码",
        read=reading.back_number,
        help_text="仅证件类型为港澳居民来往内地通行证时填写，连同括号。本省核验时填它的后六位。",
    )
    phone = Text(label="联系方式1（手机号码）", read=reading.phone, help_text="验证码只发送到这个号码。")
    emergency_phone = Text(
        label="应急联系电话", read=reading.emergency_phone, required=False, help_text="不会收到验证码。"
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        path: str,
        asked: PersonFields,
        on_record: Person | None = None,
        initial: Initial = None,
    ) -> None:
        super().__init__(data, path=path, initial=initial)
        self.on_record = on_record
        self.keep(asked.names)
        for name in {"phone", "emergency_phone"} & set(self.fields):
            self.fields[name].widget.attrs["inputmode"] = "tel"
        if on_record is not None:
            self.stand_on(
                {
                    "name": on_record.name,
                    "id_type": IdType(on_record.id_type).label,
                    "id_number": on_record.id_masked,
                    "phone": on_record.phone,
                    "emergency_phone": on_record.emergency_phone,
                }
            )
        if initial:
            self._show_help("id_number", "与上次提交相同的请留空。")

    @property
    def blank_is_permit(self) -> bool:
        """Whether a type that was left blank means the permit on record."""
        return self.on_record is not None and self.on_record.id_type == IdType.HK_MACAU_PERMIT

    @property
    def has_typed(self) -> bool:
        """Whether anything was typed."""
        return any(asdict(self.person()).values())

    def person(self) -> PersonData:
        """What was typed; the number on the back belongs to a permit only."""
        typed = self.typed(*PersonForm.base_fields)
        if typed["id_type"] != IdType.HK_MACAU_PERMIT and not (not typed["id_type"] and self.blank_is_permit):
            typed["id_back_number"] = ""
        return PersonData(**typed)


class SubjectForm(PathForm):
    """主体, with its responsible person in ``person_form``."""

    name = Text(label="主体名称")
    nature = Choice(label="主体性质", choices=[CHOOSE, *SubjectNature.choices])
    remark = Text(label="备注", required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        is_change: bool,
        on_record: Subject | None,
        persons: PersonFields,
        initial: Initial = None,
    ) -> None:
        initial = dict(initial or {})
        person = initial.pop("person", None)
        if on_record is not None:
            initial["remark"] = on_record.remark if initial.get("remark") is None else initial["remark"]
        super().__init__(data, path="subject", initial=initial)
        if persons.only:
            self.keep(persons.only)
        self.is_change = is_change
        self.on_record = on_record
        if on_record is not None:
            self.stand_on({"name": on_record.name, "nature": SubjectNature(on_record.nature).label})
        self.person_form = PersonForm(
            data,
            path="subject.person",
            asked=persons,
            on_record=on_record.responsible if on_record else None,
            initial=person,
        )

    @property
    def changes_nothing(self) -> bool:
        """Whether everything is left as it is on record."""
        if not self.is_change:
            return False
        typed = [*self.typed("name", "nature").values(), *asdict(self.person_form.person()).values()]
        remark = self.on_record.remark if self.on_record else ""
        has_remark = "remark" in self.fields and self.typed("remark")["remark"] != remark
        return not any(typed) and not has_remark

    def subject(self) -> SubjectData:
        """What was typed."""
        return SubjectData(**self.typed("name", "nature"), remark=self.remark_typed(), person=self.person_form.person())
