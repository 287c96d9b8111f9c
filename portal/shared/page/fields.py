"""Fields for texts that people type or paste."""

from typing import Any

from django import forms


class WholeText(forms.CharField):
    """A text of which a browser cuts nothing off: too much of it is refused, with a sentence beside the field."""

    default_error_messages = {"max_length": "最多 %(limit_value)d 个字，您填了 %(show_value)d 个，请缩短。"}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave out ``maxlength``, at which a browser cuts what is pasted without a word."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}
