"""Start to the first 200, and memory: idle, and with the style loaded."""

import io
import tempfile
import time
from pathlib import Path

import httpx
from PIL import Image

from bench.machine import cpu_seconds, describe, instance, resident_mb

_SETTLE_SECONDS = 2.0


def main() -> None:
    print(describe())
    with tempfile.TemporaryDirectory() as folder, instance(Path(folder)) as served:
        # On a machine that others load as well, this says more than the clock.
        spent = cpu_seconds(served.pid)
        time.sleep(_SETTLE_SECONDS)
        idle = resident_mb(served.pid)
        print(f"start to the first 200      {served.seconds_to_answer:6.2f} s   (target 3)")
        print(f"its CPU time                {spent:6.2f} s")
        print(f"memory idle                 {idle:6.0f} MB  (target 150)")
        _draw(served.url, served.token)
        print(f"memory with a style loaded  {resident_mb(served.pid):6.0f} MB  (server and style process)")


def _draw(url: str, token: str) -> None:
    picture = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((512, 512)).save(picture, "PNG")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        media = client.post(
            "/api/v2/media", files={"file": ("a.png", picture.getvalue(), "image/png")}
        ).json()
        style = client.get("/api/fedi/v1/styles").json()[0]["name"]
        run = client.post(f"/api/fedi/v1/styles/{style}/runs", json={"media_id": media["id"]}).json()
        while run["state"] in {"queued", "running"}:
            time.sleep(0.05)
            run = client.get(f"/api/fedi/v1/runs/{run['id']}").json()
        if run["state"] != "done":
            raise RuntimeError(run["reason"])


if __name__ == "__main__":
    main()
