"""The contract itself: each promise, broken once, is noticed."""

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count

import pytest

from durchwahl.plugin import ChannelHint, ChannelType, Form, Invalid, ServiceCatalogue, ServiceRecord
from durchwahl.testing.catalogue_contract import ServiceCatalogueContract

Records = Callable[[], Sequence[ServiceRecord]]
_numbers = count()


class Given(ServiceCatalogue):
    def __init__(self, records: Records) -> None:
        self._records = records

    async def check(self) -> None:
        self._records()

    async def services(self) -> AsyncIterator[ServiceRecord]:
        for record in self._records():
            yield record


class Contract(ServiceCatalogueContract):
    catalogue = None


def record(**fields: object) -> ServiceRecord:
    return ServiceRecord.model_validate({"id": "a", "name": {"de": "A"}, **fields})


def unreadable() -> Sequence[ServiceRecord]:
    raise Invalid("The catalogue cannot be read.")


def phone(detail: str) -> ChannelHint:
    return ChannelHint(type=ChannelType.PHONE, detail=detail)


SOUND = record(
    name={"de": "Meldebescheinigung", "en": "Certificate"},
    description={"de": "Erste Zeile\nzweite & letzte Zeile, 3 < 4"},
    leika_keys=("99115003012000",),
    forms=(Form(url="https://www.example.org/f"),),
    channels=(phone("Spalte telefon"),),
    url="https://www.example.org/",
)

BROKEN: list[tuple[str, Records]] = [
    ("test_the_catalogue_holds_services", list),
    ("test_two_reads_give_equal_records", lambda: [record(id=f"n{next(_numbers)}")]),
    ("test_two_reads_give_equal_records", lambda: [record(name={"de": f"A{next(_numbers)}"})]),
    ("test_no_id_comes_twice", lambda: [record(), record(name={"de": "B"})]),
    ("test_no_id_comes_twice", lambda: [record(id="99115003012000", leika_keys=("99115003012000",))]),
    ("test_every_service_has_a_german_name", lambda: [record(name={"en": "A"})]),
    ("test_every_service_has_a_german_name", lambda: [record(name={"de": "A\nB"})]),
    ("test_leika_keys_have_fourteen_digits", lambda: [record(leika_keys=("9911500301200",))]),
    ("test_leika_keys_have_fourteen_digits", lambda: [record(leika_keys=("",))]),
    ("test_every_channel_says_why_it_is_believed", lambda: [record(channels=(phone(""),))]),
    ("test_every_channel_says_why_it_is_believed", lambda: [record(channels=(phone("a"), phone("b")))]),
    ("test_addresses_are_http", lambda: [record(url="www.example.org")]),
    ("test_addresses_are_http", lambda: [record(url="")]),
    ("test_addresses_are_http", lambda: [record(forms=(Form(url="javascript:alert(1)"),))]),
    ("test_texts_are_plain", lambda: [record(summary={"de": "<b>fett</b>"})]),
    ("test_texts_are_plain", lambda: [record(documents=({"de": "Ausweis&nbsp;oder Pass"},))]),
    ("test_texts_are_plain", lambda: [record(carrier="Träger\x00")]),
    ("test_texts_are_plain", lambda: [record(alt_names=("a\u2028b",))]),
]


def contract_tests() -> list[str]:
    return [name for name in dir(ServiceCatalogueContract) if name.startswith("test_")]


@pytest.mark.parametrize("name", contract_tests())
async def test_a_sound_catalogue_keeps_every_promise(name: str) -> None:
    await getattr(Contract(), name)(Given(lambda: [SOUND, record(id="b")]))


@pytest.mark.parametrize(("name", "records"), BROKEN)
async def test_a_broken_promise_is_noticed(name: str, records: Records) -> None:
    with pytest.raises(pytest.fail.Exception):
        await getattr(Contract(), name)(Given(records))


async def test_a_check_that_fails_is_noticed() -> None:
    with pytest.raises(Invalid):
        await Contract().test_the_cheapest_read_proves_the_catalogue(Given(unreadable))


def test_every_promise_is_broken_here() -> None:
    assert set(contract_tests()) == {name for name, _ in BROKEN} | {"test_the_cheapest_read_proves_the_catalogue"}
