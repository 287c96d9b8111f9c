"""The pages of the parts that one can play: where each begins, and what one does there."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from portal.shared.visit.addresses import address_of
from portal.shared.visit.visits import Visit
from verification.models import Role


@dataclass(frozen=True)
class PartLink:
    """A link to the pages of one part."""

    role: Role
    address: str
    summary: str
    is_current: bool

    @property
    def label(self) -> str:
        """The part's Chinese name."""
        return self.role.label


_FIRST_PAGES = {
    Role.FILER: ("national:home", "打开全国网站，从那里或所选省份的管局网站办理备案短信核验、重发短信。"),
    Role.PROVIDER: ("provider:list", "提交备案申请，查看核验进度，重新提交被退回的申请。"),
    Role.BUREAU: ("bureau:queue", "审核通过短信核验的申请：通过并发放备案号，或驳回。"),
    Role.TRAINER: ("trainer:index", "看全班的进度，拨时钟，固定规则版本，模拟系统故障。"),
}
_PATHS = {
    "/provider/": Role.PROVIDER,
    "/api/": Role.PROVIDER,
    "/bureau/": Role.BUREAU,
    "/trainer/": Role.TRAINER,
    "/clock/": Role.TRAINER,
}
_PATHS_OF_NO_PART = ("/lobby/", "/phone/", "/exercises/")


def _role_of_page(request: HttpRequest) -> Role | None:
    if address_of(request).province is not None:
        return Role.FILER
    for prefix, role in _PATHS.items():
        if request.path_info.startswith(prefix):
            return role
    return None if request.path_info.startswith(_PATHS_OF_NO_PART) else Role.FILER


def part_links(request: HttpRequest, visit: Visit) -> Sequence[PartLink]:
    """A link for each part that the visitor plays, in the customary order."""
    current = _role_of_page(request)
    links = []
    for role in visit.participant.roles:
        name, summary = _FIRST_PAGES[role]
        links.append(PartLink(role, address_of(request).of_nation(name), summary, is_current=role is current))
    return links
