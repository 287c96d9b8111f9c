"""What is kept of what was typed into a valid form's field, for pages that show it without: ``{{ field|kept }}``."""

from django import forms, template

register = template.Library()


@register.filter
def kept(field: forms.BoundField) -> str:
    """What will be kept of what was typed, in words, for a choice its label; blank where nothing was."""
    value = str(field.form.cleaned_data.get(field.name) or "")
    choices = getattr(field.field, "choices", ())
    return str(dict(choices).get(value, value)) if value else ""
