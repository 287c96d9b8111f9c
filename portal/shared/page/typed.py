"""What of a form that was sent a person typed: to be kept as a draft, or shown where nothing was done with it."""

from django.http import HttpRequest, QueryDict
from django.template import Library

from portal.shared.visit import cookies, opened

register = Library()

#: What the site itself puts into its forms, and the captcha, which is good once.
_NOT_TYPED = {
    *("csrfmiddlewaretoken", opened.FIELD, "action", "draft", "new_captcha", "next"),
    *("captcha_0", "captcha_1"),
}
#: The last words of the names of fields that one chooses or ticks: their values are codes.
CHOSEN = {"by", "chosen", "id_type", "nature", "new_province", "platform", "same_person", "serial", "type"}


def without_technical(data: QueryDict) -> QueryDict:
    """The fields that a person filled in, typed or chosen, blank ones too."""
    filled = data.copy()
    for name in _NOT_TYPED & set(filled):
        del filled[name]
    return filled


@register.simple_tag(takes_context=True)
def typed_lines(context: dict[str, HttpRequest], /) -> list[str]:
    """The texts of the form that was sent, for a page that says that nothing was done with it.

    None for a browser that is not known: whoever forges a form would choose them.
    """
    request = context["request"]
    if request.method != "POST" or not cookies.is_known(request):
        return []
    filled = {name: str(text) for name, text in without_technical(request.POST).items()}
    return [text for name, text in filled.items() if text.strip() and name.rpartition(".")[2] not in CHOSEN]
