"""From a free slot to a cancelled appointment, as a website does it."""

from pathlib import Path

import pytest

from tests.gateways import City, bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")


async def test_a_slot_is_held_booked_moved_and_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        assert booking["status"] == "confirmed"
        headers = bearer(booking["manage_token"])
        wish = {"slot": slots[3]["slot"]}
        moved = await here.client.post(
            f"/v1/bookings/{booking['id']}/reschedule", json=wish, headers={**headers, **key()}
        )
        assert moved.status_code == 200
        assert moved.json()["start"] == slots[3]["start"]
        gone = await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers={**headers, **key()})
        assert gone.json()["status"] == "cancelled"


async def test_a_cancelled_time_is_free_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        before = await here.slots()
        booking = await here.booked()
        assert (await here.slots())[0]["remaining"] == before[0]["remaining"] - 1
        await here.client.post(
            f"/v1/bookings/{booking['id']}/cancel", headers={**bearer(booking["manage_token"]), **key()}
        )
        await here.settled()
        assert (await here.slots())[0]["remaining"] == before[0]["remaining"]


async def test_a_moved_booking_frees_its_old_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        wish = {"slot": slots[4]["slot"]}
        await here.client.post(
            f"/v1/bookings/{booking['id']}/reschedule", json=wish, headers={**bearer(booking["manage_token"]), **key()}
        )
        await here.settled()
        after = await here.slots()
        assert after[0]["remaining"] == 2
        assert after[4]["remaining"] == 1


async def test_an_expired_hold_is_gone_and_its_time_is_free(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        here.clock.forward(minutes=11)
        await here.settled()
        answer = await here.book(hold)
        assert answer.status_code == 410
        assert answer.json()["code"] == "hold-expired"
        assert answer.json()["alternatives"]


async def test_what_was_typed_into_an_expired_hold_comes_along_with_a_new_one(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        here.clock.forward(minutes=11)
        await here.settled()
        lost = await here.book(hold)
        proof = {"hold": hold["id"], "token": hold["token"]}
        fresh = (await here.hold(lost.json()["alternatives"][0]["slot"], continues=proof)).json()
        wish = {"hold": fresh["id"], "token": fresh["token"]}
        answer = await here.client.post("/v1/bookings", json=wish, headers=key())
        assert answer.status_code == 201
        await here.settled()
        assert here.outbox.to("erika@example.org")


async def test_a_hold_can_be_extended_until_it_cannot(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        headers = bearer(hold["token"])
        answers = [await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 409]
        assert answers[1].json()["expires_at"] == hold["extendable_until"]


async def test_a_released_hold_frees_its_time_and_may_be_released_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        headers = bearer(hold["token"])
        for _ in range(2):
            assert (await here.client.delete(f"/v1/holds/{hold['id']}", headers=headers)).status_code == 204
        assert (await here.slots())[0]["remaining"] == 2


async def test_the_same_key_books_once_and_answers_alike(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        same = key()
        answers = [await here.client.post("/v1/bookings", json=wish, headers=same) for _ in range(3)]
        assert {answer.content for answer in answers} == {answers[0].content}
        await here.settled()
        assert len(here.outbox.to("a@example.org")) == 1


async def test_another_key_on_a_used_hold_is_told_that_it_is_booked(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        assert (await here.book(hold)).status_code == 201
        assert (await here.book(hold)).json()["code"] == "already-booked"


async def test_the_same_key_for_another_request_is_refused(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        same = key()
        await here.client.post("/v1/holds", json={"slot": slots[0]["slot"]}, headers=same)
        other = await here.client.post("/v1/holds", json={"slot": slots[1]["slot"]}, headers=same)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_refusal_is_repeated_for_the_same_key_even_when_the_time_is_free_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        holds = [(await here.hold(slot)).json() for _ in range(2)]
        same = key()
        first = await here.client.post("/v1/holds", json={"slot": slot}, headers=same)
        await here.client.delete(f"/v1/holds/{holds[0]['id']}", headers=bearer(holds[0]["token"]))
        second = await here.client.post("/v1/holds", json={"slot": slot}, headers=same)
        assert first.status_code == 409
        assert second.content == first.content


async def test_a_signing_wish_takes_the_signing_lane_and_a_plain_one_leaves_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        signing = await here.slots(language="gsg")
        assert signing[0]["remaining"] == 1
        await here.hold(signing[0]["slot"])
        assert (await here.slots(language="gsg"))[0]["start"] != signing[0]["start"]
        lanes = await here.gateway.store.read(lambda tx: tx.rows("SELECT lane FROM placement"))
        assert lanes == [("platz-2",)]


async def test_an_offer_that_wants_the_mail_proved_waits_for_its_link(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        answer = await here.book((await here.hold(slots[0]["slot"])).json())
        assert (answer.status_code, answer.json()["status"]) == (202, "pending_activation")
        await here.settled()
        mail = here.outbox.to("erika@example.org")[0].get_body(("plain",))
        assert mail is not None
        link = next(word for word in mail.get_content().split() if "/bestaetigen/" in word)
        page = await here.client.get(link)
        assert "<form" in page.text
        assert (
            await here.client.get(f"/v1/bookings/{answer.json()['id']}", headers=bearer(answer.json()["manage_token"]))
        ).json()["status"] == "pending_activation"
        address, _, token = link.rpartition("/")
        await here.client.post(address, data={"token": token})
        seen = await here.client.get(
            f"/v1/bookings/{answer.json()['id']}", headers=bearer(answer.json()["manage_token"])
        )
        assert seen.json()["status"] == "confirmed"


async def test_corrected_contact_data_keep_the_name(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        headers = bearer(booking["manage_token"])
        url = f"/v1/bookings/{booking['id']}"
        assert (
            await here.client.post(f"{url}/contact", json={"email": "neu@example.org"}, headers=headers)
        ).status_code == 200
        assert (await here.client.post(f"{url}/contact", json={"name": "X"}, headers=headers)).status_code == 422
        await here.client.post(f"{url}/cancel", headers={**headers, **key()})
        await here.settled()
        assert here.outbox.to("neu@example.org")


async def test_a_reminder_comes_once_at_its_time_and_not_after_cancelling(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        tuesday = next(i for i, slot in enumerate(slots) if slot["start"].startswith("2026-11-24"))
        await here.booked(tuesday + 3)
        gone = await here.booked(tuesday + 3)
        await here.client.post(f"/v1/bookings/{gone['id']}/cancel", headers={**bearer(gone["manage_token"]), **key()})
        await here.settled()
        before = len(here.outbox.mails)
        here.clock.forward(hours=4)
        await here.settled()
        assert len(here.outbox.mails) == before + 1


async def test_too_many_holds_of_one_client_are_refused_after_taken_ones(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        answers = [await here.hold(slot["slot"]) for slot in slots[:9] for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201] * 10 + [429] * 8
        assert (await here.hold(slots[0]["slot"])).status_code == 409


def said_to_clerk(here: City) -> list[str]:
    """What the clerk of platz-1 was told, in the order in which it happened."""
    kinds = {"Neuer Termin am": "new", "Termin verlegt auf": "moved", "Termin am": "gone"}
    subjects = [str(mail["Subject"]) for mail in here.outbox.to("platz-1@teststadt.example")]
    return [next(kinds[start] for start in kinds if subject.startswith(start)) for subject in subjects]


async def test_a_clerk_hears_of_a_new_a_moved_and_a_cancelled_appointment(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots(language="en")
        booking = await here.booked(language="en")
        headers = bearer(booking["manage_token"])
        await here.settled()
        wish = {"slot": slots[3]["slot"]}
        await here.client.post(f"/v1/bookings/{booking['id']}/reschedule", json=wish, headers={**headers, **key()})
        await here.settled()
        await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers={**headers, **key()})
        await here.settled()
        assert said_to_clerk(here) == ["new", "moved", "gone"]


async def test_a_clerk_whose_lane_an_appointment_has_left_hears_of_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        signing = (await here.slots(language="gsg"))[3]
        answer = await here.client.post(
            f"/v1/bookings/{booking['id']}/reschedule",
            json={"slot": signing["slot"]},
            headers={**bearer(booking["manage_token"]), **key()},
        )
        assert answer.status_code == 200
        await here.settled()
        assert said_to_clerk(here) == ["new", "gone"]
