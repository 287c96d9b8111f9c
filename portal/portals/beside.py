"""A word of the training beside a page that is faithful to the real one: what to type where, and how to go on.

It stands below the portal's own content and says that it is not the portal's. On a kept page it is one of the holes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from portal.shared.visit.addresses import Address
from portal.shared.visit.visits import Visit
from verification.law.editions import Edition
from verification.law.words import Outcome
from verification.models import Role

#: What the messages call a code, whatever the form of the time calls it.
_IN_MESSAGES = "验证码"


@dataclass(frozen=True)
class Way:
    """A link that leads on."""

    label: str
    address: str


@dataclass(frozen=True)
class Word:
    """What the training says; ``again`` are the typed fields with which the form can be had once more."""

    sentence: str
    ways: tuple[Way, ...] = ()
    again: Mapping[str, str] = field(default_factory=dict)

    def beside(self, request: HttpRequest) -> str:
        """The block as HTML."""
        token = get_token(request) if self.again else ""
        return render_to_string("portals/_beside.html", {"word": self, "csrf_token": token})


def of_form(edition: Edition) -> Word | None:
    """Where the form has another name for what the message calls 验证码, or two fields share it."""
    code, captcha = edition.labels.code.value, edition.labels.captcha.value
    if code == _IN_MESSAGES and _IN_MESSAGES not in captcha:
        return None
    return Word(f"短信里的“{_IN_MESSAGES}”填在“{code}”一栏；“{captcha}”是图片里的数字，每次都不同。")


def of_answer(outcome: Outcome, address: Address, visit: Visit, typed: Mapping[str, str]) -> Word:
    """How to go on from an answer. What was not accepted can be typed again without typing all of it."""
    phones = Way("看模拟手机上的短信", address.of_nation("phone:index"))
    filings = Way("到接入商处查看申请", address.of_nation("provider:list"))
    provider = (filings,) if visit.plays(Role.PROVIDER) else ()
    bureau = (Way("以管局身份审核", address.of_nation("bureau:queue")),) if visit.plays(Role.BUREAU) else ()
    words = {
        Outcome.PARTIAL: Word("同一份申请还有别人要核验：到他们的手机上看验证码，再回来填写。", (phones,)),
        Outcome.ALL_DONE: Word("这份申请的核验全部完成，接下来由管局审核。", (*bureau, *provider)),
        Outcome.ALREADY_DONE: Word(
            "这个验证码已经核验过，不必再填。其他人还没有核验的，请到他们的手机上看。", (phones,)
        ),
        Outcome.FAILED: Word("申请已退回接入商，重新提交以后才有新的验证码。", provider),
        Outcome.RESENT: Word("短信会出现在模拟手机上，验证码与原来相同。", (phones,)),
    }
    return words.get(outcome) or Word(
        "刚才填写的内容还在，可以改了再提交；图形验证码要重新填写。", (phones,), again=typed
    )
