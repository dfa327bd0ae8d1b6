"""The contract itself: each promise, broken once, is noticed."""

from datetime import UTC, datetime
from itertools import count

import pytest
from pydantic import JsonValue

from durchwahl.plugin import (
    BuiltInRoom,
    Capabilities,
    IceServer,
    Interval,
    Joined,
    Meeting,
    Placed,
    Redirect,
    Refused,
    Role,
    Unavailable,
    VideoPlatform,
)
from durchwahl.testing.video_contract import VideoPlatformContract

MEETING = Meeting(
    window=Interval(datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)),
    lane="amt/termine/platz-1",
    title="Beratung",
)


class Contract(VideoPlatformContract):
    platform = None
    meeting = None
    secrets = ("s3cret",)


class Sound(VideoPlatform):
    """Makes rooms ahead, by their names."""

    capabilities = Capabilities(find="by_name", create="ahead")

    def __init__(self) -> None:
        self.rooms: dict[str, JsonValue] = {}

    async def check(self) -> None:
        return None

    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        return Placed(ref=self.rooms.setdefault(name, {"room": name}))

    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        return Placed(ref=self.rooms[name]) if name in self.rooms else None

    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(Redirect(f"https://video.example.org/{name}?as={role}"), Placed(ref=self.rooms[name]))

    async def end(self, name: str, ref: JsonValue) -> None:
        self.rooms.pop(name, None)


class RefusesItsCheck(Sound):
    async def check(self) -> None:
        raise Refused("The key was refused.")


class MakesAnotherRoomEachTime(Sound):
    def __init__(self) -> None:
        super().__init__()
        self._numbers = count()

    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        return Placed(ref={"room": next(self._numbers)})


class FindsNothing(Sound):
    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        return None


class FindsAnother(Sound):
    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        return Placed(ref={"room": "another"})


class LeadsAstray(Sound):
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(Redirect("http://video.example.org/"), Placed(ref=ref))


class HasARelayThatNoBrowserTakes(Sound):
    capabilities = Capabilities(find="by_name", create="ahead", built_in_room=True)

    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(BuiltInRoom((IceServer(("turn:turn.example.org",)),)), Placed(ref=ref))


class HidesThatNobodyLeavesTheSite(Sound):
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(BuiltInRoom(), Placed(ref=ref))


class ClaimsThatNobodyLeavesTheSite(Sound):
    capabilities = Capabilities(find="by_name", create="ahead", built_in_room=True)


class JoinsAnotherRoomEachTime(MakesAnotherRoomEachTime):
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(Redirect("https://video.example.org/"), await self.prepare(name, meeting, ref))


class KeepsTheTopic(Sound):
    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        return Placed(ref=self.rooms.setdefault(name, {"subject": meeting.title}))


class KeepsTheVisitor(Sound):
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(Redirect("https://video.example.org/"), Placed(ref={"visitor": display_name}))


class FailsWhenNothingIsThere(Sound):
    async def end(self, name: str, ref: JsonValue) -> None:
        if name not in self.rooms:
            raise Unavailable("There is no such room.")
        del self.rooms[name]


class NeverEnds(Sound):
    async def end(self, name: str, ref: JsonValue) -> None:
        return None


class ShowsItsSecret(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.password = "s3cret"


class ShowsTheWayIn(Sound):
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        return Joined(Redirect("https://video.example.org/x"), Placed(ref={"url": "https://video.example.org/x"}))


BROKEN: list[tuple[str, type[Sound]]] = [
    ("test_the_cheapest_read_proves_the_platform", RefusesItsCheck),
    ("test_preparing_again_gives_the_same", MakesAnotherRoomEachTime),
    ("test_what_was_prepared_is_found", FindsNothing),
    ("test_what_was_prepared_is_found", FindsAnother),
    ("test_joining_leads_into_a_room", LeadsAstray),
    ("test_joining_leads_into_a_room", HasARelayThatNoBrowserTakes),
    ("test_joining_leads_where_it_is_declared", HidesThatNobodyLeavesTheSite),
    ("test_joining_leads_where_it_is_declared", ClaimsThatNobodyLeavesTheSite),
    ("test_joining_again_leads_into_the_same_room", JoinsAnotherRoomEachTime),
    ("test_the_gateway_keeps_no_person_and_no_topic", KeepsTheTopic),
    ("test_the_gateway_keeps_no_person_and_no_topic", KeepsTheVisitor),
    ("test_ending_twice_is_done", FailsWhenNothingIsThere),
    ("test_ending_twice_is_done", NeverEnds),
    ("test_ending_what_never_was_is_done", FailsWhenNothingIsThere),
    ("test_no_secret_shows", ShowsItsSecret),
    ("test_no_secret_shows", ShowsTheWayIn),
]


def contract_tests() -> list[str]:
    return [name for name in dir(VideoPlatformContract) if name.startswith("test_")]


async def run(name: str, platform: VideoPlatform) -> None:
    test = getattr(Contract(), name)
    wanted = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    given = {"platform": platform, "meeting": MEETING, "role": "citizen"}
    await test(**{fixture: given[fixture] for fixture in wanted})


@pytest.mark.parametrize("name", contract_tests())
async def test_a_sound_platform_keeps_every_promise(name: str) -> None:
    await run(name, Sound())


@pytest.mark.parametrize(("name", "platform"), BROKEN)
async def test_a_broken_promise_is_noticed(name: str, platform: type[Sound]) -> None:
    with pytest.raises((pytest.fail.Exception, Refused, Unavailable)):
        await run(name, platform())


def test_every_promise_is_broken_here() -> None:
    assert set(contract_tests()) == {name for name, _ in BROKEN}


class ContractOfOneThatCannotClose(Contract):
    closes_rooms = False


async def test_a_platform_that_cannot_close_rooms_says_so() -> None:
    await ContractOfOneThatCannotClose().test_ending_twice_is_done(NeverEnds(), MEETING)
