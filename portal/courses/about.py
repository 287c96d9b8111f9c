"""What desk, projector and members are told of a class alike: its hours, its scenario, and how many it has."""

from training import hours
from training.models import Course
from verification.worlds.sandboxes import SCENARIOS


def about(course: Course) -> dict[str, object]:
    """For a page about the class."""
    is_before, is_over = hours.is_before(course), hours.is_over(course)
    return {
        "is_before": is_before,
        "is_over": is_over,
        "may_begin": not is_before and not is_over,
        "kept_after_end": hours.KEPT_AFTER_END.days,
        "kept_unused": hours.KEPT_UNUSED.days,
        "scenario": SCENARIOS.get(course.scenario),
        "people": course.members.count,  # counted by the pages that show it
    }
