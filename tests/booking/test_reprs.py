"""What is personal or opens something stands in no repr: a traceback or a log line may quote one."""

from pathlib import Path

import pytest

from durchwahl.booking.answers import Answer
from durchwahl.booking.keys import BookingKey
from durchwahl.booking.particulars import Particulars
from durchwahl.booking.transitions.confirm import Wanted
from durchwahl.booking.transitions.hold import NewHold
from durchwahl.model.booking import Needs, Person, Visitor
from durchwahl.web.api.bodies import BookingWanted, ContactCorrected, HoldProof, VerifyWanted
from tests.gateways import City, city

PERSON = Person(name="Canary Name", email="canary@example.org", phone="+493514880000")
SECRETS = ("canary", "4880000", "secret")


@pytest.mark.parametrize(
    "thing",
    [
        PERSON,
        Needs(interpreter="uk", captions=True),
        Particulars(PERSON, Needs(), {"field": "canary"}),
        BookingKey("id", b"secret of 32 bytes"),
        Answer(201, b'{"token": "secret"}'),
        Visitor(PERSON, {"field": "canary"}, "canary"),
        BookingWanted(hold="h", token="secret", person=PERSON, answers={"field": "canary"}),
        ContactCorrected(email="canary@example.org", phone="+493514880000"),
        HoldProof(hold="h", token="secret"),
        VerifyWanted(token="secret"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_citizens_give_and_get_is_not_shown(thing: object) -> None:
    shown = repr(thing).casefold()
    assert [word for word in (*SECRETS, "uk", "true") if word in shown] == []


async def test_neither_a_view_nor_a_new_hold_shows_a_token_a_key_or_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from durchwahl.booking import holds

    made: list[NewHold] = []
    placed = holds.new_hold
    monkeypatch.setattr(holds, "new_hold", lambda *given, **named: made.append(placed(*given, **named)) or made[-1])
    async with city(tmp_path) as here:
        booking, view = await _booked(here)
        shown = repr(view) + repr(made[0]) + repr(Wanted(view, b"sealed secret", "de"))
        hidden = [booking["manage_token"], made[0].body["token"], "Canary", "canary@example.org", "sealed secret"]
        assert [word for word in hidden if word in shown] == []
        assert repr(view.key.key) not in shown


async def _booked(here: City) -> tuple[dict[str, str], object]:
    hold = (await here.hold((await here.slots())[0]["slot"])).json()
    booking = (await here.book(hold, person={"name": "Canary Name", "email": "canary@example.org"})).json()
    return booking, await here.gateway.bookings.get(booking["id"], booking["manage_token"])
