"""What is chosen in the studio's form: read from it or from an address, and put into one again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from fedi.actions import choices, style_guides
from fedi.models.media import StyleRun
from fedi.styles.controls import Controls
from fedi.web.forms import Form, read_id

# Left of the likeness stands the style's own choice.
OWN_PROPORTIONS = -0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen, as it was typed, and what was wrong with it. `guide_id`: a picture to draw like."""

    media_id: int | None = None
    guide_id: int | None = None
    style: str = ""
    size: str = "portrait"
    alt: str = ""
    problem: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def controls(self) -> Controls:
        """The controls. Raises Invalid naming one that is wrong."""
        return choices.read_controls(self.settings)

    def value(self, name: str) -> str:
        """A control as the form shows it: what was typed, or the default."""
        usual = {**msgspec.structs.asdict(Controls()), "proportions": OWN_PROPORTIONS}[name]
        return self.settings.get(name) or ("" if usual is False else str(usual))


def read_choice(form: Form) -> Choice:
    """Read the form as it was sent."""
    return Choice(
        media_id=form.id("media"),
        guide_id=form.id("guide"),
        style=form.text("style"),
        size=form.text("size") or "portrait",
        alt=form.text("alt"),
        settings=_settings({name: form.text(name) for name in Controls.__struct_fields__}),
    )


def read_address(query: Mapping[str, str]) -> Choice:
    """Read what an address says."""
    return Choice(
        media_id=read_id(query.get("media", "")),
        guide_id=read_id(query.get("guide", "")),
        style=query.get("style", ""),
        size=query.get("size", "portrait"),
        settings=_settings({name: query.get(name, "") for name in Controls.__struct_fields__}),
    )


def address_of(run: StyleRun) -> str:
    """The studio with all that was chosen for a run."""
    kept = msgspec.to_builtins(choices.controls_of(run))
    chosen = {name: "on" if value is True else value for name, value in kept.items()}
    guide = style_guides.chosen(run)
    like = {} if guide is None else {"guide": guide}
    fields = {"media": run.source_id, "style": run.style, "size": run.size, **like, **chosen}
    return f"/studio?{urlencode(fields)}"


def settings_of(run: StyleRun) -> list[str]:
    """What was chosen for a run beside its style, in words; nothing for the style as it is meant."""
    found = choices.controls_of(run)
    words = [
        (found.strength != 1, f"{found.strength:.0%} of the drawing"),
        (found.keep_colours, "the photo's colours"),
        (found.line_weight != 1, f"lines {found.line_weight:.1f} times as bold"),
        (found.detail != 1, f"{found.detail:.1f} times the detail"),
        (found.proportions is not None, f"{found.proportions or 0:.0%} of a character's proportions"),
        (found.crop == "square", "cut square"),
        (bool(found.variant), found.variant),
        (style_guides.chosen(run) is not None, "drawn like another picture"),
    ]
    return [said for is_said, said in words if is_said]


def _settings(values: dict[str, str]) -> dict[str, str]:
    if values["proportions"].startswith("-"):
        values["proportions"] = ""
    return {name: value for name, value in values.items() if value}
