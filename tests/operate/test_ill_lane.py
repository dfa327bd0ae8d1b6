"""A lane of sixty bookings falls ill, and the process that moves them is killed half way: each citizen is told once."""

import asyncio
import json
import signal
import sys
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from durchwahl.notify.outgoing import Maildir
from tests.booking.looking import rows, text_of
from tests.gateways import City
from tests.operate.offices import OFFICE, booked_on, day_after, office

EACH = 20
REASON = "Unsere Beraterin ist erkrankt; wir bitten um Entschuldigung."
TOMORROW, IN_TWO_DAYS = day_after(1), day_after(2)
ILL = OFFICE.replace(
    "[offers.beratung]\n",
    f'[offers.beratung]\nlanes = ["platz-1"]\nclosures = [{{ from = {day_after(3)}, to = {day_after(60)} }}]\n',
)
"""Who comes for counselling finds nothing after the two days; others find another lane, or another day."""
COMMAND = (
    "bookings", "move", "--department", "buergeramt", "--lane", "platz-1", "--from", TOMORROW, "--to", IN_TWO_DAYS,
    "--reason", REASON, "--else-cancel", "--config", "gateway.toml", "--json",
)  # fmt: skip
RUN = "import sys; from durchwahl.operate.cli import main; sys.argv[0] = 'durchwahl'; main()"


async def filled(here: City) -> dict[str, list[dict[str, Any]]]:
    """Book sixty talks on platz-1: German ones, and English ones and counselling, which nobody else does."""
    found: dict[str, list[dict[str, Any]]] = {"de": [], "en": [], "beratung": []}
    for number in range(EACH):
        for kind, wish in (
            ("de", {"day": TOMORROW, "remaining": 2}),
            ("en", {"day": IN_TWO_DAYS, "language": "en", "lang": "en"}),
            ("beratung", {"day": TOMORROW, "service": "buergeramt-suchtberatung"}),
        ):
            person = {"email": f"{kind}-{number}@example.org"}
            if kind != "beratung":
                person["name"] = "Erika Beispiel"
            found[kind].append(await booked_on(here, person=person, **wish))
    return found


async def started(folder: Path, *words: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, *words, cwd=folder, stdout=pipe, stderr=pipe)


async def killed_after(here: City, folder: Path, decided: int) -> None:
    """Run the command and kill it as soon as so many bookings are decided."""
    process = await started(folder, *COMMAND)
    for _ in range(20_000):
        known = await rows(here, "SELECT count(*) FROM batch_item WHERE state != 'open'")
        if known[0][0] >= decided:
            process.send_signal(signal.SIGKILL)
            break
        await asyncio.sleep(0.001)
    assert await process.wait() == -signal.SIGKILL
    ((left,),) = await rows(here, "SELECT count(*) FROM batch_item WHERE state = 'open'")
    assert 0 < left < 3 * EACH, "it was not killed half way"


def mails_in(folder: Path) -> list[EmailMessage]:
    files = [*(folder / "data" / "mail" / "new").iterdir(), *(folder / "data" / "mail" / "cur").iterdir()]
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


def kinds(mails: list[EmailMessage], address: str) -> Counter[str]:
    """How often which letter went to an address; a Message-ID is `<booking.kind.version@host>`."""
    return Counter(str(mail["Message-ID"]).split(".")[1] for mail in mails if address in str(mail["To"]))


async def test_sixty_bookings_of_an_ill_clerk_survive_two_kills_and_each_citizen_is_told_once(tmp_path: Path) -> None:
    async with office(tmp_path, department=ILL) as here:
        here.gateway.context.outgoing = Maildir(tmp_path / "data" / "mail")
        booked = await filled(here)
        await here.settled()
        assert await rows(here, "SELECT lane, count(*) FROM placement GROUP BY lane") == [("platz-1", 3 * EACH)]
        await killed_after(here, tmp_path, EACH // 2)
        await killed_after(here, tmp_path, 2 * EACH)
        process = await started(tmp_path, *COMMAND)
        out, err = await process.communicate()
        assert b"with these filters is unfinished: it is gone on with" in err
        assert process.returncode == 0, err
        summary = json.loads(out)["summary"]
        assert {name: number for name, number in summary.items() if number} == {
            "other_lane": EACH, "other_time": EACH, "cancelled": EACH,
        }  # fmt: skip
        await here.settled()
        assert await rows(here, "SELECT count(*), count(ended) FROM batch") == [(1, 1)]
        await _stands(here, booked)
        _told(mails_in(tmp_path), booked)


async def _stands(here: City, booked: dict[str, list[dict[str, Any]]]) -> None:
    """Each booking stands at one place outside of what was named, or is cancelled; no time is taken twice."""
    sql = (
        "SELECT b.id, b.state, p.lane, b.starts, b.wall_start FROM booking b LEFT JOIN placement p ON p.booking = b.id"
    )
    stands = {row[0]: row[1:] for row in await rows(here, sql)}
    assert len(stands) == 3 * EACH
    assert {stands[one["id"]][:2] for one in booked["de"]} == {("confirmed", "platz-2")}
    assert {stands[one["id"]][:2] for one in booked["en"]} == {("confirmed", "platz-1")}
    assert all(not TOMORROW <= stands[one["id"]][3][:10] <= IN_TWO_DAYS for one in booked["en"])
    assert {stands[one["id"]][:2] for one in booked["beratung"]} == {("cancelled", None)}
    taken = [row[1:3] for row in stands.values() if row[0] == "confirmed"]
    assert len(set(taken)) == len(taken) == 2 * EACH


def _told(mails: list[EmailMessage], booked: dict[str, list[dict[str, Any]]]) -> None:
    """Each citizen has the confirmation and at most one letter more, the clerk one for each change; none is double."""
    names = [(str(mail["Message-ID"]), str(mail["To"]), str(mail["Subject"])) for mail in mails]
    assert len(set(names)) == len(names)
    for number in range(EACH):
        assert kinds(mails, f"de-{number}@") == {"confirmation": 1}
        assert kinds(mails, f"en-{number}@") == {"confirmation": 1, "moved_by_office": 1}
        assert kinds(mails, f"beratung-{number}@") == {"confirmation": 1, "cancelled_by_office": 1}
    moved = [text_of(mail) for mail in mails if "moved_by_office" in str(mail["Message-ID"])]
    assert all(f"The office says: {REASON}" in text for text in moved)
    clerk = kinds(mails, "platz-1@")
    assert clerk == {"clerk-new": 3 * EACH, "clerk-change": EACH, "clerk-cancellation": 2 * EACH}
