"""HTTP as an attacker writes it: bytes on a connection, no library to keep them in order."""

import asyncio
from collections.abc import Iterable


async def send(url: str, data: bytes, *, seconds: float = 10.0) -> bytes:
    """Write bytes on a fresh connection and give all that comes back until it is closed or time is up."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    received = b""
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(seconds):
            while part := await reader.read(65536):
                received += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return received


async def request(
    url: str, method: str, path: str, lines: Iterable[tuple[str, str]], body: bytes = b""
) -> tuple[int, bytes]:
    """Send one request with exactly these header lines; gives status and answer."""
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines)
    data = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    answer = await send(url, data)
    return int(answer.split(b" ", 2)[1]) if answer else 0, answer
