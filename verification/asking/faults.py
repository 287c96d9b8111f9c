"""The fields of a filing that a bureau may find wrong."""

from collections.abc import Mapping

from verification.law.faults import WHOLE, label_of, paths_of_service, paths_of_subject
from verification.law.words import Part, ServiceType
from verification.models import Filing


def fields_of(filing: Filing) -> Mapping[str, str]:
    """What each field of the present round is called, by its path; one query. The whole filing has a blank one."""
    found = {"": WHOLE}
    parts = list(filing.parts.filter(round=filing.round).order_by("id"))
    if any(part.part == Part.SUBJECT for part in parts):
        found |= {path: label_of(path) for path in paths_of_subject()}
    for index, part in enumerate(part for part in parts if part.part == Part.SERVICE):
        paths = paths_of_service(index, ServiceType(part.type))
        found |= {path: f"{label_of(path)}（{part.name}）" for path in paths}
    return found
