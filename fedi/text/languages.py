"""Languages that a post can be marked with: ISO 639 codes and the languages' own names."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def languages() -> Mapping[str, str]:
    """Give the names by their codes, in order of the codes."""
    lines = files("fedi.text").joinpath("languages.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines)
    return MappingProxyType({code: name for code, name in pairs})  # noqa: C416  each line must be a pair
