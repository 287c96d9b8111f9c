"""The two forms of the portals: verify, and send again. They check the shape; the domain decides the truth.

Names and order of the fields are the documents' (V-01, R-02), labels the governing edition's.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from django import forms

from portal.portals import captcha
from portal.portals.looks import Layout
from verification.law import entries
from verification.law.editions import Labels


class EntryField(forms.CharField):
    """A text that one of ``verification.law.entries`` reads."""

    def __init__(self, read: Callable[[str], str], **attributes: str) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attributes}))
        self.read = read

    def clean(self, value: object) -> str:
        """What was typed, read; the field's own sentence for a wrong form, or the reader's, as its error."""
        text = cast("str", super().clean(value))
        try:
            return self.read(text)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages.get("form") or str(error), code="form") from error


class BlankInput(forms.PasswordInput):
    """A visible input that, like one for passwords, never shows again what was typed into it."""

    input_type = "text"


class PortalForm(forms.Form):
    """A form with a captcha, which is used up whenever the form is checked, whatever else is wrong (V-12).

    ``fresh`` is the captcha to show: every form that is shown has a new one.
    """

    use_required_attribute = False

    captcha_0 = forms.CharField(required=False, widget=forms.HiddenInput)
    captcha_1 = forms.CharField(
        required=False,
        widget=BlankInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": "12", "data-captcha": "answer"}
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        labels: Labels,
        layout: Layout,
        initial: dict[str, Any] | None = None,
        fresh: captcha.Token | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        for name in self.entry_fields:
            self._dress(name, getattr(labels, name).value, layout)
        self._dress("captcha_1", labels.captcha.value, layout)
        self.fresh = fresh or captcha.issue()

    def _dress(self, name: str, label: str, layout: Layout) -> None:
        """Give a field its edition's name, and what its look says in it and about it."""
        field = self.fields[name]
        field.label = label
        field.error_messages["required"] = f"请填写{label}。"
        field.error_messages.update(layout.sentences.get(name, {}))
        if layout.prompt:
            field.widget.attrs["placeholder"] = f"{layout.prompt}{label}"
        field.widget.attrs.update(layout.attributes.get(name, {}))

    @property
    def entry_fields(self) -> list[str]:
        """The names of the fields that a person fills in about the verification, in their order."""
        return [name for name, field in self.fields.items() if isinstance(field, EntryField)]

    @property
    def entry(self) -> dict[str, str]:
        """What was typed, read and folded: the arguments for the domain."""
        return {name: self.cleaned_data[name] for name in self.entry_fields}

    def clean_captcha_1(self) -> str:
        """Use the captcha up and compare."""
        verdict = captcha.check(self.cleaned_data.get("captcha_0", ""), self.cleaned_data["captcha_1"])
        if verdict is not captcha.Verdict.RIGHT:
            code = verdict.name.lower()
            raise forms.ValidationError(self.fields["captcha_1"].error_messages.get(code) or verdict.value, code=code)
        return ""


class VerifyForm(PortalForm):
    """备案短信核验: the three pieces and the captcha."""

    code = EntryField(
        entries.clean_code, inputmode="numeric", autocomplete="one-time-code", **{"data-guide": "verify.code"}
    )
    phone = EntryField(entries.clean_phone, inputmode="tel", autocomplete="tel-national")
    id_suffix = EntryField(entries.clean_id_suffix, autocapitalize="characters", **{"data-guide": "verify.id"})

    field_order = ("code", "phone", "id_suffix", "captcha_0", "captcha_1")


class ResendForm(PortalForm):
    """短信重发: phone, ID piece and the captcha."""

    phone = EntryField(entries.clean_phone, inputmode="tel", autocomplete="tel-national")
    id_suffix = EntryField(entries.clean_id_suffix, autocapitalize="characters")

    field_order = ("phone", "id_suffix", "captcha_0", "captcha_1")
