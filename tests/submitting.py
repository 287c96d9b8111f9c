"""Typing a submission into the provider's form, and reading the mistakes that stand in it."""

from dataclasses import asdict

from tests.pages import Node
from verification.asking.submissions import Submission


def typed(submission: Submission) -> dict[str, str]:
    """The submission as it is typed into the form."""

    def walk(path: str, value: object) -> dict[str, str]:
        if isinstance(value, dict):
            return {k: v for name, part in value.items() for k, v in walk(f"{path}.{name}", part).items()}
        return {path: str(value)} if value else {}

    fields = walk("subject", asdict(submission.subject)) if submission.subject else {}
    for index, site in enumerate(submission.websites):
        fields |= walk(f"websites.{index}", asdict(site))
    return fields


def mistakes_of(page: Node) -> dict[str, str]:
    """The errors that stand at fields, by the field's path."""
    found = page.all("div", class_="field__error")
    return {node.attrs["id"].removeprefix("id_").removesuffix("_error"): node.text for node in found}
