"""The filings of a day in pictures: how far they have come since, and the timeline of each."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.shared.pictures.bars import of_funnel
from portal.shared.pictures.timeline import pictures_of
from portal.shared.visit.doors import VisitRequest, needs_role
from verification.asking import funnel
from verification.models import Filing, Role

#: So many days may be chosen from, and so many timelines stand on a page.
MOST_DAYS, ON_A_PAGE = 7, 12


@require_safe
@needs_role(Role.TRAINER)
def day(request: VisitRequest) -> HttpResponse:
    """The funnel of a day of the sandbox's time, the last one unless another is asked for, and its filings."""
    sandbox = request.visit.sandbox
    days = funnel.days_of(sandbox, most=MOST_DAYS)
    asked = request.GET.get("day", "")
    chosen = next((each for each in days if each.isoformat() == asked), days[0] if days else None)
    context: dict[str, object] = {"visit": request.visit, "days": days, "day": chosen}
    if chosen is not None:
        events = funnel.of_day(sandbox, chosen)
        filings = Filing.objects.filter(pk__in=events.order_by().values("filing")).order_by("-id")
        page = Paginator(filings, ON_A_PAGE).get_page(request.GET.get("page"))
        context |= {
            "funnel": of_funnel(f"{chosen:%Y-%m-%d} 提交的申请走到哪里", funnel.funnel_of(events)),
            "page": page,
            "pictures": pictures_of(list(page)),
        }
    return render(request, "trainer/day.html", context)
