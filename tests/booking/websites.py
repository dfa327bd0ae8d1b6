"""A city whose websites book from their own servers: all from one address, for as many citizens as a test wants."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import httpx

from tests.gateways import DEPARTMENT, GATEWAY, City, key

SECRET, OTHER = "s3cret-" + "A" * 36, "0ther-" + "B" * 37
LANES = "\n".join(f'[sources.termine.lanes.platz-{number}]\nlanguages = ["de"]' for number in range(3, 21))
ROOM = '[sources.raum]\ntype = "room"\n[offers.meldewesen]'
LARGE = DEPARTMENT.replace('"city/raeume"', '"raum"').replace("[offers.meldewesen]", f"{LANES}\n{ROOM}")
"""Twenty lanes: nobody is turned away for want of a place."""


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def knowing(*secrets: str, name: str = "website", gateway: str = GATEWAY, limits: str = "", keys: str = "") -> str:
    """Return a gateway.toml with an API client; `limits` are keys of [gateway], `keys` of the client."""
    table = f"[clients.{name}]\nsecret_hash = {[hash_of(one) for one in secrets or (SECRET,)]}\n{keys}\n"
    return gateway.replace('data_dir = "data"', f'data_dir = "data"\n{limits}') + table


def basic(name: str = "website", secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}


def for_citizen(pseudonym: str, **credentials: str) -> dict[str, str]:
    """Return the headers by which a website asks for one of its citizens."""
    return {**basic(**credentials), "Durchwahl-Citizen": pseudonym}


async def hold(here: City, slot: str, headers: Mapping[str, str], **more: str) -> httpx.Response:
    return await here.client.post("/v1/holds", json={"slot": slot}, headers={**key(), **headers, **more})


async def tokens(here: City) -> list[str]:
    """Return the slots of a large city, each as often as it can be had."""
    return [slot["slot"] for slot in await here.slots() for _ in range(slot["remaining"])]


async def tried(here: City, slots: Sequence[str], *pseudonyms: str, **credentials: str) -> list[tuple[int, str]]:
    """Hold one slot after the other for one citizen after the other, and return what each was answered."""
    held = [
        await hold(here, slot, for_citizen(one, **credentials)) for slot, one in zip(slots, pseudonyms, strict=False)
    ]
    return [said(one) for one in held]


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def booked(here: City, slot: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Hold and book for a citizen of a website, and return the booking."""
    held = await hold(here, slot, headers)
    assert held.status_code == 201, held.text
    answer = await here.book(held.json())
    assert answer.status_code in (201, 202), answer.text
    return dict(answer.json())
