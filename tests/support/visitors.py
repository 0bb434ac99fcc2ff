"""People at their browsers, without a browser: pages over HTTP, cookies kept, forms sent as they stand."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
from starlette.applications import Starlette

from fedi.clock import Clock
from fedi.config import Settings
from fedi.server import Server
from tests.support.servers import PASSWORD

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
File = tuple[str, bytes, str]


@dataclass
class Site:
    """An application that answers in this process, its worker left out."""

    app: Starlette
    server: Server

    @property
    def url(self) -> str:
        """Where it thinks that it is."""
        return self.server.settings.base_url

    def visitor(self, **headers: str) -> "Visitor":
        """Somebody with a fresh browser."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return Visitor(httpx.AsyncClient(transport=transport, base_url=self.url, headers=headers))

    async def signed_in(self, name: str) -> "Visitor":
        """Somebody who has signed in."""
        visitor = self.visitor()
        answer = await visitor.sign_in(name)
        assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """One browser."""

    client: httpx.AsyncClient
    token: str = field(default="")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page; redirects are not followed."""
        return await self.client.get(path, headers=headers)

    async def post(
        self,
        path: str,
        fields: Mapping[str, object] | None = None,
        *,
        files: list[tuple[str, File]] | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Send a form with this session's token, as a page of ours would."""
        sent = {"form_token": await self.form_token(), **(fields or {})}
        return await self.client.post(path, data=sent, files=files or None, headers=headers)

    async def form_token(self) -> str:
        """Read the token from a page, once."""
        if not self.token:
            found = _TOKEN.search((await self.get("/settings/password")).text)
            self.token = found[1] if found else ""
        return self.token

    async def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """Send the form of the door."""
        sent = {"name": name, "password": password, **fields}
        return await self.client.post("/sign-in", data=sent)


@asynccontextmanager
async def open_site(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Site]:
    """Open an application over a migrated database; the database is active."""
    from fedi.app import create_app

    app = create_app(settings, clock=clock)
    async with app.router.lifespan_context(app):
        site = Site(app, app.state.server)
        with site.server.db.activate():
            yield site


@dataclass
class Element:
    """A start tag with its attributes and the tags around it."""

    tag: str
    attributes: dict[str, str]
    around: tuple["Element", ...]
    text: str = ""


class Outline(HTMLParser):
    """The elements of a page, in order; `text` is all that stands inside one."""

    _VOID = frozenset(
        ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in self._VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that holds nothing."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Give the text to all that are open."""
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of that name with those attributes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag and all(each.attributes.get(name) == value for name, value in wanted.items())
        ]
