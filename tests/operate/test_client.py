"""`durchwahl client` makes what a website needs, and the lines that let it in are the ones that the gateway reads."""

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import click
import pytest

from durchwahl.operate import serving
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from tests.booking.websites import for_citizen, hold, said
from tests.gateways import city
from tests.operate.commands import Run
from tests.operate.conftest import SOUND


def pasted(folder: Path, toml: str) -> None:
    (folder / "gateway.toml").write_text(f"{SOUND}\n{toml}\n", encoding="utf-8")


def test_a_new_client_is_a_secret_and_the_lines_with_its_hash(run: Run) -> None:
    (made,) = run("client", "website", "--json").items
    assert len(made["secret"]) == 43
    assert made["secret_hash"] == sha256(made["secret"].encode()).hexdigest()
    assert tomllib.loads(made["toml"]) == {"clients": {"website": {"secret_hash": made["secret_hash"]}}}


def test_it_is_said_to_people_too_and_shown_once(run: Run, folder: Path) -> None:
    done = run("client", "website")
    secret = next(line.strip() for line in done.out.splitlines() if line.startswith("  "))
    assert done.out.count(secret) == 1
    assert f'secret_hash = "{sha256(secret.encode()).hexdigest()}"' in done.out
    assert secret not in "".join(one.read_text("utf-8", "replace") for one in folder.rglob("*") if one.is_file())


def test_no_two_secrets_are_alike(run: Run) -> None:
    assert len({run("client", "website", "--json").items[0]["secret"] for _ in range(5)}) == 5


def test_for_a_known_client_the_older_secret_stays_good(run: Run, folder: Path) -> None:
    (first,) = run("client", "website", "--json").items
    pasted(folder, first["toml"])
    (second,) = run("client", "website", "--json").items
    pasted(folder, second["toml"])
    assert load(folder / "gateway.toml").clients["website"].secret_hash == (second["secret_hash"], first["secret_hash"])
    assert "take the older hash out" in run("client", "website").out


def test_it_works_before_there_is_a_configuration(run: Run) -> None:
    assert run("client", "website", "--json", config="nowhere.toml").code == 0


@pytest.mark.parametrize("name", ["Website", "a:b", "a b", "", "ä"])
def test_a_name_that_credentials_cannot_hold_is_refused(run: Run, name: str) -> None:
    done = run("client", name)
    assert (done.code, "lower-case letters" in done.err) == (2, True)


async def test_what_was_made_opens_the_door(run: Run, tmp_path: Path) -> None:
    (made,) = run("client", "website", "--json").items
    async with city(tmp_path / "city", gateway=f"{SOUND}\n{made['toml']}".replace("https://", "http://")) as here:
        slot = (await here.slots())[0]["slot"]
        assert said(await hold(here, slot, for_citizen("erika", secret=made["secret"]))) == (201, "")


def test_check_names_a_wrong_hash(run: Run, folder: Path) -> None:
    pasted(folder, '[clients.website]\nsecret_hash = "kurz"')
    done = run("check", "--offline", "--json")
    (found,) = json.loads(done.out)["items"]
    assert (done.code, found["file"], found["key"]) == (1, "gateway.toml", "clients.website.secret_hash")
    assert "durchwahl client NAME" in found["remedy"]


def test_the_demonstration_throttles_nobody_who_tries_it_out(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Settings] = []

    def serve(settings: Settings, *_: object, **__: object) -> None:
        served.append(settings)
        raise click.Abort

    monkeypatch.setattr(serving, "serve", serve)
    run("demo", "--data", str(folder / "demo"), "--port", "47113")
    gateway = served[0].gateway
    assert (gateway.holds_per_client, gateway.bookings_per_client, gateway.bookings_per_contact) == (1_000, 0, 0)
