"""The plugin that records which rules a test run has shown. Each test runs pytest on a small project of its own."""

import json

import pytest

from tools.rules import RECORD, ROOT, RULES

pytest_plugins = ["pytester"]

RULE_LIST = """
[documents.project]
sections = []
""" + "".join(
    f'[[rule]]\nid = "{rule}"\ntitle = "标题"\ntext = "Text."\nsource = ["project"]\n' for rule in ("P-01", "P-02")
)

ONE_OF_EACH = """
import pytest
pytestmark = pytest.mark.rule("P-01")

def test_passes(): pass

@pytest.mark.rule("P-02", "P-01")
def test_fails(): assert False

def test_skips(): pytest.skip("no reason")

@pytest.mark.xfail
def test_fails_as_expected(): assert False

@pytest.fixture
def breaks(): yield; assert False

def test_fails_afterwards(breaks): pass
"""

both_ways = pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n2"]], ids=["alone", "xdist"])

Record = dict[str, tuple[str, list[str]]]


class Project:
    """A folder with rules and tests, in which pytest can be run."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.record_path = pytester.path / RECORD / "none.json"
        (pytester.path / "docs").mkdir()
        (pytester.path / RULES).write_text(RULE_LIST, encoding="utf-8")
        pytester.makeini("[pytest]")
        pytester.makeconftest('pytest_plugins = ["tests.rules_plugin"]')
        (pytester.path / "t").mkdir()

    def write(self, name: str, source: str) -> None:
        (self.pytester.path / "t" / name).write_text(source, encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_subprocess(*arguments)

    @property
    def record(self) -> Record:
        content = json.loads(self.record_path.read_text(encoding="utf-8"))
        return {test.removeprefix("t/"): (seen["outcome"], seen["rules"]) for test, seen in content.items()}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # quick, and without Django
    return Project(pytester)


@both_ways
def test_run_records_passed_and_failed_tests(project: Project, workers: list[str]) -> None:
    project.write("test_one.py", ONE_OF_EACH)
    project.write("test_two.py", "def test_without_rule(): pass")
    project.run(*workers)
    assert project.record == {
        "test_one.py::test_passes": ("passed", ["P-01"]),
        "test_one.py::test_fails": ("failed", ["P-01", "P-02"]),
        "test_one.py::test_fails_afterwards": ("failed", ["P-01"]),
    }


@both_ways
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ('"P-01", "P-99"', "t/test_one.py::test_it: 'P-99' is no rule of docs/rules.toml"),
        ("", "t/test_one.py::test_it: the mark rule takes one or more ids"),
    ],
)
def test_run_refuses_a_mark_that_names_no_rule(
    project: Project, workers: list[str], arguments: str, complaint: str
) -> None:
    project.write("test_one.py", f"import pytest\n@pytest.mark.rule({arguments})\ndef test_it(): pass")
    result = project.run(*workers)
    assert result.parseoutcomes() == {"errors": 1}
    assert complaint in result.outlines
    assert project.record == {}


def test_run_refuses_a_list_with_a_mistake(project: Project) -> None:
    (project.pytester.path / RULES).write_text(
        RULE_LIST + "[[rule]]" + RULE_LIST.partition("[[rule]]")[2], encoding="utf-8"
    )
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines[0] == f"ERROR: {project.pytester.path / RULES}: rule P-01: listed twice"


MARKED = "import pytest\n@pytest.mark.rule('P-01')\ndef test_{0}(): {1}\n"


@both_ways
def test_run_of_a_folder_forgets_tests_that_have_gone(project: Project, workers: list[str]) -> None:
    project.write("test_one.py", MARKED.format("old", "pass") + MARKED.format("unmarked", "pass"))
    project.write("test_two.py", MARKED.format("file", "pass"))
    project.run()
    project.write("test_one.py", MARKED.format("new", "pass") + "def test_unmarked(): pass")
    (project.pytester.path / "t" / "test_two.py").unlink()
    project.run(*workers, "t")
    assert project.record == {"test_one.py::test_new": ("passed", ["P-01"])}


def test_run_of_a_part_leaves_the_rest_alone(project: Project) -> None:
    project.write("test_one.py", MARKED.format("a", "pass") + MARKED.format("b", "assert False"))
    project.write("test_two.py", MARKED.format("c", "pass"))
    project.run()
    project.write("test_one.py", MARKED.format("a", "assert False") + MARKED.format("b", "pass"))
    project.run("t/test_one.py::test_b")
    assert project.record == {
        "test_one.py::test_a": ("passed", ["P-01"]),
        "test_one.py::test_b": ("passed", ["P-01"]),
        "test_two.py::test_c": ("passed", ["P-01"]),
    }
    project.run("t", "-k", "test_a")
    assert project.record == {
        "test_one.py::test_a": ("failed", ["P-01"]),
        "test_one.py::test_b": ("passed", ["P-01"]),
        "test_two.py::test_c": ("passed", ["P-01"]),
    }


def test_run_of_a_test_forgets_its_former_parameters(project: Project) -> None:
    source = "import pytest\n@pytest.mark.rule('P-01')\n@pytest.mark.parametrize('n', {0})\ndef test_it(n): pass"
    project.write("test_one.py", source.format([1, 2]))
    project.run()
    project.write("test_one.py", source.format([2, 3]))
    project.run("t/test_one.py::test_it")
    assert set(project.record) == {"test_one.py::test_it[2]", "test_one.py::test_it[3]"}


def test_run_from_a_subfolder_means_that_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("test_one.py", MARKED.format("old", "pass"))
    project.run()
    project.write("test_one.py", "")
    monkeypatch.chdir(project.pytester.path / "t")
    project.run("test_one.py")
    assert project.record == {}


def test_skipped_test_takes_back_what_it_had_shown(project: Project) -> None:
    project.write("test_one.py", MARKED.format("a", "pass"))
    project.run()
    project.write("test_one.py", MARKED.format("a", "pytest.skip('today')"))
    project.run()
    assert project.record == {}


@pytest.mark.parametrize("option", ["--lf", "--ignore=t/test_two.py", "--collect-only"])
def test_run_that_leaves_files_out_forgets_nothing(project: Project, option: str) -> None:
    project.write("test_one.py", MARKED.format("a", "assert False"))
    project.write("test_two.py", MARKED.format("b", "pass"))
    project.run()
    before = project.record
    project.run("t", option)
    assert project.record == before


def test_run_with_a_broken_file_forgets_nothing(project: Project) -> None:
    project.write("test_one.py", MARKED.format("a", "pass"))
    project.run()
    before = project.record
    project.write("test_one.py", "import nothing_of_that_name")
    project.run("t")
    assert project.record == before
