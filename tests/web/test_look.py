"""What can be told of the look without eyes: contrast, icons, motion."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "static" / "app.css").read_text()
TEMPLATES = "".join(file.read_text() for file in (ROOT / "fedi" / "web" / "templates").glob("*.html"))
_TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
_BLOCKS = [dict(_TOKEN.findall(block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)]
THEMES = {"light": _BLOCKS[0], "dark": _BLOCKS[1]}
# WCAG 2.2: 1.4.3 for text, 1.4.11 for the edges of fields.
TEXT, EDGE = 4.5, 3.0
INKS = ("ink", "ink-soft", "ink-faint", "indigo", "seal-ink")
GROUNDS = ("paper", "sheet", "raised", "wash")
PAIRS = [
    *((ink, ground, TEXT) for ink in INKS for ground in GROUNDS),
    ("seal-ink", "seal-wash", TEXT),
    ("indigo", "indigo-wash", TEXT),
    ("leaf", "leaf-wash", TEXT),
    ("leaf", "sheet", TEXT),
    ("gold", "sheet", TEXT),
    ("on-seal", "seal", TEXT),
    ("on-seal", "seal-deep", TEXT),
    ("paper", "ink", TEXT),
    ("line-firm", "sheet", EDGE),
    ("line-firm", "raised", EDGE),
    ("line-firm", "paper", EDGE),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_colours_can_be_told_apart(theme: str, ink: str, ground: str, least: float):
    colours = THEMES[theme]

    assert contrast(colours[ink], colours[ground]) >= least


def test_both_themes_name_the_same_colours():
    assert THEMES["light"].keys() == THEMES["dark"].keys()


def test_every_icon_that_pages_name_is_drawn():
    sprite = (ROOT / "static" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    named = set(re.findall(r'icon\("([a-z]+)"\)', TEMPLATES))
    named |= set(re.findall(r'nav_tab\("[^"]*", "([a-z]+)"', TEMPLATES))

    assert named <= drawn


def test_motion_is_switched_off_for_those_who_ask():
    assert "prefers-reduced-motion: reduce" in STYLE


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
