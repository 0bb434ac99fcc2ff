"""A push service on loopback, and the app behind it, which decrypts with a library that is not ours."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class Pushed:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class App:
    """What an app keeps to itself: a key and a secret."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def keys(self) -> dict[str, str]:
        """What it tells the server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": encoded(point), "auth": encoded(self.auth)}

    def read(self, pushed: Pushed) -> Any:
        """Decrypt a message in either encoding."""
        if pushed.headers["content-encoding"] == "aes128gcm":
            text = http_ece.decrypt(
                pushed.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
            )
        else:
            parameters = dict(part.split("=", 1) for part in pushed.headers["crypto-key"].split(";"))
            text = http_ece.decrypt(
                pushed.body,
                salt=decoded(pushed.headers["encryption"].removeprefix("salt=")),
                private_key=self.key,
                dh=decoded(parameters["dh"]),
                auth_secret=self.auth,
                version="aesgcm",
            )
        return json.loads(text)


@dataclass
class PushService:
    """What arrived, and what is answered."""

    url: str = ""
    status: int = 201
    pushed: list[Pushed] = field(default_factory=list)


@asynccontextmanager
async def open_push_service() -> AsyncIterator[PushService]:
    """Listen on a free loopback port."""
    service = PushService()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        service.pushed.append(Pushed(head[0].split(" ")[1], headers, body))
        writer.write(
            f"HTTP/1.1 {service.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield service


def encoded(raw: bytes) -> str:
    """Give base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
