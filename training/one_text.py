"""A fixed exercise as one text, to begin with when one writes an exercise of one's own."""

import re

from training.files import EXERCISES_DIR, SENTENCES
from training.mistakes import SAID

_HEADING = re.compile(r"^\[(?=[a-z])", re.MULTILINE)
#: It stands in the catalogue alone.
_PLACE = re.compile(r"^place = \d+[^\n]*\n", re.MULTILINE)


def text_of(name: str) -> str:
    """Both files of a fixed exercise in one. Raises :class:`OSError` for one that there is not."""
    says, said = (
        (EXERCISES_DIR / f"{name}{suffix}").read_text(encoding="utf-8").strip("\n") for suffix in (".toml", SENTENCES)
    )
    return f"{_PLACE.sub('', says, count=1)}\n\n[{SAID}]\n{_HEADING.sub(f'[{SAID}.', said)}\n"
