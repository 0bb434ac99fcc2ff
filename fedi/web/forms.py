"""A form as a browser sends it, read within limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

_MAX_FILES = 16
_MAX_FIELDS = 200
_MAX_FIELD_BYTES = 256 * 1024
_MAX_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form. What is not there reads as empty."""

    fields: FormData

    def text(self, name: str) -> str:
        """Give a field as it was typed."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Give every field of that name."""
        return [value for value in self.fields.getlist(name) if isinstance(value, str)]

    def flag(self, name: str) -> bool:
        """Say whether a box was ticked."""
        return bool(self.text(name))

    def id(self, name: str) -> int | None:
        """Give an id, None for anything that cannot be one."""
        return read_id(self.text(name))

    def ids(self, name: str) -> list[int]:
        """Give the ids among the fields of that name."""
        return [id_ for text in self.texts(name) if (id_ := read_id(text)) is not None]

    def files(self, name: str) -> list[UploadFile]:
        """Give the files that were chosen; a browser sends an empty one where none was."""
        values = self.fields.getlist(name)
        return [value for value in values if isinstance(value, UploadFile) and (value.filename or value.size)]


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[Form]:
    """Read the body as a form; its files are gone after the block. Raises HTTPException 400 for nonsense."""
    fields = await request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES)
    try:
        yield Form(fields)
    finally:
        await fields.close()


def read_id(text: str) -> int | None:
    """Give an id as it stands in an address or a form, None for anything that cannot be one."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_DIGITS
    return int(text) if is_id else None
