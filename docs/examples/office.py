"""An office's calendar with a small REST API, to try the plugin with: `python office.py`, or as a class in tests."""

import json
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]


class Office:
    """Keeps entries per desk, and lets in whoever has the token."""

    def __init__(self, token: str, *desks: str) -> None:
        self.token = token
        self.desks: dict[str, dict[str, dict[str, str]]] = {desk: {} for desk in desks}

    def answer(self, method: str, url: str, token: str, body: bytes = b"") -> Answer:
        """Return status and JSON for a request below /api."""
        parts = urlsplit(url)
        if token != f"Bearer {self.token}":
            return 401, {"error": "no token of ours"}
        match parts.path.removeprefix("/api").strip("/").split("/"):
            case ["desks"]:
                return 200, list(self.desks)
            case ["desks", desk, "entries"] if desk in self.desks:
                return 200, self._between(desk, parse_qs(parts.query))
            case ["desks", desk, "entries", entry] if desk in self.desks:
                return self._one(method, self.desks[desk], entry, body)
        return 404, {"error": "no such desk"}

    def _between(self, desk: str, asked: dict[str, list[str]]) -> list[dict[str, str]]:
        start, end = (datetime.fromisoformat(asked[name][0]) for name in ("from", "to"))
        return [
            entry
            for entry in self.desks[desk].values()
            if datetime.fromisoformat(entry["start"]) < end and start < datetime.fromisoformat(entry["end"])
        ]

    def _one(self, method: str, entries: dict[str, dict[str, str]], entry: str, body: bytes) -> Answer:
        if method == "PUT":
            entries[entry] = {**json.loads(body), "id": entry}
            return 200, entries[entry]
        if entry not in entries:
            return 404, {"error": "no such entry"}
        return (204, None) if method == "DELETE" and entries.pop(entry) else (200, entries.get(entry))


class Desk(BaseHTTPRequestHandler):
    """Serves an office over HTTP/1.1."""

    protocol_version = "HTTP/1.1"
    office: ClassVar[Office]

    def log_message(self, form: str, *values: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer any method."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, said = self.office.answer(self.command, self.path, self.headers.get("authorization", ""), body)
        content = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def open_office(office: Office, port: int) -> ThreadingHTTPServer:
    """Return the server for an office; it listens on this machine only."""
    any_method = {"office": office, "do_PUT": Desk.do_GET, "do_DELETE": Desk.do_GET}
    return ThreadingHTTPServer(("127.0.0.1", port), type("OfficeDesk", (Desk,), any_method))


def furnished(token: str) -> Office:
    """Return an office with two desks, at one of which there is a meeting tomorrow."""
    office = Office(token, "desk-1", "desk-2")
    start = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    meeting = {"title": "Team", "start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat()}
    office.answer("PUT", "/api/desks/desk-1/entries/17", f"Bearer {token}", json.dumps(meeting).encode())
    return office


if __name__ == "__main__":
    open_office(furnished("only-for-trying"), int(sys.argv[1]) if len(sys.argv) > 1 else 8090).serve_forever()
