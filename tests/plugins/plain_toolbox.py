"""A Toolbox for plugins that read files only: nothing in it reaches a network."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from durchwahl.plugin import Invalid, Toolbox

T = TypeVar("T")


class Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def path(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise Invalid("A file lies outside the configuration's folder.", detail=name)
        return path


class Threads:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, func: Callable[..., T], /, *args: Any, **kwargs: Any) -> Awaitable[T]:
        self.calls += 1
        return asyncio.to_thread(func, *args, **kwargs)


class NoMemory:
    def get(self, key: str) -> str | None:
        return None

    def set(self, key: str, value: str) -> None:
        return None


def no_oauth2(**_: Any) -> httpx.Auth:
    raise NotImplementedError


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a plugin that reads files only asked for {request.url}")


def toolbox_in(folder: Path) -> Toolbox:
    return Toolbox(
        source="amt/katalog",
        zone="Europe/Berlin",
        http=httpx.AsyncClient(transport=httpx.MockTransport(refuse)),
        oauth2=no_oauth2,
        memory=NoMemory(),
        blocking=Threads(),
        files=Folder(folder),
        log=logging.getLogger("durchwahl.tests"),
        clock=lambda: datetime.now(UTC),
        deadline=8.0,
    )
