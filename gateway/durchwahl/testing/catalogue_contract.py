"""What every `ServiceCatalogue` must do, as tests that a plugin joins with a subclass and a fixture.

    class TestMyCatalogue(ServiceCatalogueContract):
        @pytest.fixture
        def catalogue(self):
            return build(MySettings(...), toolbox)

The fixture gives the built source; what it reads must hold at least one service.
"""

import re
import unicodedata
from urllib.parse import urlsplit

import pytest

from durchwahl.plugin import ServiceCatalogue, ServiceRecord

_MARKUP = re.compile(r"<[/!]?[A-Za-z]|<!--|&(?:[A-Za-z]{2,8}|#\w{2,8});|javascript:", re.IGNORECASE)
_BASES = ("overlay", "explicit", "structured", "text")


class ServiceCatalogueContract:
    """Join by a subclass whose name begins with `Test` and that has a fixture `catalogue`."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "catalogue"):
            raise TypeError(
                f"{cls.__name__} joins ServiceCatalogueContract and needs a fixture `catalogue`: add "
                "`@pytest.fixture def catalogue(self): ...` to the class, giving the built ServiceCatalogue"
            )

    @pytest.mark.asyncio
    async def test_the_cheapest_read_proves_the_catalogue(self, catalogue: ServiceCatalogue) -> None:
        """`check()` raises nothing for a catalogue that can be read."""
        await catalogue.check()

    @pytest.mark.asyncio
    async def test_the_catalogue_holds_services(self, catalogue: ServiceCatalogue) -> None:
        """An empty catalogue would pass every other test."""
        if not await read(catalogue):
            pytest.fail("services() yields nothing: give the fixture a catalogue with services")

    @pytest.mark.asyncio
    async def test_two_reads_give_equal_records(self, catalogue: ServiceCatalogue) -> None:
        """Ids, texts and their order stay the same while the system's content does."""
        first, second = await read(catalogue), await read(catalogue)
        if [record.id for record in first] != [record.id for record in second]:
            pytest.fail("ids differ between two reads: use the system's own id, never a counter or a random one")
        for one, other in zip(first, second, strict=True):
            if one != other:
                pytest.fail(f"{one.id} differs between two reads: {one!r} and {other!r}")

    @pytest.mark.asyncio
    async def test_no_id_comes_twice(self, catalogue: ServiceCatalogue) -> None:
        """`services()` yields every service once, and a LeiKa key is no id: several services can share it."""
        seen: set[str] = set()
        for record in await read(catalogue):
            if record.id in seen:
                pytest.fail(f"the id {record.id} comes twice")
            if record.id in record.leika_keys:
                pytest.fail(f"{record.id} uses its LeiKa key as id: several services can share a key")
            seen.add(record.id)

    @pytest.mark.asyncio
    async def test_every_service_has_a_german_name(self, catalogue: ServiceCatalogue) -> None:
        """German is what every text falls back to; a name is on one line."""
        for record in await read(catalogue):
            name = record.name.get("de", "")
            if not name.strip() or "\n" in name:
                pytest.fail(f"{record.id} has no German name on one line: {name!r}")

    @pytest.mark.asyncio
    async def test_leika_keys_have_fourteen_digits(self, catalogue: ServiceCatalogue) -> None:
        """A service without a key has none, not an empty one."""
        for record in await read(catalogue):
            for key in record.leika_keys:
                if not re.fullmatch(r"[0-9]{14}", key):
                    pytest.fail(f"{record.id} has the LeiKa key {key!r}, which is not 14 digits")

    @pytest.mark.asyncio
    async def test_every_channel_says_why_it_is_believed(self, catalogue: ServiceCatalogue) -> None:
        """A channel comes once, with its basis and the column, element or words that it rests on."""
        for record in await read(catalogue):
            for hint in record.channels:
                if hint.basis not in _BASES or not hint.detail.strip():
                    pytest.fail(f"{record.id}: the channel {hint.type} has no detail: name what it rests on")
            if len({hint.type for hint in record.channels}) != len(record.channels):
                pytest.fail(f"{record.id} has a channel twice")

    @pytest.mark.asyncio
    async def test_addresses_are_http(self, catalogue: ServiceCatalogue) -> None:
        """Forms and pages are whole http(s) addresses without credentials."""
        for record in await read(catalogue):
            for url in [form.url for form in record.forms] + ([record.url] if record.url is not None else []):
                parts = urlsplit(url)
                if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
                    pytest.fail(f"{record.id} has the address {url!r}, which is not a whole http(s) address")

    @pytest.mark.asyncio
    async def test_texts_are_plain(self, catalogue: ServiceCatalogue) -> None:
        """No HTML, no entities, no control characters but line breaks: pages show texts as they are."""
        for record in await read(catalogue):
            for text in texts_of(record):
                if _MARKUP.search(text):
                    pytest.fail(f"{record.id} holds HTML: {text[:80]!r}; give plain text")
                if any(is_control(c) for c in text):
                    pytest.fail(f"{record.id} holds a control character: {text[:80]!r}")


async def read(catalogue: ServiceCatalogue) -> list[ServiceRecord]:
    """Return everything that one read yields."""
    return [record async for record in catalogue.services()]


def texts_of(record: ServiceRecord) -> list[str]:
    """Return every text of a record that a page could show."""
    localized = [record.name, record.summary, record.description, record.cost, *record.documents]
    localized += [form.name for form in record.forms]
    texts = [text for mapping in localized for text in mapping.values()]
    return [*texts, *record.alt_names, record.carrier or "", record.department or "", record.id]


def is_control(character: str) -> bool:
    """Whether the character is a control or a line separator other than a plain line break."""
    return (unicodedata.category(character) == "Cc" and character != "\n") or character in "\u2028\u2029"
