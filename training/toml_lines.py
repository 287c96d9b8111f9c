"""On which line of a TOML text each key stands, which its parser does not tell; and whether it is built too deep.

It looks at the signs alone, in one pass over any text whatever: what is not TOML is the parser's to name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

#: Nothing in an exercise needs more, and what is deeper or longer costs the parser more than it is worth.
MOST_DEPTH, MOST_PARTS = 12, 8

#: A key by the way to it; in an array by its place there.
Key = tuple[str | int, ...]

# A string that does not end takes all the rest, so that each character is looked at once.
_TOKEN = re.compile(
    r'(?P<many>"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|\'\'\'.*?(?:\'{3,5}|\Z))'
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<space>[ \t\r]+|\#[^\n]*)"
    r"|(?P<line>\n)"
    r"|(?P<word>[\w+:-]+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")


class TooDeep(ValueError):
    """Brackets in brackets, or a key of many parts; ``line`` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    """All but spaces and comments. Raises :class:`TooDeep`."""
    line, depth, parts = 1, 0, 0
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup or "", match[0]
        if kind == "space":
            continue
        if found in _OPENING:
            depth += 1
        elif found in _CLOSING:
            depth = max(depth - 1, 0)
        if found == ".":
            parts += 1
        elif kind in ("line", "sign"):
            parts = 0
        if depth > MOST_DEPTH or parts >= MOST_PARTS:
            raise TooDeep(line)
        yield _Token(kind, found, line)
        line += found.count("\n")


def lines_of(text: str) -> Mapping[Key, int]:
    """The line of each key, as far as the text is TOML. Raises :class:`TooDeep`."""
    reader = _Reader(list(_tokens(text)))
    reader.read()
    return reader.lines


class _End(Exception):
    """There is no more, or what comes is no TOML."""


@dataclass
class _Reader:
    tokens: list[_Token]
    at: int = 0
    lines: dict[Key, int] = field(default_factory=lambda: {(): 1})
    counts: dict[Key, int] = field(default_factory=dict)  # of the tables in an array, by the key of that

    def read(self) -> None:
        """Statement by statement."""
        table: Key = ()
        try:
            while True:
                match self._peek().text:
                    case "\n":
                        self.at += 1
                    case "[":
                        table = self._heading()
                    case _:
                        self._pair(table)
        except _End:
            return

    def _peek(self) -> _Token:
        if self.at >= len(self.tokens):
            raise _End
        return self.tokens[self.at]

    def _next(self) -> _Token:
        found = self._peek()
        self.at += 1
        return found

    def _heading(self) -> Key:
        line = self._next().line
        is_of_array = self._peek().text == "["
        if is_of_array:
            self.at += 1
        *above, last = self._names("]")
        if is_of_array and self._next().text != "]":
            raise _End
        key: Key = ()
        for name in above:
            key = self._present((*key, name))
            self.lines.setdefault(key, line)
        key = (*key, last)
        self.lines.setdefault(key, line)
        if is_of_array:
            self.counts[key] = self.counts.get(key, -1) + 1
            key = (*key, self.counts[key])
            self.lines[key] = line
        return key

    def _present(self, key: Key) -> Key:
        """The table that a name in a heading means: of an array of tables the last."""
        return (*key, self.counts[key]) if key in self.counts else key

    def _names(self, end: str) -> list[str]:
        """The parts of a key, up to the sign after it."""
        found = []
        while True:
            token = self._next()
            if token.kind not in ("word", "string"):
                raise _End
            found.append(token.text.strip("\"'") if token.kind == "string" else token.text)
            sign = self._next().text
            if sign == end:
                return found
            if sign != ".":
                raise _End

    def _pair(self, table: Key) -> None:
        line, key = self._peek().line, table
        for name in self._names("="):
            key = (*key, name)
            self.lines.setdefault(key, line)
        self._value(key)

    def _value(self, key: Key) -> None:
        match self._peek().text:
            case "[":
                self.at += 1
                self._array(key)
            case "{":
                self.at += 1
                self._inline(key)
            case _:
                while self._peek().text not in (",", "]", "}", "\n"):
                    self.at += 1

    def _array(self, key: Key) -> None:
        place = 0
        while (token := self._peek()).text != "]":
            if token.text in ("\n", ","):
                self.at += 1
                continue
            self.lines[*key, place] = token.line
            self._value((*key, place))
            place += 1
        self.at += 1

    def _inline(self, key: Key) -> None:
        while (token := self._peek()).text != "}":
            if token.text in ("\n", ","):
                self.at += 1
                continue
            self._pair(key)
        self.at += 1
