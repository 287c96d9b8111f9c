"""A walk over all pages of the site that one visitor can find."""

from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from portal.shared.visit.addresses import PROVINCE_URLS, province_of_path
from tests.fuzz.filling import BEGINNINGS
from tests.fuzz.visitor import Shown, Visitor
from tests.visitors import NATIONAL


class Walk:
    """From the pages without parameters along all links, to a few pages of each kind."""

    def __init__(self, visitor: Visitor, *, pages_of_a_kind: int) -> None:
        self.visitor, self.pages_of_a_kind = visitor, pages_of_a_kind
        self.opened: Counter[str] = Counter()
        #: Addresses that are still to be opened; whoever walks along may add some.
        self.waiting = deque(BEGINNINGS)

    def pages(self) -> Iterator[Shown]:
        """Each page as it is shown."""
        while self.waiting:
            address = self.waiting.popleft()
            kind = kind_of(address)
            if self.opened[kind] < self.pages_of_a_kind:
                self.opened[kind] += 1
                shown = self.visitor.open(address)
                self.waiting += shown.links
                yield shown


def kind_of(address: str) -> str:
    """The route that answers, on the national host, on a province's, or below its path, and what it is asked for."""
    parts = urlsplit(address)
    by_path = province_of_path(parts.path)
    is_province = by_path or parts.netloc != NATIONAL
    try:
        found = resolve(by_path[1] if by_path else parts.path, PROVINCE_URLS if is_province else settings.ROOT_URLCONF)
    except Resolver404:
        return ""
    asked_for = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{'path' if by_path else 'host' if is_province else ''} {found.route} {asked_for}"
