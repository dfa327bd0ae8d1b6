"""What a source is given, opened and closed as a whole, and its smaller parts."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from durchwahl.errors import Invalid, NotSent
from durchwahl.plugin.toolbox import Toolbox
from durchwahl.sources.blocking import BoundedThreads
from durchwahl.sources.files import ConfigFiles
from durchwahl.sources.memory import LARGEST_VALUE, MOST_KEYS, ProcessMemory
from durchwahl.sources.toolbox import close_toolbox, open_toolbox

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def opened(folder: Path, handler: Callable[[httpx.Request], httpx.Response]) -> Toolbox:
    return open_toolbox(
        source="buergeramt/termine",
        zone="Europe/Berlin",
        folder=folder,
        origins=frozenset({"https://cal.example:443"}),
        deadline=8.0,
        proxy=None,
        ca_file=None,
        client_cert=None,
        clock=lambda: NOW,
        inner=httpx.MockTransport(handler),
    )


@pytest.fixture
async def toolbox(tmp_path: Path) -> AsyncIterator[Toolbox]:
    box = opened(tmp_path, lambda request: httpx.Response(207, text=request.method))
    yield box
    await close_toolbox(box)


async def test_a_toolbox_holds_what_a_source_needs(toolbox: Toolbox) -> None:
    assert (toolbox.source, toolbox.zone, toolbox.deadline) == ("buergeramt/termine", "Europe/Berlin", 8.0)
    assert toolbox.clock() == NOW
    assert toolbox.log.name == "durchwahl.sources.buergeramt.termine"
    assert toolbox.files.path("a.csv").name == "a.csv"
    assert await toolbox.blocking(sum, [1, 2]) == 3
    toolbox.memory.set("sync", "1")
    assert toolbox.memory.get("sync") == "1"
    assert (await toolbox.http.request("PROPFIND", "https://cal.example/")).text == "PROPFIND"


async def test_two_sources_share_nothing(toolbox: Toolbox, tmp_path: Path) -> None:
    other = opened(tmp_path, lambda request: httpx.Response(204))
    toolbox.memory.set("sync", "1")
    assert other.memory.get("sync") is None
    assert other.http is not toolbox.http
    await close_toolbox(other)
    assert (await toolbox.http.get("https://cal.example/")).status_code == 207


async def test_a_closed_toolbox_does_nothing_any_more(tmp_path: Path) -> None:
    box = opened(tmp_path, lambda request: httpx.Response(204))
    await close_toolbox(box)
    assert box.http.is_closed
    with pytest.raises(NotSent):
        await box.blocking(int)


@pytest.mark.parametrize("name", ["sheet.csv", "a/b.csv", "./a/../sheet.csv", "inner", "inner/b.csv", "ümläut.xlsx"])
def test_a_file_within_the_folder_is_given_even_before_it_exists(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "inner").symlink_to("a")
    path = ConfigFiles(tmp_path).path(name)
    assert path == (tmp_path / name).resolve()
    assert path.is_absolute()


def test_a_folder_that_is_itself_a_link_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert ConfigFiles(tmp_path / "link").path("a.csv") == (tmp_path / "real" / "a.csv").resolve()


@pytest.mark.parametrize(
    "name",
    ["", "../secret", "a/../../secret", "/etc/passwd", "out", "out/passwd", "outfile", "loop", "a\0b"],
)
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "secret").write_text("geheim")
    (folder / "out").symlink_to("/etc")
    (folder / "outfile").symlink_to("../secret")
    (folder / "loop").symlink_to("loop")
    with pytest.raises(Invalid):
        ConfigFiles(folder).path(name)


def test_a_neighbour_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(Invalid):
        ConfigFiles(tmp_path / "config").path("../config-other/a.csv")


def test_memory_keeps_the_newest_keys() -> None:
    memory = ProcessMemory()
    for number in range(MOST_KEYS):
        memory.set(str(number), "x")
    memory.set("0", "again")
    memory.set("new", "x")
    assert (memory.get("0"), memory.get("1"), memory.get("new")) == ("again", None, "x")


def test_memory_forgets_a_value_whose_successor_is_too_large() -> None:
    memory = ProcessMemory()
    memory.set("sync", "x" * LARGEST_VALUE)
    assert len(memory.get("sync") or "") == LARGEST_VALUE
    memory.set("sync", "ä" * (LARGEST_VALUE // 2 + 1))
    assert memory.get("sync") is None


async def test_a_blocking_function_gets_its_arguments_and_the_callers_context() -> None:
    language = contextvars.ContextVar("language", default="de")
    language.set("en")

    def told(*args: int, **kwargs: int) -> object:
        return args, kwargs, language.get(), threading.current_thread() is threading.main_thread()

    assert await BoundedThreads()(told, 1, two=2) == ((1,), {"two": 2}, "en", False)


async def test_what_a_blocking_function_raises_reaches_its_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await BoundedThreads()(int, "x")


async def test_a_blocking_function_that_runs_out_of_items_does_not_hang_its_caller() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(BoundedThreads()(next, iter(())), 5)


async def test_no_more_functions_run_at_once_than_the_limit() -> None:
    threads = BoundedThreads(limit=2)
    release, running = threading.Semaphore(0), threading.Semaphore(0)

    def waits() -> None:
        running.release()
        release.acquire()

    tasks = [asyncio.create_task(threads(waits)) for _ in range(5)]
    for _ in range(2):
        await asyncio.to_thread(running.acquire)
    await asyncio.sleep(0.02)
    assert not running.acquire(blocking=False)
    release.release(5)
    await asyncio.gather(*tasks)


async def test_a_thread_counts_until_its_function_returns_even_when_nobody_waits() -> None:
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, trouble: troubles.append(trouble))
    threads = BoundedThreads(limit=1)
    release = threading.Event()
    abandoned = asyncio.create_task(threads(release.wait))
    await asyncio.sleep(0)
    abandoned.cancel()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(threads(int), 0.05)
    release.set()
    assert await asyncio.wait_for(threads(int), 5) == 0
    assert troubles == []


async def test_waiting_for_a_thread_ends_when_the_threads_are_closed() -> None:
    threads = BoundedThreads(limit=1)
    release = threading.Event()
    first = asyncio.create_task(threads(release.wait))
    second = asyncio.create_task(threads(int))
    await asyncio.sleep(0)
    await threads.aclose()
    release.set()
    assert await first
    with pytest.raises(NotSent):
        await second
