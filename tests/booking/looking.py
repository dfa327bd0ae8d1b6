"""What a test looks at from outside: the status that a citizen sees, the journal's rows, the links in mails."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import httpx

from durchwahl.plugin import Interval
from tests.gateways import City, bearer, key


async def status_of(here: City, booking: Mapping[str, Any]) -> str:
    return str((await seen(here, booking))["status"])


async def seen(here: City, booking: Mapping[str, Any]) -> dict[str, Any]:
    answer = await here.client.get(f"/v1/bookings/{booking['id']}", headers=bearer(booking["manage_token"]))
    return dict(answer.json())


async def rows(here: City, sql: str) -> list[tuple[Any, ...]]:
    return await here.gateway.store.read(lambda tx: tx.rows(sql))


async def change(here: City, sql: str) -> None:
    """Change the journal as no operation would: to play a crash, or damage."""
    await here.gateway.store.write(lambda tx: tx.run(sql))


async def ask(here: City, booking: Mapping[str, Any], verb: str, **body: Any) -> httpx.Response:
    """Cancel or reschedule with a key of its own."""
    headers = {**bearer(booking["manage_token"]), **key()}
    sent = {"json": body} if body else {}
    return await here.client.post(f"/v1/bookings/{booking['id']}/{verb}", headers=headers, **sent)


def interval_of(slot: Mapping[str, Any]) -> Interval:
    return Interval(datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"]))


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def link_in(here: City, word: str) -> str:
    """Return the address with this word in the last mail that has one."""
    for mail in reversed(here.outbox.mails):
        for part in text_of(mail).split():
            if f"/{word}/" in part:
                return part
    raise AssertionError(f"no mail has a link with {word}")


def button_of(link: str, verb: str = "") -> tuple[str, dict[str, str]]:
    """Return where the button of a link's page sends what, whether or not the page shows it now."""
    address, token = link.rsplit("/", 1)
    return "/".join(part for part in (address, verb) if part), {"token": token}


async def press(here: City, link: str, verb: str = "") -> httpx.Response:
    """Press the button of a link's page; `verb` is `absagen` on the appointment's own page."""
    address, fields = button_of(link, verb)
    return await here.client.post(address, data=fields)
