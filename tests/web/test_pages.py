"""The pages behind the links in mails: looking changes nothing, only the button does."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from tests.booking.desk import Desk, at_rest
from tests.booking.looking import ask, button_of, link_in, press, rows, seen, status_of
from tests.gateways import DEPARTMENT, GATEWAY, SHEET, City, bearer, city, key

HOSTILE = """
[services.meldebescheinigung]
name = { de = "<script>alert('x')</script>\\"><img src=x onerror=y>", en = "<b>Evil</b>" }
"""


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.forms: list[dict[str, str | None]] = []
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.language = ""
        self.text = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "form":
            self.forms.append(values)
        if tag == "input":
            self.fields[values.get("name") or ""] = values.get("value") or ""
        if tag in ("a", "link"):
            self.links.append(values.get("href") or "")
        if tag == "html":
            self.language = values.get("lang") or ""

    def handle_data(self, data: str) -> None:
        self.text += data


async def journal(here: City) -> list[Any]:
    """Return everything that the journal holds."""
    tables = ("booking", "placement", "unit_slot", "step", "link", "idempotency")
    return [await rows(here, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def is_private(answer: httpx.Response) -> bool:
    return (
        answer.headers["cache-control"] == "no-store"
        and answer.headers["referrer-policy"] == "no-referrer"
        and "noindex" in answer.headers["x-robots-tag"]
        and "etag" not in answer.headers
    )


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
        (form,) = page.forms
        assert form["method"] == "post"
        assert "script" not in page.tags


async def test_the_button_cancels_and_pressing_it_again_is_harmless(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = Page(await here.client.get(booking["manage_url"]))
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
        here.clock.forward(hours=1)
        links = {booking["manage_url"]: "absagen", booking["join_url"]: "", link_in(here, "bestaetigen"): ""}
        here.clock.forward(minutes=-59)
        pages = [Page(await here.client.get(link)) for link in links]
        here.clock.forward(minutes=59)
        pages[1] = Page(await here.client.get(booking["join_url"]))
        for page, (link, verb) in zip(pages, links.items(), strict=True):
            address, fields = button_of(link, verb)
            assert f"http://gateway.test{page.forms[0]['action']}" == address
            assert page.fields == fields
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
        for one in sent:
            one["headers"] = {**elsewhere, **one.get("headers", {})}
            assert (await here.client.post(address, **one)).status_code == 404
        assert await status_of(here, booking) == "confirmed"


async def test_a_past_appointment_offers_no_button_and_cannot_be_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=5)
        await at_rest(here)
        page = await here.client.get(booking["manage_url"])
        assert not Page(page).forms
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


MOMENTS = [(-10.02, "early"), (-10, "ready"), (0, "ready"), (34.98, "ready"), (35, "over")]
"""Minutes from the beginning; it takes twenty, and the room stays open for fifteen more."""


async def test_the_room_opens_and_closes_to_the_second(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        begins = datetime.fromisoformat(booking["start"])
        for minutes, stands in MOMENTS:
            here.clock.now = begins + timedelta(minutes=minutes)
            page = await here.client.get(booking["join_url"])
            assert page.status_code == 200
            assert bool(Page(page).forms) == (stands == "ready")
            entered = await press(here, booking["join_url"])
            if stands == "ready":
                assert (entered.status_code, entered.headers["location"][:32]) == (
                    303,
                    "https://video.example.org/platz-",
                )
                assert entered.headers["cache-control"] == "no-store"
                assert entered.headers["referrer-policy"] == "no-referrer"
            else:
                assert entered.status_code in (200, 409)
                assert "location" not in entered.headers
                assert "video.example.org" not in page.text + entered.text


async def test_the_citizen_goes_into_the_room_and_the_clerk_to_the_hosts_door(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        clerk = next(mail for mail in here.outbox.mails if "platz-1@" in str(mail["To"]))
        link = re.search(r"http://gateway\.test/gespraech/\S+", clerk.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert link is not None
        here.clock.forward(hours=1)
        assert (await press(here, link[0])).headers["location"] == "https://video.example.org/platz-1?host=1"
        assert (await press(here, booking["join_url"])).headers["location"] == "https://video.example.org/platz-1"
        assert link[0] != booking["join_url"]


async def test_a_browser_lets_the_form_lead_out_to_the_room(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        closed = await here.client.get(booking["join_url"])
        here.clock.forward(hours=1)
        ready = await here.client.get(booking["join_url"])
        policies = [one.headers.get_list("content-security-policy") for one in (closed, ready)]
        assert [len(policy) for policy in policies] == [1, 1]
        assert "form-action 'self'" in policies[0][0]
        assert "form-action *" in policies[1][0]
        assert "default-src 'none'" in policies[1][0]


async def test_a_cancelled_talk_has_no_room(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await ask(here, booking, "cancel")
        here.clock.forward(hours=1)
        page = await here.client.get(booking["join_url"])
        assert not Page(page).forms
        entered = await press(here, booking["join_url"])
        assert "location" not in entered.headers


async def test_a_room_follows_its_appointment_to_another_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        await ask(here, booking, "reschedule", slot=slots[6]["slot"])
        await at_rest(here)
        here.clock.forward(hours=1)
        assert not Page(await here.client.get(booking["join_url"])).forms
        here.clock.forward(hours=2)
        assert Page(await here.client.get(booking["join_url"])).forms


async def test_a_video_platform_that_is_gone_is_said_on_a_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(hours=1)
        del here.gateway.sources.open["city/raeume"]  # type: ignore[attr-defined]
        answer = await press(here, booking["join_url"])
        assert answer.status_code == 503
        assert is_private(answer)


async def test_a_sheet_with_markup_in_a_name_is_not_believed(tmp_path: Path) -> None:
    async with city(tmp_path, sheet=SHEET.replace(";Meldebescheinigung;", ";<script>alert(1)</script>;")) as here:
        for path in ("/v1/services", "/v1/export/services.jsonld", "/v1/export/services.csv"):
            assert "<script>" not in (await here.client.get(path)).text


async def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    async with city(tmp_path, department=DEPARTMENT + HOSTILE) as here:
        booking = await here.booked()
        await at_rest(here)
        for language in ("de", "en"):
            answer = await here.client.get(booking["manage_url"], params={"lang": language})
            page = Page(answer)
            assert not {"script", "img", "b"} & set(page.tags)
            assert ("alert" in page.text) == (language == "de")
            assert ("<b>Evil</b>" in page.text) == (language == "en")
        file = await here.client.get(booking["calendar_url"])
        assert b"\r\nATTENDEE" not in file.content


LANGUAGES = [("", None, "de"), ("?lang=en", None, "en"), ("", "en-GB,de;q=0.5", "en"), ("", "fr", "de")]


async def test_pages_speak_german_and_english(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=1)
        for query, header, language in LANGUAGES:
            headers = {"Accept-Language": header} if header else {}
            for url in (booking["manage_url"], booking["join_url"], "http://gateway.test/termin/x/y"):
                answer = await here.client.get(f"{url}{query}", headers=headers)
                assert (answer.headers["content-language"], Page(answer).language) == (language, language)
            manage = Page(await here.client.get(f"{booking['manage_url']}{query}", headers=headers)).text
            assert ("Registration certificate" in manage) == (language == "en")
            assert ("Only a test." in manage) == (language == "en")


async def test_who_booked_in_english_sees_english_pages_on_a_german_computer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        booking = (await here.book(hold, lang="en")).json()
        for url in (booking["manage_url"], booking["join_url"]):
            answer = await here.client.get(url, headers={"Accept-Language": "de"})
            assert answer.headers["content-language"] == "en"
            german = await here.client.get(f"{url}?lang=de")
            assert german.headers["content-language"] == "de"


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
        page = await here.client.get(booking["manage_url"])
        assert Page(page).forms
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
