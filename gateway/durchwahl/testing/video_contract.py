"""What every `VideoPlatform` must do, as tests that a plugin joins with a subclass and two fixtures.

    class TestMyPlatform(VideoPlatformContract):
        secrets = ("the password that the fixture configures",)

        @pytest.fixture
        def platform(self):
            return build(MySettings(...), toolbox)

        @pytest.fixture
        def meeting(self):
            return Meeting(window=..., lane="amt/termine/platz-1", title="Beratung", room=MyRoom(...))

`secrets` are texts that must never show in a repr. `closes_rooms = False` says that a platform has no way to
close a room that was made ahead.
"""

import ipaddress
import json
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from durchwahl.model.room import flaw_of
from durchwahl.plugin import BuiltInRoom, Joined, Meeting, Redirect, Role, VideoPlatform

NAME = "dw-contract0000000000000000"
VISITOR = "Visitor Zq7"
TOPIC = "Topic Xk9"
ROLES: tuple[Role, ...] = ("citizen", "clerk")


class VideoPlatformContract:
    """Join by a subclass whose name begins with `Test` and that has the fixtures `platform` and `meeting`."""

    secrets: ClassVar[tuple[str, ...]] = ()
    closes_rooms: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        for fixture, given in (
            ("platform", "the built VideoPlatform"),
            ("meeting", "a Meeting with its room"),
        ):
            if not hasattr(cls, fixture):
                raise TypeError(
                    f"{cls.__name__} joins VideoPlatformContract and needs a fixture `{fixture}`: add "
                    f"`@pytest.fixture def {fixture}(self): ...` to the class and return {given}"
                )

    @pytest.mark.asyncio
    async def test_the_cheapest_read_proves_the_platform(self, platform: VideoPlatform) -> None:
        """`check()` raises nothing for a platform that works."""
        await platform.check()

    @pytest.mark.asyncio
    async def test_preparing_again_gives_the_same(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """`prepare` means *make sure that it exists*: a repeat finds its own, with and without its `ref`."""
        first = await platform.prepare(NAME, meeting, None)
        for ref in (None, first.ref):
            again = await platform.prepare(NAME, meeting, ref)
            if again.ref != first.ref:
                pytest.fail(f"prepare() made another room: {first.ref!r}, then {again.ref!r}")

    @pytest.mark.asyncio
    async def test_what_was_prepared_is_found(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """A room that exists before anybody joins is found by its name or its `ref`, as declared."""
        placed = await platform.prepare(NAME, meeting, None)
        found = await platform.find(NAME, meeting, placed.ref)
        if found is None and platform.capabilities.create == "ahead" and platform.capabilities.find != "none":
            pytest.fail("find() returns None for a room that prepare() made")
        if found is not None and found.ref != placed.ref:
            pytest.fail(f"find() returns another room: {placed.ref!r}, then {found.ref!r}")

    @pytest.mark.asyncio
    @pytest.mark.parametrize("role", ROLES)
    async def test_joining_leads_into_a_room(self, platform: VideoPlatform, meeting: Meeting, role: Role) -> None:
        """Citizen and clerk get a way in, over https (http on this machine only)."""
        joined = await join(platform, meeting, role)
        if not isinstance(joined.how, Redirect | BuiltInRoom):
            pytest.fail(f"join() must return Redirect or BuiltInRoom, not a {type(joined.how).__name__}")
        if isinstance(joined.how, Redirect) and not is_safe(joined.how.url):
            pytest.fail("join() leads to an address that is neither https nor on this machine")
        for number, server in enumerate(joined.how.ice_servers if isinstance(joined.how, BuiltInRoom) else ()):
            if flaw := flaw_of(server):
                pytest.fail(f"join() gives ICE server {number}, which {flaw}")

    @pytest.mark.asyncio
    @pytest.mark.parametrize("role", ROLES)
    async def test_joining_leads_where_it_is_declared(
        self, platform: VideoPlatform, meeting: Meeting, role: Role
    ) -> None:
        """The page before the room says by `built_in_room` whether the visitor leaves the site."""
        joined = await join(platform, meeting, role)
        if (is_own := isinstance(joined.how, BuiltInRoom)) != platform.capabilities.built_in_room:
            pytest.fail(f"join() returns {type(joined.how).__name__}: declare `built_in_room={is_own}`")

    @pytest.mark.asyncio
    async def test_joining_again_leads_into_the_same_room(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """A second visitor, or the same one after a broken line, meets the first."""
        first = await join(platform, meeting, "citizen")
        again = await platform.join(NAME, meeting, first.placed.ref, "citizen", VISITOR)
        if again.placed.ref != first.placed.ref:
            pytest.fail(f"the second join() made another room: {first.placed.ref!r}, then {again.placed.ref!r}")

    @pytest.mark.asyncio
    async def test_the_gateway_keeps_no_person_and_no_topic(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """What is stored as `ref` names neither the visitor nor what the talk is about."""
        told = replace(meeting, title=TOPIC)
        placed = await platform.prepare(NAME, told, None)
        joined = await platform.join(NAME, told, placed.ref, "citizen", VISITOR)
        for stored in (placed.ref, joined.placed.ref):
            text = json.dumps(stored, ensure_ascii=False)
            for word in (VISITOR, TOPIC):
                if word in text:
                    pytest.fail(f"`ref` holds {word!r}, which the gateway must not keep: {text}")

    @pytest.mark.asyncio
    async def test_ending_twice_is_done(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """A room that is gone already counts as ended."""
        placed = await platform.prepare(NAME, meeting, None)
        await platform.end(NAME, placed.ref)
        await platform.end(NAME, placed.ref)
        gone = await platform.find(NAME, meeting, placed.ref)
        if gone is not None and platform.capabilities.create == "ahead" and self.closes_rooms:
            pytest.fail("find() still returns the room after end(); say `closes_rooms = False` if it must")

    @pytest.mark.asyncio
    async def test_ending_what_never_was_is_done(self, platform: VideoPlatform) -> None:
        """The gateway ends by name alone when it lost the answer of the call that made the room."""
        await platform.end("dw-never000000000000000000", None)

    @pytest.mark.asyncio
    async def test_no_secret_shows(self, platform: VideoPlatform, meeting: Meeting) -> None:
        """Neither `secrets` nor a visitor's way in appear in a repr, where a log would find them."""
        joined = await join(platform, meeting, "citizen")
        ways_in = (joined.how.url,) if isinstance(joined.how, Redirect) else ()
        shown = repr(platform) + repr(vars(platform)) + repr(meeting) + repr(joined.placed)
        for number, secret in enumerate((*self.secrets, *ways_in)):
            if secret in shown:
                pytest.fail(f"a repr shows secret {number} (of `secrets`, then the address to join)")


async def join(platform: VideoPlatform, meeting: Meeting, role: Role) -> Joined:
    """Return how a visitor gets in after the room was prepared, as the gateway does it."""
    placed = await platform.prepare(NAME, meeting, None)
    return await platform.join(NAME, meeting, placed.ref, role, VISITOR)


def is_safe(url: str) -> bool:
    """Whether the address is https, or http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
