"""Which texts are one emoji (Unicode Technical Standard 51): what a reaction may consist of. Pure."""

import re

# Characters that are pictures by themselves: UTS 51's list, in ranges that also hold some not yet given out.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50"
    "\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_SHOWN, _SKIN, _JOINER = "\ufe0f", "[\U0001f3fb-\U0001f3ff]", "\u200d"
_TAGS = "[\U000e0020-\U000e007e]{1,6}\U000e007f"
_ELEMENT = f"{_PICTURE}(?:{_SKIN}|{_SHOWN})?(?:{_TAGS})?"
_KEYCAP = f"[0-9#*]{_SHOWN}?\u20e3"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_EMOJI = re.compile(f"{_KEYCAP}|{_FLAG}|{_SKIN}|{_ELEMENT}(?:{_JOINER}{_ELEMENT}){{0,9}}")


def is_emoji(text: str) -> bool:
    """Say whether a text is exactly one emoji: a picture, a flag, a keycap, or several joined into one."""
    return _EMOJI.fullmatch(text) is not None
