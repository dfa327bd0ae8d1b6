"""The link that proves a mail address: looking confirms nothing, its button does, once."""

from pathlib import Path

from tests.booking.desk import at_rest
from tests.booking.looking import link_in, press, status_of
from tests.gateways import city
from tests.web.portal.reading import Page, is_private


async def test_opening_the_verify_link_confirms_nothing_and_its_button_does(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        booking = (await here.book((await here.hold(slots[0]["slot"])).json())).json()
        await at_rest(here)
        link = link_in(here, "bestaetigen")
        for _ in range(3):
            page = await here.client.get(link)
        assert is_private(page)
        assert await status_of(here, booking) == "pending_activation"
        answers = [await press(here, link) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert await status_of(here, booking) == "confirmed"
        assert (await here.client.get(link)).status_code == 409


async def test_a_verify_link_whose_time_has_passed_says_so_before_anybody_presses(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        await here.book((await here.hold(slots[0]["slot"])).json())
        await at_rest(here)
        link = link_in(here, "bestaetigen")
        here.clock.forward(minutes=31)
        answers = [await here.client.get(link), await press(here, link)]
        assert [answer.status_code for answer in answers] == [410, 410]
        assert not Page(answers[0]).forms


async def test_a_citizen_has_half_an_hour_for_the_mail_however_long_the_form_took(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        hold = (await here.hold(slots[0]["slot"])).json()
        here.clock.forward(minutes=9)
        booking = (await here.book(hold)).json()
        here.clock.forward(minutes=15)
        await at_rest(here)
        await press(here, link_in(here, "bestaetigen"))
        assert await status_of(here, booking) == "confirmed"
