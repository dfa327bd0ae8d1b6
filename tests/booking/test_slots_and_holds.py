"""Slots that are forged, withdrawn, taken or fought over."""

import asyncio
from pathlib import Path

from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, at_rest
from tests.booking.looking import ask, interval_of, rows
from tests.gateways import DEPARTMENT, GATEWAY, Clock, bearer, city, key

SLOT_OF = "buergeramt-meldebescheinigung"


async def test_of_fifty_at_once_exactly_as_many_hold_a_slot_as_there_are_lanes(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        answers = await asyncio.gather(*(here.hold(slot) for _ in range(50)))
        codes = [answer.status_code for answer in answers]
        assert (codes.count(201), codes.count(409)) == (2, 48)
        assert {lane for (lane,) in await rows(here, "SELECT lane FROM placement")} == {"platz-1", "platz-2"}
        assert all(answer.json()["alternatives"] for answer in answers if answer.status_code == 409)


async def test_of_many_who_move_to_one_slot_exactly_as_many_succeed_as_there_are_lanes(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        bookings = [await here.booked(place) for place in range(4)]
        moves = [ask(here, booking, "reschedule", slot=slots[8]["slot"]) for booking in bookings]
        codes = sorted(answer.status_code for answer in await asyncio.gather(*moves))
        assert codes == [200, 200, 409, 409]


async def test_a_slot_that_we_never_sealed_is_forged(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for forged in ("", "x", "A" * 44, "é" * 40, "x" * 1000, "../../etc/passwd", "\u2028", "a b", "=" * 8):
            answer = await here.hold(forged)
            assert (answer.status_code, answer.json()["code"]) == (422, "slot-forged"), forged


async def test_a_slot_with_one_changed_letter_is_forged(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        for place in (0, 5, len(slot) // 2, len(slot) - 5):
            other = "A" if slot[place] != "A" else "B"
            answer = await here.hold(slot[:place] + other + slot[place + 1 :])
            assert (answer.status_code, answer.json()["code"]) == (422, "slot-forged")
        assert (await here.hold(slot[:-6])).json()["code"] == "slot-forged"


async def test_a_slot_of_another_installation_is_forged(tmp_path: Path) -> None:
    async with city(tmp_path / "one") as here:
        slot = (await here.slots())[0]["slot"]
    other = GATEWAY.replace("installation.key", "other.key")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "other.key").write_text("ab" * 32, encoding="ascii")
    async with city(tmp_path / "two", gateway=other) as here:
        assert (await here.hold(slot)).json()["code"] == "slot-forged"


CHANGES = [
    ('duration = "20min"', 'duration = "25min"'),
    ('services = ["meldebescheinigung", "ummeldung"]', 'services = ["ummeldung", "meldebescheinigung"]'),
    ("[offers.meldewesen]", "[offers.neu]"),
    ('mon = ["09:00-12:00"]', 'mon = ["10:00-12:00"]'),
    ("count_at_most = 3", "count_at_most = 3\nclosures = [{ from = 2026-11-23, to = 2026-11-23 }]"),
    ('count_at_most = 3\nchannels = ["video", "phone"]', 'count_at_most = 3\nchannels = ["phone"]'),
]


async def test_a_slot_of_an_offer_that_has_changed_since_is_withdrawn(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        slot = (await here.slots())[0]["slot"]
        moved = await here.booked(20)
    for old, new in CHANGES:
        assert old in DEPARTMENT
        async with city(tmp_path, clock=clock, department=DEPARTMENT.replace(old, new)) as here:
            answers = [await here.hold(slot), await ask(here, moved, "reschedule", slot=slot)]
            said = [(answer.status_code, answer.json()["code"]) for answer in answers]
            assert said == [(410, "slot-withdrawn")] * 2, new


async def test_a_hold_of_an_offer_that_is_gone_cannot_be_booked(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
    changed = DEPARTMENT.replace("[offers.meldewesen]", "[offers.neu]")
    async with city(tmp_path, clock=clock, department=changed) as here:
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (410, "slot-withdrawn")


async def test_a_slot_lapses_after_a_day_and_when_its_lead_has_passed(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        tuesday = next(slot for slot in slots if slot["start"] > "2026-11-24T11")
        here.clock.forward(hours=1, minutes=10)
        assert (await here.hold(slots[0]["slot"])).json()["code"] == "slot-withdrawn"
        assert (await here.hold(tuesday["slot"])).status_code == 201
        here.clock.forward(hours=24)
        later = next(slot for slot in slots if slot["start"] > "2026-11-30")
        assert (await here.hold(later["slot"])).json()["code"] == "slot-withdrawn"


async def test_the_alternatives_are_the_nearest_times_in_their_order_and_can_be_held(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        wanted = slots[4]
        for _ in range(2):
            await here.hold(wanted["slot"])
        answer = await here.hold(wanted["slot"])
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        others = [slot["start"] for slot in slots if slot["start"] != wanted["start"]]
        middle = interval_of(wanted).start
        near = sorted(
            others, key=lambda start: abs(interval_of({"start": start, "end": slots[-1]["end"]}).start - middle)
        )
        assert [one["start"] for one in answer.json()["alternatives"]] == sorted(near[:5])
        assert (await here.hold(answer.json()["alternatives"][0]["slot"])).status_code == 201


async def test_alternatives_keep_channel_language_services_and_counts(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        asked = {"language": "gsg", "count": 2}
        slots = await here.slots(**asked)
        await here.hold(slots[0]["slot"])
        answer = await here.hold(slots[0]["slot"])
        assert answer.status_code == 409
        for one in answer.json()["alternatives"]:
            assert one["channel"] == "video"
            assert "gsg" in one["languages"]
            assert one["services"] == [{"id": SLOT_OF, "count": 2}]
        assert (await here.hold(answer.json()["alternatives"][0]["slot"])).status_code == 201


async def test_several_services_in_one_appointment_take_their_time_together(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        asked = {"service": [SLOT_OF, "buergeramt-ummeldung"], "count": [1, 2], "channel": "video"}
        slots = (await here.client.get("/v1/slots", params=asked)).json()["items"]
        hold = (await here.hold(slots[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        assert [(one["id"], one["count"]) for one in booking["services"]] == [
            (SLOT_OF, 1),
            ("buergeramt-ummeldung", 2),
        ]
        taken = interval_of(booking)
        assert (taken.end - taken.start).total_seconds() == 3600
        assert len(await rows(here, "SELECT * FROM unit_slot")) == 12


async def test_a_calendar_that_is_not_known_takes_no_holds(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slot = (await here.slots())[0]["slot"]
        here.gateway.occupations._caches["buergeramt/termine"]._blocks.clear()
        desk.always["busy"] = Unavailable("gone")
        answer = await here.hold(slot)
        assert (answer.status_code, answer.json()["code"]) == (503, "source-unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert await rows(here, "SELECT * FROM booking") == []


async def test_an_expired_hold_is_gone_for_everything(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        here.clock.forward(minutes=10)
        for _ in range(2):  # before and after the outbox has cleared it away
            extended = await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))
            booked = await here.book(hold)
            assert [(one.status_code, one.json()["code"]) for one in (extended, booked)] == [(410, "hold-expired")] * 2
            await at_rest(here)
        assert (await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))).status_code == 204


async def test_a_hold_lives_to_its_last_moment_and_not_one_longer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        here.clock.forward(minutes=9, seconds=59.999)
        assert (await here.book(hold)).status_code == 201


async def test_extending_booking_and_releasing_at_once_never_fail_and_never_do_two_things(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        headers, url = bearer(hold["token"]), f"/v1/holds/{hold['id']}"
        calls = [here.client.post(f"{url}/extend", headers=headers) for _ in range(4)]
        calls += [here.client.delete(url, headers=headers), here.book(hold)]
        calls += [here.client.post(f"{url}/extend", headers=headers) for _ in range(4)]
        answers = await asyncio.gather(*calls)
        assert max(answer.status_code for answer in answers) < 500
        released, booked = answers[4].status_code == 204, answers[5].status_code == 201
        assert released != booked


async def test_bookings_whose_mail_nobody_has_proved_count_like_holds(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        statuses = []
        for slot in [slot for slot in slots[:6] for _ in range(2)]:
            held = await here.hold(slot["slot"])
            statuses.append(held.status_code)
            if held.status_code == 201:
                assert (await here.book(held.json())).status_code == 202
        assert statuses == [201] * 10 + [429] * 2
        here.clock.forward(minutes=31)
        await at_rest(here)
        assert (await here.hold(slots[0]["slot"])).status_code == 201


async def test_a_hold_that_became_a_booking_is_cancelled_and_not_released(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        await here.book(hold)
        assert (await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))).status_code == 404


async def test_what_was_typed_stays_out_of_the_hands_of_who_lacks_the_old_token(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        proof = {"hold": hold["id"], "token": "x" * 43}
        answer = await here.hold(slots[1]["slot"], continues=proof)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


WRONG: list[tuple[dict[str, object], set[str]]] = [
    ({}, {"/person/name", "/person/email"}),
    ({"name": "A", "email": "kein-at"}, {"/person/email"}),
    ({"name": "A", "email": "a@example.org", "phone": "12"}, {"/person/phone"}),
    ({"name": "A\r\nBcc: x@example.org", "email": "a@example.org"}, {"/person/name"}),
    ({"name": "A", "email": "a@example.org\nX: y"}, {"/person/email"}),
    ({"name": "A" * 121, "email": "a@example.org"}, {"/person/name"}),
    ({"name": " ", "email": "a@example.org"}, {"/person/name"}),
    ({"name": "A", "email": "a@example.org", "age": 3}, {"/person/age"}),
    ({"name": 7, "email": ["a@example.org"]}, {"/person/name", "/person/email"}),
]


async def test_wrong_particulars_are_named_by_pointer_and_cost_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        for person, pointers in WRONG:
            answer = await here.book(hold, person=person)
            assert answer.status_code == 422
            assert {error["pointer"] for error in answer.json()["errors"]} == pointers
        assert (await here.book(hold)).status_code == 201


async def test_an_answer_that_nobody_asked_for_is_refused_with_its_pointer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        answer = await here.book(hold, answers={"a/b~c": "x"})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/answers/a~1b~0c"]


async def test_a_key_that_was_used_for_a_hold_of_the_same_slot_holds_nothing_twice(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot, same = (await here.slots())[0]["slot"], key()
        answers = [await here.client.post("/v1/holds", json={"slot": slot}, headers=same) for _ in range(3)]
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert (await here.slots())[0]["remaining"] == 1
