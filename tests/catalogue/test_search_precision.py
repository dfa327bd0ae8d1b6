"""What the search must not find: a list in the order of its departments hides the right ones among the wrong ones."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import offers_from
from durchwahl.catalogue.search import FEW, FEW_OF, SearchIndex
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.model.catalogue import Service
from durchwahl.operate.starting import example_config
from durchwahl.settings.load import load
from durchwahl.sources.discovery import discover
from durchwahl.sources.opening import open_sources
from tests.catalogue.catalogues import page, record, settings_of, snapshot_of


def demonstration() -> Snapshot:
    """The catalogue of `durchwahl demo`, with the operator's synonyms."""
    settings = load(example_config() / "gateway.toml")
    sources = open_sources(settings, discover())

    async def read() -> Snapshot:
        pages = await Ingest(sources, None).sync()
        await sources.aclose()
        return build_snapshot(settings, pages.values(), offers_from(settings, sources))

    return asyncio.run(read())


DEMO = demonstration()


def found(query: str) -> set[str]:
    return {service.slug for service in DEMO.index.search(query)}


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("schwanger", {"schwangerenberatung", "schwangerschaftskonfliktberatung"}),
        ("beratung schwanger", {"schwangerenberatung", "schwangerschaftskonfliktberatung"}),
        ("schwangerenberatung", {"schwangerenberatung"}),
        ("drogen", {"suchtberatung"}),
        ("schulden", {"schuldnerberatung", "wohnungsnotfallhilfe", "wohnungsnotfall-kontaktstellen"}),
        ("anwohnerparkausweis", {"bewohnerparkausweis"}),
        ("behindertenparkausweis", {"parkausweis-menschen-mit-behinderung"}),
        ("personalausweis", {"personalausweis"}),
        ("führerschein", {"fahrerlaubnis"}),
        ("wbs", {"wohnberechtigungsschein"}),
    ],
)
def test_a_word_finds_what_is_meant_and_nothing_beside_it(query: str, slugs: set[str]) -> None:
    assert found(query) == slugs


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("reisepass", "reisepass"),
        ("elterngeld", "elterngeld"),
        ("scheidung", "trennung-und-umgang"),
        ("pflege", "beratung-senioren"),
        ("gewerbe", "gewerbezentralregisterauskunft"),
        ("heirat", "eheschliessung"),
        ("ummelden", "ummeldung-hauptwohnung"),
    ],
)
def test_an_everyday_word_finds_its_service_among_few(query: str, slug: str) -> None:
    assert slug in found(query)
    assert len(found(query)) <= 3


@pytest.mark.parametrize("query", ["kita", "wohngeld", "hund", "sperrmüll", "angeln", "bafög", "Wohngeldberatung"])
def test_what_the_city_does_not_offer_finds_nothing(query: str) -> None:
    assert found(query) == set()


def test_a_part_that_many_services_share_finds_them_when_it_is_asked_for() -> None:
    assert len(found("Beratung")) > FEW


@given(st.text("xyzqj", min_size=1, max_size=12), st.sampled_from(["beratung", "ausweis", "beratungen"]))
def test_a_compound_is_not_found_by_a_part_that_many_services_share(unheard_of: str, shared: str) -> None:
    assert found(unheard_of + shared) == set()


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("Erziehungsberatung", "erziehungsberatung"),
        ("Elterngeldstelle", "elterngeld"),
        ("Reisepassverlust", "reisepass"),
        ("Privatscheidung", "trennung-und-umgang"),
        ("Privatscheidungen", "trennung-und-umgang"),
    ],
)
def test_a_compound_is_found_by_its_longer_part_that_few_services_have(query: str, slug: str) -> None:
    assert found(query) == {slug}


@pytest.mark.parametrize("typed", ["schwang", "schwangere", "schwangeren", "schwangerenb", "schwangerenberatun"])
def test_the_beginning_of_a_specific_word_finds_no_more_than_the_word(typed: str) -> None:
    assert "schwangerenberatung" in found(typed)
    assert found(typed) <= {"schwangerenberatung", "schwangerschaftskonfliktberatung"}


@pytest.mark.parametrize("service", DEMO.services, ids=lambda service: service.slug)
def test_every_service_is_found_by_each_of_its_names(service: Service) -> None:
    for name in (*service.name.values(), *service.alt_names):
        assert service in DEMO.index.search(name), name


def index_of(*texts: str) -> SearchIndex:
    """An index of services with a text each, and without a name that matters."""
    records = [record(f"s{place}", name={"de": "Name"}, summary={"de": text}) for place, text in enumerate(texts)]
    return SearchIndex(snapshot_of(settings_of(), page(*records)).services, {})


@pytest.mark.parametrize(("having", "count"), [(FEW, FEW), (FEW + 1, 0)])
def test_a_part_is_specific_up_to_three_services_of_a_small_city(having: int, count: int) -> None:
    assert len(index_of(*["Spende"] * having, "Steuer").search("Blutspende")) == count


@pytest.mark.parametrize(("having", "count"), [(FEW + 2, FEW + 2), (FEW + 3, 0)])
def test_a_part_is_specific_up_to_one_service_in_twenty_of_a_large_city(having: int, count: int) -> None:
    texts = ["Spende"] * having
    index = index_of(*texts, *["Steuer"] * (FEW_OF * (FEW + 2) - having))
    assert len(index.search("Blutspende")) == count


def test_a_text_counts_for_a_longer_word_only_where_no_name_has_one() -> None:
    records = [
        record("trennung", name={"de": "Scheidungsfolgen"}),
        record("widerspruch", name={"de": "Widerspruch"}, summary={"de": "Gegen Entscheidungen und Bescheide."}),
    ]
    index = SearchIndex(snapshot_of(settings_of(), page(*records)).services, {})
    assert [service.slug for service in index.search("Scheidung")] == ["trennung"]
    assert [service.slug for service in index.search("Bescheid")] == ["widerspruch"]


def test_a_short_stem_is_no_part_in_the_middle_of_a_word() -> None:
    assert index_of("Rates for parents.").search("Rente") == []
    assert len(index_of("Bahncard für Rentner.").search("Renten")) == 1


def test_what_stands_inside_a_word_by_chance_finds_nothing() -> None:
    assert index_of("How to order.").search("Forderungen") == []
