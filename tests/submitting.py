"""Typing a submission into the provider's form, going from page to page, and reading the mistakes that stand there."""

from collections.abc import Mapping
from dataclasses import asdict

from django.test import Client

from tests.pages import Node, page_of
from verification.asking.submissions import Submission


def typed(submission: Submission) -> dict[str, str]:
    """The submission as it is typed into the form."""

    def walk(path: str, value: object) -> dict[str, str]:
        if isinstance(value, dict):
            return {k: v for name, part in value.items() for k, v in walk(f"{path}.{name}", part).items()}
        return {path: str(value)} if value else {}

    fields = walk("subject", asdict(submission.subject)) if submission.subject else {}
    for index, site in enumerate(submission.services):
        fields |= walk(f"services.{index}", asdict(site))
    return fields


def mistakes_of(page: Node) -> dict[str, str]:
    """The errors that stand at fields, by the field's path."""
    found = page.all("div", class_="field__error")
    return {node.attrs["id"].removeprefix("id_").removesuffix("_error"): node.text for node in found}


def opened(browser: Client, address: str) -> Node:
    """The page to which an address leads."""
    return page_of(browser.get(address, follow=True))


def sent(browser: Client, address: str, fields: Mapping[str, str] | None = None) -> Node:
    """The page to which a form leads that is sent to the address."""
    return page_of(browser.post(address, fields, follow=True))
