"""材料: what a customer hands to its provider, as plain data in an exercise's file; a closed list of types.

All of them are made up, and drawn as what they are: no seals, no emblems. Numbers of documents and phones follow from
the opening's persons, and no file says them.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from training.words import Label, Mistake, Word


class Paper(Word):
    """A document; ``filing`` is to which of the opening's it was handed in, none where nothing was submitted yet."""

    filing: Label | None = None


class Licence(Paper):
    """营业执照; ``person`` is the 法定代表人."""

    type: Literal["licence"]
    company: str
    person: Label
    address: str
    scope: str


class Identity(Paper):
    """A person's identity document, whichever it is."""

    type: Literal["identity"]
    person: Label


class Authorisation(Paper):
    """授权委托书: a company names the person who answers for a part, and the phone that gets the code."""

    type: Literal["authorisation"]
    company: str
    person: Label
    part: str
    phone_of: Label | None = None  # another person's phone is given as theirs


class DomainCertificate(Paper):
    """域名证书."""

    type: Literal["domain"]
    domain: str
    holder: str
    until: date


class Hosting(Paper):
    """云主机订单: at which address the provider serves."""

    type: Literal["hosting"]
    company: str
    server_ip: str
    until: date


class Sheet(Paper):
    """备案信息表: what the customer wrote down for one of the opening's submissions, with mistakes."""

    type: Literal["sheet"]
    submission: Label
    mistakes: tuple[Mistake, ...] = ()


AnyPaper = Annotated[
    Licence | Identity | Authorisation | DomainCertificate | Hosting | Sheet, Field(discriminator="type")
]
