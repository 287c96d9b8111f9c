"""The small mistakes that `make mutants` makes in the domain, one at a time: what they are, and where they can be made.

A mutant is one piece of a file's text with another in its place. Nothing is made in annotations, decorators and
assertions, in what is said (f-strings, logs, ``__str__``), nor in the fields of the tables, which migrations decide.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.places import ROOT

DOMAIN = "verification"
LAW = f"{DOMAIN}/law/"
#: Written for other machinery than the domain: checked by `make check`, or thin commands over it.
LEFT_OUT = (f"{DOMAIN}/migrations/", f"{DOMAIN}/management/", f"{DOMAIN}/apps.py")

COMPARISON, AND_OR, NOT, CONDITION, RETURN, YIELD, CALL, CONSTANT = (
    "comparison",
    "and/or",
    "not",
    "condition",
    "returned value",
    "yielded value",
    "dropped call",
    "constant",
)

_OPPOSITES: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: (r"<", "<="),
    ast.LtE: (r"<=", "<"),
    ast.Gt: (r">", ">="),
    ast.GtE: (r">=", ">"),
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
}
#: Comparisons whose mutant is their negation.
_NEGATED = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
#: What a function returns in the place of a collection.
_EMPTY = {"list": "[]", "tuple": "()", "Sequence": "()", "dict": "{}", "Mapping": "{}", "set": "set()"}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One mistake: the bytes from ``start`` to ``end`` of the file read ``after``.

    ``function`` is the outermost function around it, with its classes, or blank at a module's own level; it begins with
    its decorators at ``function_line``. ``names`` are what a value outside functions is known by. ``key`` stays the
    same as long as the function's own text does.
    """

    path: str
    operator: str
    line: int
    text: str
    mutated: str
    start: int
    end: int
    after: str
    function: str
    function_line: int
    names: tuple[str, ...]
    key: str

    @property
    def place(self) -> str:
        """Where it is, as editors jump to it."""
        return f"{self.path}:{self.line}"

    def applied_to(self, source: bytes) -> bytes:
        """The file's content with the mistake in it."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def all_mutants(only: Sequence[str] = (), *, root: Path = ROOT) -> list[Mutant]:
    """Every mutant of the domain, file by file; ``only`` names files or folders to keep to."""
    paths = sorted(path for ending in ("py", "toml") for path in (root / DOMAIN).rglob(f"*.{ending}"))
    names = [path.relative_to(root).as_posix() for path in paths]
    wanted = [name for name in names if not name.startswith(LEFT_OUT) and is_wanted(name, only)]
    return [mutant for name in wanted for mutant in mutants_of(name, (root / name).read_bytes())]


def is_wanted(name: str, only: Sequence[str]) -> bool:
    """Whether a file is among those, or in a folder of those."""
    return not only or any(name == one or name.startswith(one.rstrip("/") + "/") for one in only)


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Every mutant of one file, in the order of its lines."""
    found = _in_values(path, source) if path.endswith(".toml") else _Finder(path, source).found()
    return sorted(found, key=lambda mutant: (mutant.line, mutant.start, mutant.after))


@dataclass(frozen=True)
class _Around:
    """What a mistake stands in: a function, or a statement or line outside functions, from ``start`` to ``end``."""

    start: int = 0
    end: int = 0
    names: tuple[str, ...] = ()
    function: str = ""  # the outermost one
    function_line: int = 0
    returns: str = ""  # of the innermost one
    classes: tuple[str, ...] = ()


# ── Values of the law ────────────────────────────────────────────────────────

#: Texts are passed over, whatever they contain; what is left of a line are its keys and plain values.
_VALUE = re.compile(
    rb'"(?:[^"\\]|\\.)*"|#.*|\b(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:)00(?:[+-]\d\d:\d\d)?|\b(?P<number>\d+)\b(?=\s*[,}\]\n])'
    rb"|\b(?P<switch>true|false)\b"
)
_LIST = re.compile(rb"verify = \[(?P<parts>[^\]]*)\]")
#: Choices that the law leaves to an edition.
_CHOICE = re.compile(rb'(?:mode|value) = "(?P<choice>any|all|front|back|return|use_record)"')
_CHOICES = (("any", "all"), ("front", "back"), ("return", "use_record"))
_OTHER_CHOICE = {one: other for pair in _CHOICES for one, other in (pair, pair[::-1])}
_SECTION = re.compile(rb"^\[\[?(?P<name>[a-z_.]+)\]\]?", re.MULTILINE)


def _in_values(path: str, source: bytes) -> Iterator[Mutant]:
    """Numbers, switches, moments and choices of an edition, and who is verified."""
    for match in _VALUE.finditer(source):
        for after in _other_values(match):
            yield _value(path, source, *match.span(), after)
    for match in _LIST.finditer(source):
        parts = [part for part in ('"subject"', '"website"') if part.encode() in match["parts"]]
        others = [", ".join(kept for kept in parts if kept != part) for part in parts] or ['"subject"', '"website"']
        for after in others:
            yield _value(path, source, *match.span("parts"), after)
    for match in _CHOICE.finditer(source):
        yield _value(path, source, *match.span("choice"), _OTHER_CHOICE[match["choice"].decode()])


def _other_values(match: re.Match[bytes]) -> Sequence[str]:
    if number := match["number"]:
        return (str(int(number) + 1), str(int(number) - 1)) if int(number) else ("1",)
    if switch := match["switch"]:
        return ("false" if switch == b"true" else "true",)
    if moment := match["moment"]:
        return (match[0].replace(moment + b"00", moment + b"01").decode(),)
    return ()


def _value(path: str, source: bytes, start: int, end: int, after: str) -> Mutant:
    sections = [match["name"].decode() for match in _SECTION.finditer(source, 0, start)]
    names = tuple(sections[-1].split(".")) if sections else ("",)
    around = _Around(start=_line_start(source, start), end=_line_end(source, start), names=names)
    return _mutant(path, source, around, CONSTANT, start, end, after)


# ── Code ─────────────────────────────────────────────────────────────────────


class _Finder:
    """Walks one module."""

    def __init__(self, path: str, source: bytes) -> None:
        self._path = path
        self._source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._is_law = path.startswith(LAW)
        self._has_fields = path.startswith(f"{DOMAIN}/models/")
        self._found: list[Mutant] = []
        self._around = _Around()

    def found(self) -> list[Mutant]:
        """All mutants of the module."""
        for statement in ast.parse(self._source).body:
            self._visit_own(statement)
        return self._found

    # ── Walking ──────────────────────────────────────────────────────────────

    def _visit_own(self, statement: ast.stmt) -> None:
        """A statement of the module's or a class's own level."""
        outer = self._around
        start = self._start(statement)
        if isinstance(statement, ast.ClassDef):
            self._around = _Around(names=(*outer.names, statement.name), classes=(*outer.classes, statement.name))
            for inner in statement.body:
                self._visit_own(inner)
        elif isinstance(statement, _Function):
            self._visit_outermost(statement)
        elif not (self._has_fields and outer.classes) and not isinstance(statement, ast.Import | ast.ImportFrom):
            names = (*outer.names, *_assigned(statement))
            self._around = _Around(start=start, end=self._end(statement), names=names, classes=outer.classes)
            self._visit(statement)
        self._around = outer

    def _visit_outermost(self, function: _Function) -> None:
        outer = self._around
        if function.name == "__str__":
            return
        start, end = self._start(function), self._end(function)
        names = (*outer.names, function.name)
        self._around = _Around(start=start, end=end, names=names, classes=outer.classes)
        for default in (*function.args.defaults, *function.args.kw_defaults):
            if default is not None:
                self._visit(default)  # made once, when the module is read
        self._around = _Around(
            function=".".join((*outer.classes, function.name)),
            function_line=self._source.count(b"\n", 0, start) + 1,
            start=start,
            end=end,
            names=names,
            returns=ast.unparse(function.returns) if function.returns else "",
            classes=outer.classes,
        )
        for statement in function.body:
            self._visit(statement)

    def _visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assert | ast.JoinedStr) or _is_log(node):
            return
        if isinstance(node, _Function):
            self._visit_inner(node)
            return
        for make in (self._comparison, self._and_or, self._not, self._condition, self._answer, self._call):
            make(node)
        self._constant(node)
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, ast.AST):
                    self._visit(inner)

    def _visit_inner(self, function: _Function) -> None:
        outer, values = self._around, vars(self._around)
        self._around = _Around(**{**values, "returns": ast.unparse(function.returns) if function.returns else ""})
        for statement in function.body:
            self._visit(statement)
        self._around = outer

    # ── Making mutants ───────────────────────────────────────────────────────

    def _comparison(self, node: ast.AST) -> None:
        if not isinstance(node, ast.Compare):
            return
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            pattern, after = _OPPOSITES[type(operator)]
            self._replace_between(COMPARISON, left, right, pattern, after)

    def _and_or(self, node: ast.AST) -> None:
        if isinstance(node, ast.BoolOp):
            pattern, after = (r"\band\b", "or") if isinstance(node.op, ast.And) else (r"\bor\b", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                self._replace_between(AND_OR, left, right, pattern, after)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr) and _is_query(node):
            pattern, after = (r"&", "|") if isinstance(node.op, ast.BitAnd) else (r"\|", "&")
            self._replace_between(AND_OR, node.left, node.right, pattern, after)

    def _not(self, node: ast.AST) -> None:
        is_not = isinstance(node, ast.UnaryOp) and (
            isinstance(node.op, ast.Not) or (isinstance(node.op, ast.Invert) and _is_query(node.operand))
        )
        if is_not:
            assert isinstance(node, ast.UnaryOp)
            start, length = self._start(node), len(b"not ") if isinstance(node.op, ast.Not) else len(b"~")
            self._add(NOT, start, start + length, "")

    def _condition(self, node: ast.AST) -> None:
        tests = node.ifs if isinstance(node, ast.comprehension) else [getattr(node, "test", None)]
        for test in tests:
            if isinstance(test, ast.expr) and not isinstance(test, ast.Compare | ast.BoolOp) and not _is_negation(test):
                self._add(CONDITION, self._start(test), self._end(test), f"not ({self._text(test)})")

    def _answer(self, node: ast.AST) -> None:
        if isinstance(node, ast.Return) and node.value is not None:
            after = _other_answer(node.value, self._text(node.value), self._around.returns)
            if after is not None:
                self._add(RETURN, self._start(node.value), self._end(node.value), after)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
            self._add(YIELD, self._start(node), self._end(node), "yield from ()")

    def _call(self, node: ast.AST) -> None:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self._add(CALL, self._start(node), self._end(node), "pass")

    def _constant(self, node: ast.AST) -> None:
        """Numbers and switches of the law, wherever they stand; of the rest the numbers that have a name."""
        if not isinstance(node, ast.Constant) or not (self._is_law or not self._around.function):
            return
        if isinstance(node.value, bool):
            if self._is_law:
                self._add(CONSTANT, self._start(node), self._end(node), str(not node.value))
        elif isinstance(node.value, int | float):
            self._add(CONSTANT, self._start(node), self._end(node), str(node.value + 1))

    def _replace_between(self, operator: str, left: ast.expr, right: ast.expr, pattern: str, after: str) -> None:
        start, end = self._end(left), self._start(right)
        between = self._source[start:end].decode()
        if found := re.search(pattern, re.sub(r"#.*", lambda comment: " " * len(comment[0]), between)):
            begin = start + len(between[: found.start()].encode())
            self._add(operator, begin, begin + len(found[0].encode()), after)

    def _add(self, operator: str, start: int, end: int, after: str) -> None:
        self._found.append(_mutant(self._path, self._source, self._around, operator, start, end, after))

    # ── Places ───────────────────────────────────────────────────────────────

    def _start(self, node: ast.stmt | ast.expr) -> int:
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min([node, *decorators], key=lambda one: one.lineno)
        return self._lines[first.lineno - 1] + first.col_offset - (1 if first is not node else 0)  # with the @

    def _end(self, node: ast.stmt | ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        return self._source[self._start(node) : self._end(node)].decode()


def _other_answer(value: ast.expr, text: str, returns: str) -> str | None:
    """What a function of this annotation returns instead; ``None`` where nothing else says more."""
    known = ast.literal_eval(value) if isinstance(value, ast.Constant) else ...
    bare = returns.partition("[")[0]
    if returns == "bool":
        is_covered = _is_negation(value) or (isinstance(value, ast.Compare) and isinstance(value.ops[0], _NEGATED))
        return None if is_covered and not isinstance(value, ast.BoolOp) else f"not ({text})"
    if returns == "int":
        return f"({text}) + 1"
    if returns == "str":
        return None if known == "" else '""'
    if bare == "QuerySet":
        return f"({text}).none()"
    if bare in _EMPTY:
        return None if text == _EMPTY[bare] else _EMPTY[bare]
    return None if known is None else "None"


def _assigned(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        for node in ast.walk(target) if target is not None else ():
            if isinstance(node, ast.Name):
                yield node.id


def _is_log(node: ast.AST) -> bool:
    """Whether something is only written into the log."""
    called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "log"


def _is_query(node: ast.expr) -> bool:
    """Whether this is a condition for the database."""
    called = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(isinstance(function, ast.Name) and function.id == "Q" for function in called)


def _is_negation(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


# ── Both ─────────────────────────────────────────────────────────────────────


def _mutant(path: str, source: bytes, around: _Around, operator: str, start: int, end: int, after: str) -> Mutant:
    line, line_end = _line_start(source, start), _line_end(source, end)
    facts = (path, around.function, around.names, start - around.start, end - around.start, after)
    return Mutant(
        path=path,
        operator=operator,
        line=source.count(b"\n", 0, start) + 1,
        text=source[line : _line_end(source, start)].decode().strip(),
        mutated=(source[line:start].decode() + after + source[end:line_end].decode()).strip(),
        start=start,
        end=end,
        after=after,
        function=around.function,
        function_line=around.function_line,
        names=around.names,
        key=hashlib.sha256(source[around.start : around.end] + repr(facts).encode()).hexdigest()[:16],
    )


def _line_start(source: bytes, place: int) -> int:
    return source.rfind(b"\n", 0, place) + 1


def _line_end(source: bytes, place: int) -> int:
    end = source.find(b"\n", place)
    return len(source) if end < 0 else end
