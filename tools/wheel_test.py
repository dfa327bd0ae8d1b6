#!/usr/bin/env python3
"""Install the wheel into a new environment, start `durchwahl demo` in an empty folder, and book through it.

The environment sees the packages that are installed already, but no line of the checkout.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def main() -> int:
    """Run the test; the exit code is 0 where a booking was made and cancelled."""
    wheel = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="durchwahl-wheel-") as name:
        folder = Path(name)
        python = _environment(folder / "venv", wheel)
        empty = folder / "empty"
        empty.mkdir()
        port = _free_port()
        command = [str(python.with_name("durchwahl")), "demo", "--port", str(port)]
        server = subprocess.Popen(command, cwd=empty, env=_clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            _book(f"http://127.0.0.1:{port}/")
        finally:
            server.terminate()
            said = server.communicate(timeout=20)[0].decode()
            print(said[:900])
        mails = list((empty / "durchwahl-demo" / "mail" / "new").iterdir())
        print(f"{len(mails)} mails in {empty.name}/durchwahl-demo/mail/new")
        if not mails:
            raise SystemExit("no mail was written")
    return 0


def _environment(folder: Path, wheel: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, env=_clean())
    own = next((folder / "lib").glob("python*/site-packages"))
    theirs = next((Path(sys.prefix) / "lib").glob("python*/site-packages"))
    # The libraries of the build environment, but neither its .pth files nor its editable install of the checkout.
    for entry in theirs.iterdir():
        is_ours = entry.name.startswith(("durchwahl", "_editable", "__editable")) or entry.suffix == ".pth"
        if not is_ours and not (own / entry.name).exists():
            (own / entry.name).symlink_to(entry)
    return python


def _book(base: str) -> None:
    _wait(base)
    departments = _call("GET", f"{base}v1/departments")
    print("departments:", ", ".join(one["name"] for one in departments["items"]))
    slots = _call("GET", f"{base}v1/services/buergeramt-meldebescheinigung/slots?channel=video&limit=1")
    hold = _call("POST", f"{base}v1/holds", {"slot": slots["items"][0]["slot"]}, _key())
    person = {"name": "Erika Beispiel", "email": "erika@example.org"}
    wish = {"hold": hold["id"], "token": hold["token"], "person": person}
    booking = _call("POST", f"{base}v1/bookings", wish, _key())
    print("booked:", booking["reference"], booking["status"], booking["start"])
    bearer = {"Authorization": f"Bearer {booking['manage_token']}", **_key()}
    cancelled = _call("POST", f"{base}v1/bookings/{booking['id']}/cancel", None, bearer)
    if (booking["status"], cancelled["status"]) != ("confirmed", "cancelled"):
        raise SystemExit(f"expected a booking and its cancellation, got {booking['status']}, {cancelled['status']}")
    time.sleep(1.5)  # the mails follow from the outbox


def _wait(base: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{base}readyz", timeout=2).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the demo did not start within 10 seconds")


def _call(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    encoded = json.dumps(body).encode() if body is not None else None
    kind = {"Content-Type": "application/json"} if body is not None else {}
    request = urllib.request.Request(url, encoded, {**kind, **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DURCHWAHL"))}


if __name__ == "__main__":
    sys.exit(main())
