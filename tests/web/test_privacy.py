"""Nothing personal is anywhere but where it has to be; nothing of a discreet topic is in anybody's mailbox."""

import logging
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.booking.desk import Desk, at_rest
from tests.booking.looking import ask, rows
from tests.gateways import DEPARTMENT, City, bearer, city, key

NAME, MAIL, LATER = "Kanaria-Name-7391", "kanaria-mail-7391@example.org", "kanaria-neu-7391@example.org"
PHONE, NEED, ANSWER = "+493514887391", "qkn-kanaria-bedarf-7391", "kanaria-antwort-7391"
CANARIES = [NAME, MAIL, LATER, PHONE, NEED, ANSWER, "kanaria", "4887391"]
TOPIC = re.compile("sucht|addiction|beratungsstelle|bürgeramt|citizens' office", re.IGNORECASE)
EVERY_FIELD = DEPARTMENT.replace(
    "combinable = true",
    "combinable = true\ncalendar_fields = "
    '["reference", "service", "channel", "name", "phone", "email", "needs", "answers", "link"]',
)


async def lived(here: City) -> dict[str, Any]:
    """Live a booking's whole life with canaries in it: lost, refused, booked, corrected, moved, cancelled."""
    slots = await here.slots()
    person = {"name": NAME, "email": MAIL, "phone": PHONE}
    needs = {"interpreter": NEED, "captions": True}
    lost = (await here.hold(slots[0]["slot"])).json()
    here.clock.forward(minutes=11)
    assert (await here.book(lost, person=person, needs=needs)).status_code == 410
    await at_rest(here)
    proof = {"hold": lost["id"], "token": lost["token"]}
    hold = (await here.hold(slots[1]["slot"], continues=proof)).json()
    assert (await here.book(hold, person=person, answers={ANSWER: ANSWER})).status_code == 422
    assert (
        await here.book(hold, person={**person, "email": f"{MAIL} "}, needs=needs, nonsense=ANSWER)
    ).status_code == 422
    booking = (await here.book(hold, person=person, needs=needs)).json()
    assert booking["status"] == "confirmed"
    await at_rest(here)
    headers = bearer(booking["manage_token"])
    await here.client.post(f"/v1/bookings/{booking['id']}/contact", json={"email": LATER}, headers=headers)
    for url in (booking["manage_url"], booking["calendar_url"], booking["join_url"]):
        await here.client.get(url)
    await ask(here, booking, "reschedule", slot=slots[6]["slot"])
    await at_rest(here)
    await ask(here, booking, "cancel")
    await at_rest(here)
    return dict(booking)


async def test_no_canary_is_in_the_files_of_the_journal(tmp_path: Path) -> None:
    async with city(tmp_path, department=EVERY_FIELD) as here:
        await lived(here)
        assert [mail for mail in here.outbox.mails if LATER in str(mail["To"])]
        while_running = {file.name: file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()}
        assert any(name.endswith("-wal") for name in while_running)
    stopped = {f"{file.name} after": file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()}
    for name, raw in {**while_running, **stopped}.items():
        text = raw.decode("latin-1").lower()
        assert not [one for one in CANARIES if one.lower() in text], name


async def test_no_canary_is_in_a_log_a_metric_or_an_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    async with city(tmp_path, department=EVERY_FIELD) as here:
        await lived(here)
        logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("durchwahl"))
        assert logged
        texts = [logged, (await here.client.get("/metrics")).text, (await here.client.get("/v1/sources")).text]
        texts += [link for mail in here.outbox.mails for link in re.findall(r"https?://\S+", whole(mail))]
        for text in texts:
            assert not [one for one in CANARIES if one.lower() in text.lower()]


async def test_no_canary_is_in_a_subject_a_file_name_or_the_citizens_calendar(tmp_path: Path) -> None:
    async with city(tmp_path, department=EVERY_FIELD) as here:
        await lived(here)
        for mail in here.outbox.mails:
            said = [str(mail["Subject"]), str(mail["Message-ID"])]
            said += [str(part.get_filename()) for part in mail.iter_attachments()]
            if "teststadt.example" not in str(mail["To"]):
                said += [str(part.get_payload(decode=True)) for part in mail.iter_attachments()]
            assert not [one for one in CANARIES for text in said if one.lower() in text.lower()]


async def test_a_broken_calendar_that_logs_its_trouble_logs_no_canary(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, EVERY_FIELD)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", ValueError(f"no place for {NAME}, {MAIL}"))
        person = {"name": NAME, "email": MAIL, "phone": PHONE}
        assert (await here.book(hold, person=person, needs={"interpreter": NEED})).status_code == 202
        assert "plugin desk file failed in source buergeramt/termine: ValueError" in caplog.text
        assert not [one for one in CANARIES if one in caplog.text]


async def test_a_discreet_anonymous_booking_names_its_topic_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        for language in ("de", "en"):
            slots = await here.slots("buergeramt-suchtberatung")
            hold = (await here.hold(slots[0]["slot"], lang=language)).json()
            assert "name" not in [field["name"] for field in hold["fields"]]
            booking = (await here.book(hold, person={"email": MAIL}, lang=language)).json()
            await at_rest(here)
            await ask(here, booking, "reschedule", slot=slots[3]["slot"])
            await at_rest(here)
            urls = [booking[name] for name in ("manage_url", "calendar_url", "join_url")]
            texts = [unquote(url) for url in urls]
            texts += [without_ids(answer.text) for answer in [await here.client.get(url) for url in urls]]
            names = [(await here.client.get(booking["calendar_url"])).headers["content-disposition"]]
            await ask(here, booking, "cancel")
            await at_rest(here)
            assert not [text for text in [*texts, *names] if TOPIC.search(text)]
        assert len(here.outbox.to(MAIL)) == 6
        assert [mail for mail in here.outbox.mails if "platz-" in str(mail["To"])]
        for mail in here.outbox.mails:
            assert not TOPIC.search(without_ids(whole(mail))), whole(mail)
        assert desk.seen
        for entry in desk.seen:
            assert not TOPIC.search(f"{entry.title} {entry.description}")
            assert MAIL not in entry.description
        assert not TOPIC.search(caplog.text.replace("buergeramt", ""))


async def test_a_discreet_offer_takes_no_name(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-suchtberatung")
        hold = (await here.hold(slots[0]["slot"])).json()
        answer = await here.book(hold, person={"name": NAME, "email": MAIL})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/person/name")
        assert (await here.book(hold, person={})).status_code == 201


async def test_a_discreet_booking_without_any_contact_is_booked_and_nobody_is_written_to(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-suchtberatung")
        hold = (await here.hold(slots[0]["slot"])).json()
        booking = (await here.book(hold, person={})).json()
        await at_rest(here)
        assert booking["status"] == "confirmed"
        assert [str(mail["To"]) for mail in here.outbox.mails if "platz-" not in str(mail["To"])] == []


async def test_a_topic_stays_unnamed_when_its_offer_has_left_the_config(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-suchtberatung")
        hold = (await here.hold(slots[0]["slot"])).json()
        booking = (await here.book(hold, person={"email": MAIL})).json()
        clock = here.clock
    gone = DEPARTMENT.replace("[offers.beratung]", "[offers.anders]")
    async with city(tmp_path, clock=clock, department=gone) as here:
        page = await here.client.get(booking["manage_url"])
        assert page.status_code == 200
        assert not TOPIC.search(without_ids(page.text))
        await ask(here, booking, "cancel")
        await at_rest(here)
        assert not [mail for mail in here.outbox.mails if TOPIC.search(without_ids(whole(mail)))]


async def test_the_journal_keeps_no_token_and_no_address_of_a_client(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        hold = (await here.hold((await here.slots())[4]["slot"])).json()
        headers = {**bearer(booking["manage_token"]), **key()}
        await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers=headers)
        await at_rest(here)
        assert await rows(here, "SELECT count(*) FROM link") != [(0,)]
        raw = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
        tokens = [
            booking["manage_token"],
            booking["join_url"].rsplit("/", 1)[1],
            hold["token"],
            headers["Idempotency-Key"],
        ]
        assert not [one for one in [*tokens, "127.0.0.1"] if one.encode() in raw]


def whole(mail: EmailMessage) -> str:
    """Return everything that a mail says, headers, bodies and attachments, decoded."""
    parts = [f"{name}: {value}" for name, value in mail.items()]
    for part in mail.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts += [str(part.get_filename()), content.decode("utf-8").replace("\r\n ", "")]
    return "\n".join(parts)


def without_ids(text: str) -> str:
    """Leave out the id of the department, which is no topic: it stands in the names of sources."""
    return text.replace("buergeramt", "")
