"""Every threat of sections A to E, G and H has a test that is named by its number."""

import ast
from pathlib import Path

NUMBERS = (
    *(*range(1, 26), *range(30, 52), *range(60, 77), *range(80, 97)),
    *(*range(120, 136), *range(140, 162), *range(170, 181)),
)
# A kill needs a process of its own: tests/servers/test_crash.py and test_fan_out.py.
ELSEWHERE = {177}
# T149: no mail is sent and nobody signs in by another's word. T153: nothing of the server is run through the
# API. T159: no proof of being a person is asked for. Their tests come with what they are about.
NOT_BUILT = {149, 153, 159}


def test_no_threat_is_left_out():
    named = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_t"):
                words = node.name.split("_")[1:]
                named |= {int(word[1:]) for word in words if word[:1] == "t" and word[1:].isdigit()}

    assert set(NUMBERS) - named == ELSEWHERE | NOT_BUILT
