"""The demonstration's mails: every one is there, nothing in it is believed, and its links lead in."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from durchwahl.model.text import INTERFACE_LANGUAGES
from durchwahl.notify.outgoing import Maildir
from durchwahl.web.languages import root_of
from durchwahl.web.portal.demonstration import mailbox
from durchwahl.web.portal.demonstration.routes import demonstration_routes
from durchwahl.web.portal.rendering import Renderer
from tests.booking.desk import at_rest
from tests.gateways import City, city
from tests.web.portal.visitor import Visitor

MAILS = "http://gateway.test/vorfuehrung"


@asynccontextmanager
async def demonstrated(folder: Path) -> AsyncIterator[tuple[City, Visitor]]:
    """A city whose mails go into the maildir, with the pages that show them."""
    async with city(folder) as here:
        settings = here.settings
        here.gateway.context.outgoing = Maildir(settings.data_dir / settings.mail.path)
        if not _is_there(here.app.api):
            renderer = Renderer(settings)
            for language in INTERFACE_LANGUAGES:
                prefix = f"/{root_of(language)}".rstrip("/")
                here.app.api.include_router(demonstration_routes(here.gateway, renderer, language), prefix=prefix)
        yield here, Visitor(here.client)


def _is_there(api: FastAPI) -> bool:
    return any(isinstance(route, APIRoute) and route.path == "/vorfuehrung" for route in api.routes)


async def put(here: City, text: str = "Guten Tag", *, to: str = "a@example.org", subject: str = "Post") -> None:
    mail = EmailMessage()
    mail["To"], mail["Subject"], mail["Message-ID"] = to, subject, f"<{os.urandom(4).hex()}@gateway.test>"
    mail.set_content(text)
    await here.gateway.context.outgoing.send(mail)


async def test_without_mails_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (_, visitor):
        assert "Buchen Sie einen Termin" in (await visitor.opens(MAILS)).text


async def test_a_booking_brings_the_citizens_mail_and_the_clerks(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        booking = await here.booked()
        await at_rest(here)
        page = await visitor.opens(MAILS)
        assert "an erika@example.org, Montag, 23. November 2026, 08:00 Uhr" in page.text
        assert "an platz-1@teststadt.example" in page.text
        found = {}
        for link in page.links("/vorfuehrung/"):
            shown = await visitor.opens(f"http://gateway.test{link}")
            found.update(dict.fromkeys(shown.links("/termin/") + shown.links("/gespraech/"), shown))
        citizen = {booking[name].removeprefix("http://gateway.test") for name in ("manage_url", "join_url")}
        assert citizen < set(found)
        (clerk,) = set(found) - citizen
        assert (await visitor.opens(f"http://gateway.test{clerk}")).heading.startswith("Videoberatung: Ihr Zugang")


async def test_the_newest_mail_stands_first_and_only_the_newest_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_MAILS", 3)
    async with demonstrated(tmp_path) as (here, visitor):
        folder = here.settings.data_dir / here.settings.mail.path / "new"
        for number in range(5):
            await put(here, subject=f"Nummer {number}")
            newest = max(folder.iterdir(), key=lambda path: path.stat().st_ctime_ns)
            os.utime(newest, (number, number))
        page = await visitor.opens(MAILS)
        assert [one.text_content() for one in page.tree.xpath("//main//li//bdi")] == [
            "Nummer 4",
            "Nummer 3",
            "Nummer 2",
        ]


HOSTILE = '<script>alert(1)</script> http://gateway.test/termin/x/y?a=1&b="> javascript:alert(1) https://evil.example/x'


async def test_nothing_in_a_mail_is_believed(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        text = f"{HOSTILE} http://gateway.test.evil.example/ http://gateway.test//evil.example/x"
        await put(here, text, subject="<img src=x onerror=y>", to="<b>@example.org")
        page = await visitor.opens(MAILS)
        assert not page.tree.xpath("//main//script | //main//img | //main//b")
        page = await visitor.opens(f"http://gateway.test{page.links('/vorfuehrung/')[0]}")
        assert not page.tree.xpath("//main//script | //main//img | //main//b")
        assert page.tree.xpath("//div[@class='dw-mail__text']//a/@href") == ["/termin/x/y?a=1&b="]
        assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize("name", ["a" * 10_000, "שרה כהן", "🦉" * 300, "Ä\u202eb"])
async def test_strange_subjects_and_texts_are_shown(tmp_path: Path, name: str) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await put(here, f"Guten Tag {name}", subject=f"Post für {name}")
        page = await visitor.opens(MAILS)
        assert (page.status, len(page.links("/vorfuehrung/"))) == (200, 1)
        page = await visitor.opens(f"http://gateway.test{page.links('/vorfuehrung/')[0]}")
        assert page.status == 200
        assert page.heading.startswith("Post für ")
        assert len(page.heading) <= 500
        (text,) = page.tree.xpath("//div[@class='dw-mail__text']")
        assert text.text_content().strip() == f"Guten Tag {name}"


async def test_a_calendar_file_can_be_taken_from_its_mail(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await here.booked()
        await at_rest(here)
        files: list[httpx.Response] = []
        for link in (await visitor.opens(MAILS)).links("/vorfuehrung/"):
            page = await visitor.opens(f"http://gateway.test{link}")
            files += [await here.client.get(one) for one in page.links(f"{link}/")]
        assert files
        for file in files:
            assert file.headers["content-type"] == "text/calendar; charset=utf-8"
            assert file.headers["content-disposition"] == 'attachment; filename="termin.ics"'
            assert file.content.startswith(b"BEGIN:VCALENDAR\r\n")


async def test_what_there_is_not_is_not_found(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await put(here)
        (link,) = (await visitor.opens(MAILS)).links("/vorfuehrung/")
        secret = here.settings.data_dir / "secret.eml"
        secret.write_text("To: x\n\nsecret")
        box = here.settings.data_dir / here.settings.mail.path / "new"
        (box / f"{'0' * 32}.eml").symlink_to(secret)
        for path in (f"{link}/0", f"{link}/-1", f"{link}/x", "/vorfuehrung/x", f"/vorfuehrung/{'0' * 32}"):
            assert (await visitor.opens(f"http://gateway.test{path}")).status == 404
        for path in ("/vorfuehrung/..%2f..%2fsecret", "/vorfuehrung/%2e%2e"):
            assert (await here.client.get(path)).status_code == 404
        assert len((await visitor.opens(MAILS)).links("/vorfuehrung/")) == 1


async def test_a_damaged_file_is_said_and_spoils_nothing_else(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        box = here.settings.data_dir / here.settings.mail.path / "new"
        damage = [
            b"",
            b"\xff\xfe\x00",
            b"Subject: =?utf-9?q?x?=\nDate: nie\nTo: <<<>\n\nx",
            b"Content-Type: multipart/mixed\n\n",
            b"Content-Type: text/plain; charset=nonsense\n\n\xff",
            b"Content-Language: <b>\n" + b"X: y\n" * 20_000 + b"\nx",
        ]
        for number, content in enumerate(damage):
            (box / f"{number:032x}.eml").write_bytes(content)
        await put(here)
        page = await visitor.opens(MAILS)
        assert (page.status, len(page.links("/vorfuehrung/"))) == (200, len(damage) + 1)
        for link in page.links("/vorfuehrung/"):
            assert (await visitor.opens(f"http://gateway.test{link}")).status == 200


async def test_a_mail_that_was_read_elsewhere_stays(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await put(here)
        box = here.settings.data_dir / here.settings.mail.path
        (mail,) = (box / "new").iterdir()
        mail.rename(box / "cur" / f"{mail.name}:2,S")
        (link,) = (await visitor.opens(MAILS)).links("/vorfuehrung/")
        assert (await visitor.opens(f"http://gateway.test{link}")).heading == "Post"


async def test_nobody_keeps_what_stands_in_the_mails(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await here.booked()
        await at_rest(here)
        links = (await visitor.opens(MAILS)).links("/vorfuehrung/")
        for path in ("/vorfuehrung", *links, f"{links[0]}/0", f"{links[1]}/0"):
            answer = await here.client.get(path)
            assert answer.headers["cache-control"] == "no-store"
            assert "noindex" in answer.headers["x-robots-tag"]


async def test_the_disk_keeps_no_other_request_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go = threading.Event(), threading.Event()

    def slow(box: mailbox.Mailbox) -> list[mailbox.Envelope]:
        began.set()
        assert go.wait(10)
        return []

    monkeypatch.setattr(mailbox.Mailbox, "newest", slow)
    async with demonstrated(tmp_path) as (here, _):
        asked = asyncio.create_task(here.client.get(MAILS))
        await asyncio.to_thread(began.wait, 10)
        assert (await here.client.get("/livez")).status_code == 200
        assert not asked.done()
        go.set()
        assert (await asked).status_code == 200


async def test_the_mails_are_shown_in_english_with_the_language_of_each(tmp_path: Path) -> None:
    async with demonstrated(tmp_path) as (here, visitor):
        await here.booked()
        await at_rest(here)
        page = await visitor.opens("http://gateway.test/en/vorfuehrung")
        assert page.heading == "Messages of the demonstration"
        assert page.tree.xpath("//main//li/a/@lang") == ["de", "de"]
        assert all(link.startswith("/en/vorfuehrung/") for link in page.links("/vorfuehrung/"))
