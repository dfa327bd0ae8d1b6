"""From a time to a booked appointment, without a script: nothing typed is lost, nothing is booked twice."""

import asyncio
from pathlib import Path

import pytest

from tests.booking.desk import Desk, at_rest
from tests.gateways import DEPARTMENT, GATEWAY, City, city
from tests.web.portal.visitor import Seen, Visitor

TIMES = "/leistung/buergeramt-meldebescheinigung/termine"
RESERVE, ON, BOOK = "Zeit reservieren", "Weiter zur Übersicht", "verbindlich buchen"
ERIKA = {"name": "Erika Beispiel", "email": "erika@example.org"}
CAPTIONED = GATEWAY.replace('type = "manual"\n', 'type = "manual"\ncaptions = true\n')


async def at_the_form(here: City, address: str = TIMES, *, choice: int = 0) -> Visitor:
    visitor = Visitor(here.client)
    await visitor.opens(address)
    await visitor.presses(RESERVE, choice=choice)
    return visitor


async def booked(here: City, address: str = TIMES, **typed: str) -> Seen:
    visitor = await at_the_form(here, address)
    await visitor.presses(ON, typed or ERIKA)
    return await visitor.presses(BOOK)


async def states(here: City) -> list[str]:
    rows = await here.gateway.store.read(lambda tx: tx.rows("SELECT state FROM booking ORDER BY created, id"))
    return [str(state) for (state,) in rows]


async def test_a_citizen_books_by_video_in_four_steps(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        assert visitor.page.heading == "Ihre Angaben"
        assert "reserviert bis 08:10 Uhr" in visitor.page.text
        check = await visitor.presses(ON, ERIKA)
        for said in ("Meldebescheinigung", "Bürgeramt", "09:00 bis 09:20 Uhr", "Erika Beispiel", "erika@example.org"):
            assert said in check.text
        done = await visitor.presses(BOOK)
        assert (done.status, done.heading) == (200, "Ihr Termin ist gebucht")
        assert "Ausweis" in done.text
        await at_rest(here)
        assert await states(here) == ["confirmed"]
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_every_step_is_kept_by_nobody(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        pages = [visitor.page, await visitor.presses(ON, ERIKA), await visitor.presses(BOOK)]
        for page in pages:
            assert page.answer.headers["cache-control"] == "no-store"
            assert page.answer.headers["referrer-policy"] == "no-referrer"
            assert "noindex" in page.answer.headers["x-robots-tag"]
            assert all(answer.headers["cache-control"] == "no-store" for answer in page.answer.history)


async def test_who_calls_whom_is_said_before_and_after_booking_by_phone(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, f"{TIMES}?channel=phone")
        check = await visitor.presses(ON, {"name": "Erika", "phone": "0351 4880000"})
        assert "Wir rufen Sie zur vereinbarten Zeit an." in check.text
        assert "+49 351 4880000" in check.text
        done = await visitor.presses(BOOK)
        assert "Wir rufen Sie zur vereinbarten Zeit an." in done.text
        assert "4880000" not in done.answer.text


async def test_where_the_citizen_calls_the_number_is_said(tmp_path: Path) -> None:
    department = DEPARTMENT.replace(
        'channels = ["video", "phone"]', 'channels = ["video", "phone"]\nphone = "citizen_calls"', 1
    )
    async with city(tmp_path, department=department) as here:
        done = await booked(here, f"{TIMES}?channel=phone", **ERIKA)
        assert "rufen Sie zur vereinbarten Zeit an: Telefon 0351 0000000" in done.text


async def test_an_anonymous_consultation_is_booked_without_a_name(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, "/leistung/buergeramt-suchtberatung/termine")
        assert not visitor.page.tree.xpath("//input[@name='name']")
        assert "keinen Namen nennen" in visitor.page.text
        await visitor.presses(ON)
        done = await visitor.presses(BOOK)
        assert done.heading == "Ihr Termin ist gebucht"
        assert "keine E-Mail" in done.text


async def test_what_somebody_needs_comes_with_the_booking(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=CAPTIONED) as here:
        visitor = await at_the_form(here)
        check = await visitor.presses(ON, {**ERIKA, "interpreter": "uk", "captions": "1"})
        assert "Dolmetschen: Ukrainisch" in check.text
        assert "Untertitel" in check.text


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"name": "", "email": "erika@example.org"}, "name", "Bitte geben Sie an: Name."),
        ({"name": "Erika", "email": "erika"}, "email", "können wir nicht schreiben"),
        ({"name": "Erika", "email": "e@example.org", "phone": "0900 1234567"}, "phone", "Mehrwertnummer"),
        ({"name": "x" * 10_000, "email": "e@example.org"}, "name", "höchstens 120 Zeichen"),
        ({"name": "Eri\u202eka", "email": "e@example.org"}, "name", "Steuerzeichen"),
        ({"name": "\u2800", "email": "e@example.org"}, "name", "Bitte geben Sie an: Name."),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_above_and_nothing_typed_is_lost(
    tmp_path: Path, typed: dict[str, str], field: str, said: str
) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        page = await visitor.presses(ON, typed)
        assert page.status == 422
        assert page.title.startswith("Fehler:")
        (error,) = page.tree.xpath(f"//p[@id='{field}-error']")
        assert said in error.text_content()
        (link,) = page.tree.xpath("//div[@class='dw-errors']//a")
        assert link.get("href") == f"#{field}"
        assert page.tree.xpath(f"//input[@id='{field}']")[0].get("aria-describedby").endswith(f"{field}-error")
        for name, text in typed.items():
            assert page.tree.xpath(f"//input[@name='{name}']")[0].get("value") == text


async def test_a_name_with_a_script_an_emoji_or_from_right_to_left_is_shown_as_it_is(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for name in ("<script>alert(1)</script>", "Käthe 🌻 O'Neill & Söhne", "شهرزاد مثال"):
            visitor = await at_the_form(here)
            check = await visitor.presses(ON, {"name": name, "email": "e@example.org"})
            assert name in check.text
            assert not check.tree.xpath("//script")


async def test_two_presses_at_once_reserve_once_and_book_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        first, second = Visitor(here.client), Visitor(here.client)
        page = await first.opens(TIMES)
        second.page = page
        both = await asyncio.gather(first.presses(RESERVE), second.presses(RESERVE))
        assert both[0].path == both[1].path
        await first.presses(ON, ERIKA)
        second.page = first.page
        done = await asyncio.gather(first.presses(BOOK), second.presses(BOOK))
        assert [page.heading for page in done] == ["Ihr Termin ist gebucht"] * 2
        await at_rest(here)
        assert await states(here) == ["confirmed"]


async def test_a_second_press_waits_for_the_departments_system_as_the_first_does(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        first, second = await at_the_form(here), Visitor(here.client)
        await first.presses(ON, ERIKA)
        second.page = first.page
        done = await asyncio.gather(first.presses(BOOK), second.presses(BOOK))
        assert [page.heading for page in done] == ["Ihr Termin ist gebucht"] * 2
        assert len(desk.entries) == 1


async def test_back_from_the_form_another_time_can_be_chosen_and_the_same_one_is_the_same_hold(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        times = await visitor.opens(TIMES)
        first = await visitor.presses(RESERVE, choice=0)
        visitor.page = times
        second = await visitor.presses(RESERVE, choice=3)
        visitor.page = times
        again = await visitor.presses(RESERVE, choice=0)
        assert first.path == again.path != second.path


async def test_back_after_booking_leads_to_the_appointment_and_books_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        form = visitor.page
        check = await visitor.presses(ON, ERIKA)
        done = await visitor.presses(BOOK)
        for page, button in ((form, ON), (check, BOOK)):
            visitor.page = page
            assert (await visitor.presses(button, ERIKA)).path == done.path
        assert (await visitor.opens(form.path)).path == done.path
        assert await states(here) == ["confirmed"]


async def test_more_time_keeps_what_was_typed_even_what_is_not_right_yet_stays_out(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        here.clock.forward(minutes=8)
        page = await visitor.presses("Mehr Zeit", {"name": "Erika", "email": "noch nicht fertig", "easy_language": "1"})
        assert "reserviert bis 08:20 Uhr" in page.text
        assert page.tree.xpath("//input[@name='name']")[0].get("value") == "Erika"
        assert page.tree.xpath("//input[@name='email']")[0].get("value") == "noch nicht fertig"
        assert page.tree.xpath("//input[@name='easy_language'][@checked]")


async def test_an_expired_hold_keeps_what_was_typed_and_offers_the_nearest_times(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        here.clock.forward(minutes=11)
        await at_rest(here)
        lost = await visitor.presses(ON, ERIKA)
        assert (lost.status, lost.heading) == (410, "Die Reservierung ist abgelaufen")
        assert lost.times()
        form = await visitor.presses(RESERVE)
        assert form.tree.xpath("//input[@name='name']")[0].get("value") == "Erika Beispiel"
        await visitor.presses(ON)
        assert (await visitor.presses(BOOK)).heading == "Ihr Termin ist gebucht"


async def test_a_hold_that_expires_before_the_last_button_keeps_everything_too(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        await visitor.presses(ON, ERIKA)
        here.clock.forward(minutes=11)
        lost = await visitor.presses(BOOK)
        assert lost.status == 410
        form = await visitor.presses(RESERVE)
        assert form.tree.xpath("//input[@name='email']")[0].get("value") == "erika@example.org"


async def test_a_time_that_somebody_else_took_meanwhile_leads_to_the_nearest_others(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        await visitor.opens(TIMES)
        for _ in range(2):
            await here.booked()
        lost = await visitor.presses(RESERVE, choice=0)
        assert (lost.status, lost.heading) == (409, "Diese Zeit ist gerade vergeben worden")
        assert lost.times()[0] == "09:20 Uhr"
        assert (await visitor.presses(RESERVE)).heading == "Ihre Angaben"


async def test_a_time_that_nobody_offered_is_refused_kindly(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        answer = Seen(await here.client.post("/termin/neu", data={"slot": "erfunden", "key": "x" * 20}))
        assert (answer.status, answer.heading) == (422, "Diese Zeit kennen wir nicht")
        assert answer.links("/")


async def test_a_department_that_takes_the_time_itself_means_another_time_and_nothing_lost(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        visitor = await at_the_form(here)
        await visitor.presses(ON, ERIKA)
        slot = (await here.slots())[0]
        from tests.booking.looking import interval_of

        desk.foreign.extend((lane, interval_of(slot)) for lane in ("platz-1", "platz-2"))
        lost = await visitor.presses(BOOK)
        assert lost.status == 409
        assert (await visitor.presses(RESERVE)).tree.xpath("//input[@name='name']")[0].get("value") == "Erika Beispiel"


async def test_a_time_can_be_given_back(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        page = await visitor.presses("Zeit freigeben")
        assert page.heading == "Videoberatung: Meldebescheinigung"
        assert await states(here) == ["released"]


async def test_a_booking_that_waits_for_its_mail_says_so(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        done = await booked(here, "/leistung/buergeramt-fuehrungszeugnis/termine", **ERIKA)
        assert done.heading == "Noch ein Schritt: bitte bestätigen"


async def test_a_system_that_takes_long_is_no_reason_to_press_again(tmp_path: Path) -> None:
    from tests.booking.desk import Hanging, impatient

    desk = Desk()
    with impatient():
        async with city(tmp_path, **desk.config(tmp_path)) as here:
            hanging = Hanging()
            desk.will("ensure", hanging)
            done = await booked(here, **ERIKA)
            assert done.heading == "Ihr Termin wird eingetragen"
            hanging.go.set()
            await at_rest(here)
            visitor = Visitor(here.client)
            assert (await visitor.opens(done.path)).heading == "Ihr Termin ist gebucht"


async def test_a_time_from_somebody_elses_page_is_reserved_by_a_button_of_ours(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        visitor = Visitor(here.client)
        page = await visitor.opens(f"/termin/neu?slot={slot}&service=buergeramt-meldebescheinigung")
        assert page.heading == "Ihre gewählte Zeit"
        assert "09:00 bis 09:20 Uhr" in page.text
        assert await states(here) == []
        assert (await visitor.presses(RESERVE)).heading == "Ihre Angaben"


async def test_in_english_every_step_is_english_and_so_is_the_mail(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        await visitor.opens(f"/en{TIMES}")
        await visitor.presses("Reserve this time")
        await visitor.presses("Continue to the summary", ERIKA)
        done = await visitor.presses("Book this appointment")
        assert done.heading == "Your appointment is booked"
        assert done.path.startswith("/en/termin/")
        await at_rest(here)
        (mail,) = here.outbox.to("erika@example.org")
        assert "http://gateway.test/en/termin/" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_too_many_holds_of_one_address_are_said_in_words(tmp_path: Path) -> None:
    gateway = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nholds_per_client = 1')
    async with city(tmp_path, gateway=gateway) as here:
        await at_the_form(here)
        visitor = Visitor(here.client)
        await visitor.opens(TIMES)
        page = await visitor.presses(RESERVE, choice=4)
        assert (page.status, page.heading) == (429, "Es sind zu viele Zeiten zugleich reserviert")


async def test_a_wrong_hold_looks_like_an_unknown_one(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        hold = visitor.page.path.split("/")[3]
        answers = [await here.client.get(f"/termin/neu/{one}/wrong") for one in (hold, "0" * 32)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text


def test_every_language_that_can_be_interpreted_has_a_name() -> None:
    from durchwahl.texts import say_language
    from durchwahl.web.portal.choosing.given import INTERPRETED

    assert [tag for tag in INTERPRETED for page in ("de", "en") if say_language(tag, page) == tag] == []


async def test_giving_back_what_is_booked_by_now_leads_to_the_appointment(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here)
        form = visitor.page
        await visitor.presses(ON, ERIKA)
        done = await visitor.presses(BOOK)
        visitor.page = form
        assert (await visitor.presses("Zeit freigeben")).path == done.path
        assert await states(here) == ["confirmed"]


async def test_a_form_with_more_fields_than_any_of_ours_is_refused(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        answer = await here.client.post("/termin/neu", data={f"f{number}": "x" for number in range(100)})
        assert answer.status_code == 413


async def test_how_often_a_service_is_wanted_is_said_to_citizen_and_clerk(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, f"{TIMES}?count=3")
        check = await visitor.presses(ON, ERIKA)
        assert "Meldebescheinigung (3-mal)" in check.text
        done = await visitor.presses(BOOK)
        assert "Meldebescheinigung (3-mal)" in done.text
        await at_rest(here)
        for address in ("erika@example.org", "platz-1@teststadt.example"):
            (mail,) = here.outbox.to(address)
            assert "Meldebescheinigung (3-mal)" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_the_last_page_of_a_discreet_booking_names_no_topic(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, "/leistung/buergeramt-suchtberatung/termine")
        assert "Suchtberatung" in visitor.page.text
        await visitor.presses(ON)
        done = await visitor.presses(BOOK)
        assert "Sucht" not in done.answer.text


async def test_who_signs_is_led_to_other_times_with_somebody_who_signs(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, f"{TIMES}?channel=video&language=gsg")
        here.clock.forward(minutes=11)
        lost = await visitor.presses(ON, ERIKA)
        assert lost.links("/termine") == [f"{TIMES}?channel=video&language=gsg"]
        assert "ist noch da" in lost.text


async def test_what_nobody_typed_is_not_promised_to_be_kept(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        await visitor.opens(TIMES)
        for _ in range(2):
            await here.booked()
        assert "ist noch da" not in (await visitor.presses(RESERVE, choice=0)).text


async def test_the_summary_of_mistakes_has_the_order_of_the_form(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = await at_the_form(here, f"{TIMES}?channel=phone")
        page = await visitor.presses(ON, {"name": "", "email": "x", "phone": ""})
        assert [link.get("href") for link in page.tree.xpath("//div[@class='dw-errors']//a")] == [
            "#name",
            "#email",
            "#phone",
        ]


async def test_captions_are_offered_where_the_platform_shows_them(tmp_path: Path) -> None:
    own = GATEWAY[: GATEWAY.index("[sources.raeume]")] + '[sources.raeume]\ntype = "room"\n'
    for number, (gateway, address, offered) in enumerate(
        [
            (CAPTIONED, TIMES, True),
            (CAPTIONED, f"{TIMES}?channel=phone", False),
            (GATEWAY, TIMES, False),
            (own, TIMES, False),
        ]
    ):
        async with city(tmp_path / str(number), gateway=gateway) as here:
            visitor = await at_the_form(here, address)
            assert bool(visitor.page.tree.xpath("//input[@name='captions']")) is offered
