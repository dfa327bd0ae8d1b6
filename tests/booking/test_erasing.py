"""Erasing leaves nothing personal and no link, waits for what needs the key, and is undone by nobody who comes late."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.erasing import Erasing
from durchwahl.booking.rooming import remember_room
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.erase import StillLiving, want_erasing
from durchwahl.errors import Problem, Unavailable
from durchwahl.plugin import Placed
from durchwahl.store import journal, places
from durchwahl.store.steps import Step
from tests.booking.desk import Desk, Hanging, at_rest, later
from tests.booking.looking import ask, rows
from tests.booking.test_access import headers_of
from tests.booking.waiting import half_booked, lease_over, until
from tests.gateways import City, bearer, city, key

NAME, MAIL, PHONE = "Kanaria-Name-4711", "kanaria-mail-4711@example.org", "+493514884711"
PERSONAL = "SELECT key, personal, client, room_ref, language, note FROM booking"
NOTHING = [(None, None, None, None, None, None)]


async def erase(here: City, booking: Mapping[str, Any], *, cancels: bool = False) -> bool:
    erasing = Erasing(here.gateway.context, here.gateway.steps)
    return await erasing.erase(booking["id"], booking["manage_token"], cancels=cancels)


async def booked(here: City, **asked: Any) -> dict[str, Any]:
    hold = (await here.hold((await here.slots(**asked))[0]["slot"])).json()
    booking = (await here.book(hold, person={"name": NAME, "email": MAIL, "phone": PHONE})).json()
    assert booking["status"] == "confirmed"
    await at_rest(here)
    return dict(booking)


async def over(here: City) -> dict[str, Any]:
    """Return a booking whose talk has taken place."""
    booking = await booked(here)
    await later(here, hours=2)
    assert await rows(here, "SELECT state FROM booking") == [("completed",)]
    return booking


async def test_an_appointment_that_is_over_is_erased_at_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await over(here)
        assert await erase(here, booking)
        assert await rows(here, PERSONAL) == NOTHING
        assert await rows(here, "SELECT * FROM link") == []
        assert await rows(here, "SELECT DISTINCT ref FROM placement") == [(None,)]
        assert await rows(here, "SELECT kind FROM step WHERE kind != 'reconcile'") == []


async def test_nothing_of_it_is_left_in_the_files_of_the_journal(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await over(here)
        sql = f"{PERSONAL} UNION ALL SELECT ref, etag, NULL, NULL, NULL, NULL FROM placement"
        kept = [value for row in await rows(here, sql) for value in row if isinstance(value, bytes)]
        kept += [row[0] for row in await rows(here, "SELECT digest FROM link UNION ALL SELECT answer FROM idempotency")]
        assert len(kept) >= 8
        assert all(one in files_of(tmp_path) for one in kept)
        await erase(here, booking)
        with closing(sqlite3.connect(here.settings.data_dir / "durchwahl.db")) as connection:
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        left = files_of(tmp_path)
        assert not [one for one in kept if one in left]
        assert not [one for one in (NAME, MAIL, PHONE) if one.encode() in left]


async def test_an_erased_booking_is_answered_like_an_unknown_one(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await over(here)
        await erase(here, booking)
        for url in (booking["manage_url"], booking["calendar_url"], booking["join_url"]):
            answers = [await here.client.get(one) for one in (url, url.replace(booking["id"], "0" * 32))]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].text == answers[1].text
            assert headers_of(answers[0]) == headers_of(answers[1])


async def test_erasing_again_finds_nothing_and_changes_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await over(here)
        await erase(here, booking)
        before = await rows(here, "SELECT * FROM booking")
        with pytest.raises(Problem, match="not-found"):
            await erase(here, booking)
        known = await here.gateway.store.look(journal.booking_by_id, booking["id"])
        assert known is not None
        assert await here.gateway.store.write(want_erasing, known)
        assert await rows(here, "SELECT * FROM booking") == before


async def test_an_appointment_to_come_is_not_cancelled_by_the_way(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        with pytest.raises(StillLiving):
            await erase(here, booking)
        assert await rows(here, "SELECT state, key IS NULL FROM booking") == [("confirmed", 0)]


async def test_an_appointment_to_come_is_cancelled_first_and_erased_after_its_mails(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        assert not await erase(here, booking, cancels=True)
        await at_rest(here)
        assert await rows(here, PERSONAL) == NOTHING
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert await rows(here, "SELECT kind FROM step WHERE kind != 'reconcile'") == []
        assert [mail for mail in here.outbox.to(MAIL) if "abgesagt" in str(mail["Subject"])]


async def test_a_calendar_that_hangs_keeps_nobody_waiting_and_is_cleared_before_the_key_goes(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await booked(here)
        desk.will("delete", hanging)
        async with asyncio.timeout(1):
            assert not await erase(here, booking, cancels=True)
        await hanging.asked.wait()
        assert not await erase(here, booking, cancels=True)
        assert await rows(here, "SELECT state, key IS NULL FROM booking") == [("cancelling", 0)]
        assert (await here.client.get(booking["manage_url"])).status_code == 200
        hanging.go.set()
        await at_rest(here)
        assert desk.entries == {}
        assert await rows(here, PERSONAL) == NOTHING


async def test_a_calendar_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await booked(here)
        desk.always["delete"] = Unavailable("gone")
        await erase(here, booking, cancels=True)
        for _ in range(3):
            await later(here, hours=20)
        assert await rows(here, "SELECT state, key IS NULL FROM booking") == [("cancelling", 0)]
        desk.always.clear()
        for _ in range(3):
            await later(here, minutes=5)
        assert desk.entries == {}
        assert await rows(here, PERSONAL) == NOTHING


async def test_a_mail_server_that_takes_nothing_is_waited_for_a_day_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(message: EmailMessage) -> None:
        raise Unavailable("no mail today")

    async with city(tmp_path) as here:
        booking = await booked(here)
        monkeypatch.setattr(here.outbox, "send", refuses)
        await erase(here, booking, cancels=True)
        await later(here, hours=23)
        assert await rows(here, "SELECT key IS NULL FROM booking") == [(0,)]
        await later(here, hours=2)
        await later(here, minutes=5)
        assert await rows(here, PERSONAL) == NOTHING
        assert await rows(here, "SELECT kind FROM step WHERE kind != 'reconcile'") == []


async def test_a_talk_that_takes_place_now_is_erased_when_it_is_over(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        await later(here, minutes=65)
        assert not await erase(here, booking)
        await at_rest(here)
        assert await rows(here, "SELECT state, key IS NULL FROM booking") == [("confirmed", 0)]
        await later(here, minutes=30)
        assert await rows(here, PERSONAL) == NOTHING


async def test_an_entry_that_lands_after_the_erasing_is_taken_out_and_brings_nothing_back(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        async with half_booked(here, desk, hanging) as booking:
            await erase(here, booking, cancels=True)
        await lease_over(here)
        await until(here, "SELECT key IS NULL FROM booking", [(1,)])
        hanging.go.set()
        await at_rest(here)
        assert desk.said("ensure") == 1
        assert desk.entries == {}
        assert await rows(here, PERSONAL) == NOTHING
        assert await rows(here, "SELECT * FROM placement") == []
        assert await rows(here, "SELECT kind FROM step WHERE kind != 'reconcile'") == []


async def test_what_a_calendar_answers_after_the_erasing_is_not_kept(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await over(here)
        (place,) = await here.gateway.store.look(places.places_of, booking["id"])
        await erase(here, booking)
        step = Step(1, booking["id"], "refresh", 1, 1, {})
        await here.gateway.store.write(
            late.remembered, step, place, b"sealed with what is gone", "etag", None, can_be_twice=False
        )
        assert await rows(here, "SELECT ref, etag FROM placement") == [(None, None)]
        assert await rows(here, "SELECT kind FROM step WHERE kind != 'reconcile'") == []


async def test_a_room_that_answers_late_leaves_nothing_behind(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await over(here)
        view = await here.gateway.bookings.get(booking["id"], booking["manage_token"])
        await erase(here, booking)
        await remember_room(here.gateway.context, view, Placed(ref={"room": "late"}))
        await at_rest(here)
        assert await rows(here, PERSONAL) == NOTHING


async def test_a_repeated_request_is_answered_with_nothing_and_does_nothing_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        keys = [key() for _ in range(3)]
        held = (await here.client.post("/v1/holds", json={"slot": slot}, headers=keys[0])).json()
        wish = {"hold": held["id"], "token": held["token"], "person": {"name": NAME, "email": MAIL}}
        booking = (await here.client.post("/v1/bookings", json=wish, headers=keys[1])).json()
        cancel = (f"/v1/bookings/{booking['id']}/cancel", {**bearer(booking["manage_token"]), **keys[2]})
        await here.client.post(cancel[0], headers=cancel[1])
        await at_rest(here)
        assert await erase(here, booking)
        answers = [
            await here.client.post("/v1/holds", json={"slot": slot}, headers=keys[0]),
            await here.client.post("/v1/bookings", json=wish, headers=keys[1]),
            await here.client.post(cancel[0], headers=cancel[1]),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert await rows(here, "SELECT DISTINCT answer FROM idempotency") == [(b"",)]


async def test_a_cancelled_appointment_is_erased_after_its_last_mail(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await booked(here)
        await ask(here, booking, "cancel")
        await erase(here, booking)
        await at_rest(here)
        assert await rows(here, PERSONAL) == NOTHING
        assert [mail for mail in here.outbox.to(MAIL) if "abgesagt" in str(mail["Subject"])]


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())
