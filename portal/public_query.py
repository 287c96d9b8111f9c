"""公共查询: what the bureau has accepted, for anybody in the sandbox to look up."""

from django.db.models import Q

from verification.law.identity import fold
from verification.models import Sandbox, Website

LIMIT = 50


def find(sandbox: Sandbox, text: str, *, province: str | None) -> list[Website]:
    """Accepted websites by 备案号 (with or without the website's number), domain, or part of a name; at most LIMIT."""
    words = fold(text)
    number, _, serial = words.rpartition("-")
    wanted = Q(subject__number__iexact=words) | Q(domain__iexact=words)
    wanted |= Q(subject__name__icontains=text.strip()) | Q(name__icontains=text.strip())
    if number and serial.isascii() and serial.isdigit():
        wanted |= Q(subject__number__iexact=number, serial=int(serial))
    found = Website.objects.filter(wanted, subject__sandbox=sandbox, cancelled_at=None, subject__cancelled_at=None)
    if province is not None:
        found = found.filter(subject__province=province)
    return list(found.select_related("subject").order_by("subject__number", "serial")[:LIMIT])
