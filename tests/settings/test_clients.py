"""A website is let in whole or not at all, and no finding repeats what may be a secret."""

from pathlib import Path

import pytest

from durchwahl.settings.clients import ClientTable
from tests.booking.websites import SECRET, hash_of
from tests.settings.test_mistakes import GATEWAY, loaded, only, said

HASH = hash_of(SECRET)
HEX, MAKE = "64 hexadecimal digits", "`durchwahl client NAME`"


def with_client(keys: str, name: str = "website") -> str:
    return f"{GATEWAY}[clients.{name}]\n{keys}\n"


def client(folder: Path, keys: str) -> ClientTable:
    settings = loaded(folder, gateway=with_client(keys))
    assert settings.findings == ()
    return settings.clients["website"]


def test_one_hash_may_stand_alone_and_means_the_usual_budget(tmp_path: Path) -> None:
    table = client(tmp_path, f'secret_hash = "{HASH.upper()}"')
    assert table.secret_hash == (HASH,)
    assert (table.holds, table.bookings) == (2_000, 2_000)
    assert (table.holds_per_citizen, table.bookings_per_citizen) == (None, None)


def test_several_hashes_are_a_list(tmp_path: Path) -> None:
    other = hash_of("other")
    assert client(tmp_path, f'secret_hash = ["{other}", "{HASH}"]').secret_hash == (other, HASH)


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        (f'secret_hash = "{HASH[:-1]}"', "secret_hash", HEX),
        (f'secret_hash = "{HASH}0"', "secret_hash", HEX),
        (f'secret_hash = "{"g" * 64}"', "secret_hash", MAKE),
        ('secret_hash = ""', "secret_hash", MAKE),
        ("secret_hash = []", "secret_hash", MAKE),
        ("secret_hash = 7", "secret_hash", HEX),
        (f'secret_hash = ["{HASH}", 7]', "secret_hash", HEX),
        (f'secret_hash = {{ env = "{HASH}" }}', "secret_hash", HEX),
        (f'secret_hash = "{SECRET}"', "secret_hash", "holds what looks like a secret"),
        (f'secret_hash = ["{HASH}", "{SECRET}"]', "secret_hash", MAKE),
        ("holds = 5", "secret_hash", "Field required."),
        (f'secret_hash = "{HASH}"\nholds = 0', "holds", "greater than or equal to 1"),
        (f'secret_hash = "{HASH}"\nbookings = -1', "bookings", "greater than or equal to 0"),
        (f'secret_hash = "{HASH}"\nhold = 5', "hold", 'Did you mean "holds"?'),
        (f'secret = "{SECRET}"', "secret", "not a known key"),
    ],
)
def test_a_mistake_costs_the_client_and_says_what_to_do(tmp_path: Path, keys: str, place: str, words: str) -> None:
    settings = loaded(tmp_path, gateway=with_client(keys))
    assert settings.clients == {}
    finding = next(one for one in settings.findings if one.key == f"clients.website.{place}")
    assert (finding.file, finding.severity) == ("gateway.toml", "error")
    assert words in said(finding)
    assert not [one for one in settings.findings if SECRET in str(one) or HASH in str(one)]


def test_a_name_is_one_that_credentials_can_hold(tmp_path: Path) -> None:
    settings = loaded(tmp_path, gateway=with_client(f'secret_hash = "{HASH}"', '"Stadt:Website"'))
    assert only(settings).key == "clients.Stadt:Website"
    assert settings.clients == {}


def test_a_hash_is_in_no_repr(tmp_path: Path) -> None:
    assert HASH not in repr(client(tmp_path, f'secret_hash = "{HASH}"'))
