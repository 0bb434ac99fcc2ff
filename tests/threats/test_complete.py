"""Every threat of sections A to D and H has a test that is named by its number."""

import ast
from pathlib import Path

NUMBERS = (*range(1, 26), *range(30, 52), *range(60, 77), *range(80, 97), *range(170, 181))
# A kill needs a process of its own: tests/servers/test_crash.py and test_fan_out.py.
ELSEWHERE = {177}


def test_no_threat_is_left_out():
    named = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_t"):
                words = node.name.split("_")[1:]
                named |= {int(word[1:]) for word in words if word[:1] == "t" and word[1:].isdigit()}

    assert set(NUMBERS) - named == ELSEWHERE
