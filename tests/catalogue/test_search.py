"""German search: spellings, inflections, compounds, synonyms, ranking; and questions that mean harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.catalogue import search as search_module
from durchwahl.catalogue.search import IN_TEXT, LONGEST_QUERY, STEM, SearchIndex, folded
from durchwahl.catalogue.snapshot import Filter, Snapshot
from tests.catalogue.catalogues import page, record, settings_of, snapshot_of

SYNONYMS = {
    "perso": ("Personalausweis",),
    "polizeiliches Führungszeugnis": ("Führungszeugnis",),
    "kfz": ("Kraftfahrzeug", "Fahrzeug"),
    "anwohnerparken": ("Bewohnerparkausweis",),
    "leer": ("und der die",),
}
NAMES = {
    "fuehrungszeugnis": "Führungszeugnis",
    "bewohnerparkausweis": "Bewohnerparkausweis",
    "personalausweis": "Personalausweis",
    "meldebescheinigung": "Meldebescheinigung",
    "geburtsurkunde": "Geburtsurkunde",
    "eheurkunde": "Eheurkunde",
    "ummeldung-fahrzeug": "Fahrzeug ummelden",
    "gruenflaeche": "Nutzung von Grünflächen",
    "strasse": "Sperrung einer Straße",
    "erziehung": "Beratung zur Erziehung",
    "adresse": "Adressänderung",
}


def snapshot() -> Snapshot:
    records = [record(key, name={"de": name}) for key, name in NAMES.items()]
    records.append(
        record(
            "reisepass", name={"de": "Reisepass", "en": "Passport"}, alt_names=["ePass"], summary={"de": "Für Reisen."}
        )
    )
    records.append(record("auskunft", name={"de": "Auskunft"}, description={"de": "Auch zum Führungszeugnis."}))
    return snapshot_of(settings_of(), page(*records))


INDEX = SearchIndex(snapshot().services, SYNONYMS)


def found(query: str) -> list[str]:
    return [service.slug for service in INDEX.search(query)]


@pytest.mark.parametrize(
    "query",
    [
        "Führungszeugnis",
        "fuehrungszeugnis",
        "FÜHRUNGSZEUGNIS",
        "fuhrungszeugnis",
        "Fu\u0308hrungszeugnis",
        "Führungs-Zeugnis",
        " führungszeugnis ",
    ],
)
def test_a_word_is_found_in_every_spelling(query: str) -> None:
    assert found(query)[0] == "fuehrungszeugnis"


@pytest.mark.parametrize(
    ("query", "slug"),
    [("Strasse", "strasse"), ("STRASSE", "strasse"), ("straße", "strasse"), ("Gruenflaechen", "gruenflaeche")],
)
def test_sharp_s_and_umlauts_are_one_with_their_spellings(query: str, slug: str) -> None:
    assert found(query) == [slug]


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("Geburtsurkunden", "geburtsurkunde"),
        ("Meldebescheinigungen", "meldebescheinigung"),
        ("Reisepässe", "reisepass"),
        ("Fahrzeuge", "ummeldung-fahrzeug"),
        ("Grünfläche", "gruenflaeche"),
    ],
)
def test_an_inflected_word_is_found(query: str, slug: str) -> None:
    assert slug in found(query)


def test_a_part_of_a_compound_is_found() -> None:
    assert found("Parkausweis") == ["bewohnerparkausweis"]
    assert set(found("Urkunde")) == {"geburtsurkunde", "eheurkunde"}


def test_a_compound_finds_what_it_is_made_of() -> None:
    assert "erziehung" in found("Erziehungsberatung")
    assert "ummeldung-fahrzeug" in found("Kraftfahrzeug")


def test_the_beginning_of_a_word_is_enough_while_it_is_typed() -> None:
    assert "personalausweis" in found("Pers")
    assert found("Melde")[0] == "meldebescheinigung"


def test_a_synonym_finds_what_it_stands_for() -> None:
    assert found("Perso") == ["personalausweis"]
    assert found("polizeiliches Führungszeugnis")[0] == "fuehrungszeugnis"
    assert found("KFZ ummelden") == ["ummeldung-fahrzeug"]
    assert found("Anwohnerparken") == ["bewohnerparkausweis"]


def test_a_synonym_of_words_without_meaning_finds_nothing() -> None:
    assert found("leer") == []


def test_every_word_must_be_found() -> None:
    assert found("Führungszeugnis Straße") == []
    assert found("Nutzung Grünflächen") == ["gruenflaeche"]


def test_small_words_do_not_matter() -> None:
    assert found("wie beantrage ich einen Reisepass") == []
    assert found("mein Reisepass für die Reisen")[0] == "reisepass"


def test_a_name_ranks_before_other_names_and_these_before_texts() -> None:
    assert found("Führungszeugnis") == ["fuehrungszeugnis", "auskunft"]
    assert found("ePass") == ["reisepass"]


def test_names_in_other_languages_are_found() -> None:
    assert found("passport") == ["reisepass"]


@pytest.mark.parametrize(
    "query", ["", " ", "?", "und der", ".*", "(", "[a-z]+", "\\", "%", "'; DROP TABLE", "\x00", "😀", "a"]
)
def test_what_holds_no_word_finds_nothing_and_is_no_error(query: str) -> None:
    assert found(query) == []


@given(st.text(max_size=300))
def test_no_question_is_an_error(query: str) -> None:
    assert len(found(query)) <= len(NAMES) + 2


@pytest.mark.parametrize("query", ["Ｒｅｉｓｅｐａｓｓ", "𝕽eisepass", "Reise\u00adpass", "REISEPAẞ"])
def test_letters_from_elsewhere_are_read_as_what_they_look_like(query: str) -> None:
    assert found(query) == ["reisepass"]


@given(st.text(max_size=60))
def test_folding_is_the_same_for_either_case(text: str) -> None:
    assert folded(text.casefold()) == folded(text)


def test_a_long_question_counts_up_to_its_200th_character() -> None:
    assert found("Reisepass" + " " * LONGEST_QUERY + "Führungszeugnis") == ["reisepass"]


def looks(query: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many words of the catalogue a question is compared with."""
    compared = 0
    plain = search_module._nearness

    def counted(term: str, stem: str, word: str, word_stem: str) -> float:
        nonlocal compared
        compared += 1
        return plain(term, stem, word, word_stem)

    with monkeypatch.context() as patched:
        patched.setattr(search_module, "_nearness", counted)
        INDEX.search(query)
    return compared


@pytest.mark.parametrize("query", ["kfz ", "perso kfz anwohnerparken ", "fahrzeug ummelden "])
def test_a_question_that_repeats_itself_costs_no_more_than_a_plain_one(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looks(query * (LONGEST_QUERY // len(query)), monkeypatch) == looks(query, monkeypatch)


def test_no_more_than_twelve_words_of_a_question_count() -> None:
    assert found(" ".join(["Reisepass", *["Reisep", "Reisepa", "Reise", "ePass", "Passport"], *"abcdefg"])) == []
    words = [
        "reisepass",
        "reisepas",
        "reisepa",
        "reisep",
        "reise",
        "reis",
        "rei",
        "epass",
        "epas",
        "epa",
        "passport",
        "passpo",
    ]
    assert found(" ".join(words)) == found(" ".join([*words, "strasse"])) == ["reisepass"]


def test_repeating_a_word_changes_nothing() -> None:
    assert found("Urkunde Urkunde Urkunde") == found("Urkunde")


def test_equal_matches_keep_the_order_of_the_list() -> None:
    assert found("Urkunde") == ["eheurkunde", "geburtsurkunde"]


def test_a_question_narrows_and_orders_a_list() -> None:
    one = snapshot()
    assert [s.slug for s in one.select(Filter(q="Führungszeugnis"))] == ["fuehrungszeugnis", "auskunft"]
    assert one.select(Filter(q="Führungszeugnis", department=("anderes",))) == ()
    assert one.select(Filter(q="  ")) == one.services


def one_by_one(index: SearchIndex, query: str, *, is_named: bool) -> list[tuple[float, int]]:
    """The same by comparing every word of every service, which says in a few lines what the index is to find.

    Parts of compounds apart: the words that are asked have none that finds more.
    """
    wanted = list(dict.fromkeys(search_module.words(query)))
    scores = []
    for place, service in enumerate(index._services):
        bag = list(search_module._weighted(service))
        best = 0.0
        for terms in index._said_otherwise(wanted):
            each = [how_well(index, term, bag, is_named=is_named) for term in terms]
            best = max(best, sum(each) if each and all(each) else 0.0)
        if best:
            scores.append((round(-best, 9), place))
    return sorted(scores)


def how_well(index: SearchIndex, term: str, bag: list[tuple[str, float]], *, is_named: bool) -> float:
    stem = index._stem(term)
    near = ((search_module._nearness(term, stem, word, index._stems[word]), weight) for word, weight in bag)
    return max(
        (weight * nearness for nearness, weight in near if nearness >= STEM or weight > IN_TEXT or not is_named),
        default=0.0,
    )


VOCABULARY = st.sampled_from(
    [
        "reisepass",
        "pass",
        "reise",
        "fuhrungszeugnis",
        "Führungszeugnis",
        "perso",
        "personalausweis",
        "kfz",
        "fahrzeug",
        "urkunde",
        "beratung",
        "zur",
    ]
)


@given(st.lists(VOCABULARY, min_size=1, max_size=3))
def test_the_index_finds_what_comparing_every_word_finds(asked: list[str]) -> None:
    query = " ".join(asked)
    expected = one_by_one(INDEX, query, is_named=True) or one_by_one(INDEX, query, is_named=False)
    assert [service.id for service in INDEX.search(query)] == [INDEX._services[place].id for _, place in expected]
