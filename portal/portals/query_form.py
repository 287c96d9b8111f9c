"""The form of the public query: what to search by, the text, and the captcha of every portal's form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q

from portal.portals.forms import PortalForm
from portal.portals.governing import Governing
from verification.asking import public_query
from verification.asking.public_query import By

#: Room for a pasted address.
LONGEST = 500


class QueryForm(PortalForm):
    """公共查询; cleaned, ``q`` is the condition that :func:`verification.asking.public_query.find` asks for."""

    by = forms.ChoiceField(
        label="查询方式",
        choices=By.choices,
        initial=By.NUMBER,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择查询方式。", "invalid_choice": "请选择查询方式。"},
    )
    q = forms.CharField(
        label="查询内容",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={
            "required": "请填写查询内容。",
            "max_length": "查询内容太长，请只填写备案号、域名或名称。",
        },
    )

    field_order = ("by", "q", "captcha_0", "captcha_1")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, law: Governing, initial: dict[str, Any] | None = None
    ) -> None:
        self.law = law
        super().__init__(data, labels=law.model.labels, layout=law.layout, initial=initial)
        if law.model.services:
            by = self.fields["by"]
            assert isinstance(by, forms.ChoiceField)
            by.choices = [*(dict(By.choices) | {By.NAME.value: "主体、APP 或小程序名称"}).items()]
        if law.layout.prompt:
            self.fields["q"].widget.attrs["placeholder"] = f"{law.layout.prompt}{self.fields['q'].label}"

    def clean_q(self) -> Q | None:
        """Read the text as what it is searched by; the reader's own sentence as the field's error."""
        if "by" not in self.cleaned_data:  # that is the error to be corrected first
            return None
        by = By(self.cleaned_data["by"])
        try:
            return public_query.read(by, self.cleaned_data["q"], types=self.law.model.service_types)
        except ValueError as error:
            raise forms.ValidationError(str(error), code="form") from error
