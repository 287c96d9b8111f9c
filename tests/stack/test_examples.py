"""What the documentation shows, run as it stands against the real stack."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.stack_process import Stack
from tools.places import ROOT

GUIDE = ROOT / "docs" / "api.zh-CN.md"


@pytest.mark.rule("D-05")
def test_example_submits_receives_verifies_and_resubmits(stack: Stack) -> None:
    command = [sys.executable, "examples/provider.py", "--site", stack.url("")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr + stack.log
    told = [line.partition(" ")[2] for line in done.stdout.splitlines() if "轮" in line]
    assert told == [
        "第 1 轮 filing.submitted",
        "第 1 轮 filing.verifying",
        "第 1 轮 challenge.opened",
        "第 1 轮 challenge.opened",
        "第 1 轮 challenge.noon_resent",
        "第 1 轮 challenge.noon_resent",
        "第 1 轮 challenge.expired",
        "第 1 轮 challenge.expired",
        "第 1 轮 filing.returned deadline",
        "第 2 轮 filing.submitted",
        "第 2 轮 filing.verifying",
        "第 2 轮 challenge.opened",
        "第 2 轮 challenge.opened",
        "第 2 轮 challenge.passed",
        "第 2 轮 challenge.passed",
    ]
    assert done.stdout.splitlines()[-1].endswith(" 已全部核验，转到管局审核")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_guide_leads_from_key_to_returned_filing(stack: Stack) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    script = "set -eu\n" + "\n".join(blocks).replace("http://localhost:8000", stack.url(""))
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("→")] == [
        "→ verifying",
        "→ 2",
        "→ partial",
        "→ returned deadline",
        "→ verifying 2",
        "→ verifying 2",  # the APP of today's rules, with two phones
    ]
