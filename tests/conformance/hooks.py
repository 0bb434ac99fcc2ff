"""A watch on the answers that test clients get: one that would break an app fails the test that asked."""

import httpx

from tests.conformance.routes import answer_faults


async def watch(response: httpx.Response) -> None:
    """Fail for an answer of the API that is not as the tables say."""
    kind = response.headers.get("content-type", "")
    if kind.startswith("text/event-stream"):
        return
    await response.aread()
    request = response.request
    path = request.url.raw_path.decode().partition("?")[0]
    found = answer_faults(request.method, path, response.status_code, kind, response.content)
    # Raised here it reaches the test at the line that asked.
    assert not found, f"{request.method} {request.url.path} {response.status_code}: " + "; ".join(found[:12])
