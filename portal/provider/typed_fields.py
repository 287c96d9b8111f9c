"""What was typed into a form's field, for pages that show it without a field: ``{{ field|typed }}``."""

from django import forms, template

register = template.Library()


@register.filter
def typed(field: forms.BoundField) -> str:
    """The field's value in words: for a choice its label."""
    value = str(field.value() or "")
    choices = getattr(field.field, "choices", ())
    return str(dict(choices).get(value, value))
