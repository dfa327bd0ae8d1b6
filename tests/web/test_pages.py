"""The pages behind the links in mails: looking changes nothing, only the button does."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.booking.desk import Desk, at_rest
from tests.booking.looking import ask, button_of, link_in, press, rows, seen, status_of
from tests.gateways import DEPARTMENT, GATEWAY, SHEET, bearer, city, key
from tests.web.portal.reading import Page, is_private, journal

HOSTILE = """
[services.meldebescheinigung]
name = { de = "<script>alert('x')</script>\\"><img src=x onerror=y>", en = "<b>Evil</b>" }
"""


async def test_looking_at_any_page_changes_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        signed = await here.slots("buergeramt-fuehrungszeugnis")
        await here.book((await here.hold(signed[0]["slot"])).json())
        await at_rest(here)
        verify, clerk = link_in(here, "bestaetigen"), link_in(here, "gespraech")
        before = await journal(here)
        for address in (booking["manage_url"], booking["calendar_url"], booking["join_url"], verify, clerk):
            for verb in ("GET", "HEAD"):
                assert (await here.client.request(verb, address)).status_code == 200
        await at_rest(here)
        assert await journal(here) == before


async def test_every_page_is_kept_by_nobody_also_when_there_is_none(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        for path in (booking["manage_url"], booking["join_url"], f"{booking['manage_url']}/termin.ics"):
            answer = await here.client.get(path)
            assert answer.status_code == 200
            assert is_private(answer)
        for path in ("/termin/x/y", "/termin/x/bestaetigen/y", "/gespraech/x/y", "/termin/x/y/termin.ics"):
            answer = await here.client.get(path)
            assert answer.status_code == 404
            assert is_private(answer)
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        for path in ("/termin/x/absagen", "/termin/x/bestaetigen", "/gespraech/x"):
            answer = await here.client.post(path, data={"token": "y"})
            assert answer.status_code == 404
            assert is_private(answer)


async def test_the_way_into_the_room_and_back_to_the_page_is_kept_by_nobody(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(minutes=55)
        for answer in (await press(here, booking["join_url"]), await press(here, booking["manage_url"], "absagen")):
            assert (answer.status_code, is_private(answer)) == (303, True)


async def test_everything_that_goes_wrong_behind_a_link_is_a_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        erased = here.gateway.store.write(lambda tx: tx.run("UPDATE booking SET key = NULL"))
        wrong = [
            (404, await here.client.get(f"{booking['manage_url']}/etwas/anderes")),
            (405, await here.client.put(booking["manage_url"])),
            (400, await here.client.get(booking["manage_url"], headers={"Host": "evil.example"})),
            (404, await here.client.get(booking["manage_url"] + "x")),
        ]
        await erased
        wrong.append((404, await here.client.get(booking["manage_url"])))
        for status, answer in wrong:
            assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
            assert is_private(answer)
        assert wrong[3][1].text == wrong[4][1].text


async def test_the_manage_page_says_what_was_booked_and_offers_to_cancel(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = Page(await here.client.get(booking["manage_url"]))
        for said in ("Meldebescheinigung", "Bürgeramt", booking["reference"], "09:00", "Ausweis", "Nur ein Test."):
            assert said in page.text
        assert f"{urlsplit(booking['manage_url']).path}/absagen" in page.links
        assert not page.forms
        assert "script" not in page.tags


async def test_the_button_cancels_and_pressing_it_again_is_harmless(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = Page(await here.client.get(f"{booking['manage_url']}/absagen"))
        action = str(page.forms[0]["action"])
        first = await here.client.post(action, data=page.fields)
        await at_rest(here)
        before = await journal(here)
        second = await here.client.post(action, data=page.fields)
        assert [first.status_code, second.status_code] == [303, 303]
        shown = await here.client.get(second.headers["location"])
        assert not Page(shown).forms
        assert await status_of(here, booking) == "cancelled"
        await at_rest(here)
        assert await journal(here) == before
        assert len([mail for mail in here.outbox.to("erika@example.org") if "abgesagt" in str(mail["Subject"])]) == 1


async def test_a_button_sends_its_token_in_the_body_and_never_in_the_address(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        signed = await here.slots("buergeramt-fuehrungszeugnis")
        await here.book((await here.hold(signed[0]["slot"])).json())
        booking = await here.booked()
        await at_rest(here)
        verbs = ("absagen", "kontakt", "loeschen", "verlegen")
        links = [(f"{booking['manage_url']}/{verb}", booking["manage_url"], verb) for verb in verbs]
        links += [(link, link, "") for link in (link_in(here, "bestaetigen"), booking["join_url"])]
        for link, own, verb in links:
            here.clock.forward(minutes=55 if link == booking["join_url"] else 0)
            page = Page(await here.client.get(link))
            address, fields = button_of(own, verb)
            assert f"http://gateway.test{page.forms[0]['action']}" == address
            assert page.fields["token"] == fields["token"]
            assert fields["token"] not in address


async def test_a_form_from_elsewhere_needs_the_token_as_well(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        address, fields = button_of(booking["manage_url"], "absagen")
        elsewhere = {"Origin": "https://evil.example"}
        sent: list[dict[str, Any]] = [
            {},
            {"data": {"token": "x" * 43}},
            {"data": {"taken": fields["token"]}},
            {"json": fields},
            {"content": b"token=" + b"&" * 1_000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        ]
        refused = [404, 404, 404, 404, 413]
        for one, status in zip(sent, refused, strict=True):
            one["headers"] = {**elsewhere, **one.get("headers", {})}
            assert (await here.client.post(address, **one)).status_code == status
        assert await status_of(here, booking) == "confirmed"


async def test_a_past_appointment_offers_no_button_and_cannot_be_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=5)
        await at_rest(here)
        page = Page(await here.client.get(booking["manage_url"]))
        assert not [link for link in page.links if link.endswith(("/absagen", "/verlegen", "/kontakt"))]
        assert (await here.client.get(f"{booking['manage_url']}/absagen")).status_code == 303
        answer = await press(here, booking["manage_url"], "absagen")
        assert answer.status_code == 409
        assert is_private(answer)


async def test_the_pages_calendar_file_is_the_appointment_and_later_its_withdrawal(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        first = await here.client.get(booking["calendar_url"])
        assert first.headers["content-type"] == "text/calendar; charset=utf-8"
        assert b"METHOD:PUBLISH" in first.content
        assert b"DTSTART;TZID=Europe/Berlin:20261123T090000" in first.content
        await ask(here, booking, "cancel")
        second = await here.client.get(booking["calendar_url"])
        assert b"METHOD:CANCEL" in second.content
        uids = {line for one in (first, second) for line in one.content.split(b"\r\n") if line.startswith(b"UID")}
        assert len(uids) == 1


async def test_a_sheet_with_markup_in_a_name_is_not_believed(tmp_path: Path) -> None:
    async with city(tmp_path, sheet=SHEET.replace(";Meldebescheinigung;", ";<script>alert(1)</script>;")) as here:
        for path in ("/v1/services", "/v1/export/services.jsonld", "/v1/export/services.csv"):
            assert "<script>" not in (await here.client.get(path)).text


async def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    async with city(tmp_path, department=DEPARTMENT + HOSTILE) as here:
        booking = await here.booked()
        await at_rest(here)
        for language in ("de", "en"):
            address = in_english(booking["manage_url"]) if language == "en" else booking["manage_url"]
            page = Page(await here.client.get(address))
            assert not {"script", "img", "b"} & set(page.tags)
            assert ("alert" in page.text) == (language == "de")
            assert ("<b>Evil</b>" in page.text) == (language == "en")
        file = await here.client.get(booking["calendar_url"])
        assert b"\r\nATTENDEE" not in file.content


def in_english(url: str) -> str:
    return url.replace("http://gateway.test/", "http://gateway.test/en/")


async def test_the_path_alone_says_which_language_a_page_is_in(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=1)
        for url in (booking["manage_url"], booking["join_url"], "http://gateway.test/termin/x/y"):
            for accepted in ("de", "en-GB,de;q=0.5", "fr"):
                for address, language in ((url, "de"), (in_english(url), "en")):
                    answer = await here.client.get(f"{address}?lang=fr", headers={"Accept-Language": accepted})
                    assert (answer.headers["content-language"], Page(answer).language) == (language, language)
        manage = Page(await here.client.get(in_english(booking["manage_url"]))).text
        assert "Registration certificate" in manage
        assert "Only a test." in manage


async def test_who_booked_in_english_is_led_to_english_pages(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        booking = (await here.book(hold, lang="en")).json()
        for name in ("manage_url", "join_url", "calendar_url"):
            assert booking[name].startswith("http://gateway.test/en/")
        answer = await here.client.get(booking["manage_url"], headers={"Accept-Language": "de"})
        assert answer.headers["content-language"] == "en"


async def test_every_way_on_stays_in_the_language_of_the_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        slots = await here.slots()
        url = in_english(booking["manage_url"])
        address, fields = button_of(url, "verlegen")
        answers = [
            await here.client.post(address, data={**fields, "slot": slots[4]["slot"]}),
            await here.client.post(button_of(url, "kontakt")[0], data={**fields, "email": "neu@example.org"}),
            await press(here, url, "absagen"),
            await here.client.get(f"{url}/absagen"),
        ]
        await at_rest(here)
        answers.append(await press(here, url, "loeschen"))
        assert [answer.status_code for answer in answers] == [303] * 5
        assert all(answer.headers["location"].startswith("/en/termin/") for answer in answers)


async def test_what_is_not_translated_says_in_which_language_it_is(tmp_path: Path) -> None:
    async with city(tmp_path, sheet=SHEET.replace("Registration certificate", "")) as here:
        booking = await here.booked()
        page = (await here.client.get(in_english(booking["manage_url"]))).text
        assert '<span lang="de">Meldebescheinigung</span>' in page
        assert '<li><span lang="de">Ausweis</span></li>' in page


async def test_the_footer_links_what_the_config_names(tmp_path: Path) -> None:
    footer = (
        '[website]\nimprint = "https://www.teststadt.example/impressum"\nprivacy = "https://www.teststadt.example/ds"'
    )
    async with city(tmp_path, gateway=GATEWAY.replace("[website]", footer)) as here:
        booking = await here.booked()
        links = Page(await here.client.get(booking["manage_url"])).links
        assert {"https://www.teststadt.example/impressum", "https://www.teststadt.example/ds"} <= set(links)


async def test_a_page_while_the_calendar_is_still_asked_says_pending_and_can_be_cancelled(tmp_path: Path) -> None:
    from durchwahl.errors import Unavailable

    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.always["ensure"] = Unavailable("gone")
        booking = (await here.book(hold)).json()
        page = Page(await here.client.get(f"{booking['manage_url']}/absagen"))
        assert page.forms
        assert booking["join_url"] is None
        assert (await press(here, booking["manage_url"], "absagen")).status_code == 303
        assert await status_of(here, booking) == "cancelled"


async def test_a_phone_appointment_says_who_calls_and_has_no_room(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots(channel="phone")
        hold = (await here.hold(slots[0]["slot"])).json()
        answer = await here.book(hold, person={"name": "Erika", "phone": "0351 4881234"})
        booking = answer.json()
        assert (answer.status_code, booking["join_url"], booking["phone"]["mode"]) == (201, None, "callback")
        assert (await seen(here, booking))["channel"] == "phone"


async def test_documents_of_a_discreet_appointment_stand_on_its_page_only(tmp_path: Path) -> None:
    sheet = SHEET.replace("Addiction counselling;Vertraulich.;;", "Addiction counselling;Vertraulich.;Suchttagebuch;")
    async with city(tmp_path, sheet=sheet) as here:
        slots = await here.slots("buergeramt-suchtberatung")
        hold = (await here.hold(slots[0]["slot"])).json()
        booking = (await here.book(hold, person={"email": "erika@example.org"})).json()
        await at_rest(here)
        page = Page(await here.client.get(booking["manage_url"]))
        assert "Suchttagebuch" in page.text
        assert "Suchtberatung" not in page.text
        assert "Bürgeramt" not in page.text
        assert not [mail for mail in here.outbox.mails if "Sucht" in mail.as_string()]


async def test_the_same_wish_from_page_and_interface_is_one_cancelling(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await press(here, booking["manage_url"], "absagen")
        headers = {**bearer(booking["manage_token"]), **key()}
        answer = await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        await at_rest(here)
        assert await rows(here, "SELECT sequence FROM booking") == [(1,)]
