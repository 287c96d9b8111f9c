"""How the domain says no: an exception that carries the sentence for the user, which says what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass

from verification.models import Sandbox


class Refused(Exception):
    """Something that was asked for is not done; nothing has changed.

    ``sentence`` is for the person (Chinese), ``code`` a stable English word for programs.
    """

    def __init__(self, sentence: str, *, code: str) -> None:
        self.sentence = sentence
        self.code = code


def refuse_if_machine_played(sandbox: Sandbox) -> None:
    """Let nothing from outside into a sandbox that a machine plays: it is there to be looked at."""
    if sandbox.is_machine_played:
        raise Refused("这是机器演示的环境，只能观看。想自己动手，请在练习目录中开始练习。", code="machine_played")


@dataclass(frozen=True)
class FieldError:
    """One mistake in a submission; ``path`` names the field, e.g. ``services.0.person.phone``."""

    path: str
    sentence: str
    code: str


class SubmissionRefused(Refused):
    """A submission has mistakes of form; ``errors`` holds all of them."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__("提交的内容有误，请按各项提示修改后重新提交。", code="invalid_submission")
        self.errors = tuple(errors)
