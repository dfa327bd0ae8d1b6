"""Styles, fonts and scripts: package files under an address that changes with their content."""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Response

from durchwahl.catalogue.documents import Document, ready_document
from durchwahl.errors import Problem
from durchwahl.web.ready_answer import ReadyAnswer

STATIC = Path(__file__).with_name("static")
FOR_EVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=60"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}


class StaticFiles:
    """The files of the pages, coded when they are first asked for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        found = (path for path in sorted(STATIC.rglob("*")) if path.is_file())
        # Read at once: what an update puts there later must not go out under this version.
        self._files = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in found}
        self.version = _digest(self._files)
        self._documents: dict[tuple[str, bool], Document] = {}

    def address(self, name: str) -> str:
        """Return where a file is; raises `KeyError` for one that there is not."""
        self._files[name]
        return f"{self._prefix}/static/{self.version}/{name}"

    async def file(self, version: str, name: str) -> Response:
        """Return a file. A page from before an update asks for another version: it gets what there is now."""
        if name not in self._files:
            raise Problem("not-found")
        return ReadyAnswer(self._document(name, is_current=version == self.version))

    def _document(self, name: str, *, is_current: bool) -> Document:
        found = self._documents.get((name, is_current))
        if found is None:
            kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
            lasts = FOR_EVER if is_current else A_MOMENT
            found = ready_document(kind, self._files[name], None, cache_control=lasts)
            self._documents[name, is_current] = found
        return found


def static_routes(files: StaticFiles) -> APIRouter:
    """Return the one route."""
    router = APIRouter(include_in_schema=False)
    router.get("/static/{version}/{name:path}")(files.file)
    return router


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]
