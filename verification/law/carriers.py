"""Whose number is this, and from which number do its messages come."""

import hashlib
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import carrier

from verification.law.editions import Edition
from verification.law.words import Network

PHONE_FORM = re.compile(r"^1[0-9]{10}$")

_NETWORKS = {
    "China Mobile": Network.MOBILE,
    "China Unicom": Network.UNICOM,
    "China Telecom": Network.TELECOM,
    "China Broadnet": Network.MOBILE,  # 广电 shares the radio network of 移动
}
#: Number blocks handed to 虚拟运营商; the numbering data names the host network of 167, 170 and 171 only.
_VIRTUAL_BLOCKS = ("162", "165", "167", "170", "171")
_VIRTUAL_HOSTS = {"162": Network.TELECOM, "165": Network.MOBILE}

#: How many digits stand behind a sender that varies (C-07).
VARYING_DIGITS = 4


@dataclass(frozen=True)
class Carrier:
    """The network that a number's messages travel by, and whether a 虚拟运营商 sold the number (C-07)."""

    network: Network
    is_virtual: bool


def carrier_of(phone: str) -> Carrier | None:
    """The carrier of a mainland mobile number; ``None`` if the number belongs to none."""
    if not PHONE_FORM.fullmatch(phone):
        return None
    is_virtual = phone.startswith(_VIRTUAL_BLOCKS)
    network = _VIRTUAL_HOSTS.get(phone[:3])
    if network is None:
        # With its country: 12005006843 and the like would be taken for a call abroad through a carrier's prefix.
        number = phonenumbers.parse(f"+86{phone}")
        network = _NETWORKS.get(carrier.name_for_number(number, "en"))
    return Carrier(network=network, is_virtual=is_virtual) if network else None


def problem_with(phone: str) -> str | None:
    """What is wrong with a mobile number, as a sentence for the person who typed it; ``None`` if nothing."""
    if not PHONE_FORM.fullmatch(phone):
        return "手机号码应为 1 开头的 11 位数字，请核对后重新填写。"
    if carrier_of(phone) is None:
        return "这个号段不属于国内任何运营商，请填写能收短信的国内手机号码。"
    return None


def sender_for(edition: Edition, phone: str, *, varying: str) -> str:
    """The number that a message to ``phone`` comes from (C-06, C-07, T-07); for a 虚拟运营商 it may be another.

    Where that varies from message to message, it is the host network's with ``varying`` behind it, ``VARYING_DIGITS``
    digits that the caller draws; where it is of a form, its digits follow from the phone's number, and stay.
    """
    found = carrier_of(phone) or Carrier(network=Network.MOBILE, is_virtual=False)
    sender = edition.senders.of(found.network)
    if found.is_virtual and edition.senders.virtual:
        return _in_form(edition.senders.virtual.value, phone)
    if found.is_virtual and edition.senders.virtual_varies.value:
        return f"{sender}{varying}"
    return sender


def _in_form(form: str, phone: str) -> str:
    """The form with digits in the place of its stars, always the same for a phone."""
    digest = int.from_bytes(hashlib.sha256(phone.encode()).digest())
    digits = iter(f"{digest % 10 ** form.count('*'):0{form.count('*')}d}")
    return "".join(next(digits) if character == "*" else character for character in form)
