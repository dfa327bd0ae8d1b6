"""German full-text search over a few hundred services: umlauts, inflections, compounds, synonyms.

`Führungszeugnis`, `Fuehrungszeugnis` and `fuhrungszeugnis` are one word here; `Parkausweis` is found in
`Bewohnerparkausweis`; `Perso` finds what the operator's synonyms say. Stemming is Snowball's.

A list in the order of its departments does not show which match is the best, so what is found must be right. Each
further look is taken only where the one before found nothing: at what says the word, or is named by a word that holds
it; at what speaks of such a word; at what a compound that nobody knows is made of, where few services have that part:
`Erziehungsberatung` is about `Erziehung`, while `Beratung` is what half of the city offers.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import snowballstemmer

from durchwahl.model.catalogue import Service

_WORD = re.compile(r"[^\W_]+")
_GERMAN_STOP_WORDS = (
    "der die das den dem des ein eine einen einer eines und oder fur mit von zu zur zum im in am an bei auf aus"
    " ich mein meine wie wo was"
)
_ENGLISH_STOP_WORDS = "the a an of for and or to my i how"
_STOP_WORDS = frozenset(f"{_GERMAN_STOP_WORDS} {_ENGLISH_STOP_WORDS}".split())
SHORTEST_PART = 4
LONGEST_QUERY = 200
MOST_WORDS = 12

IN_NAME, IN_ALTERNATIVE, IN_TEXT = 8.0, 6.0, 2.0
EXACT, STEM, PREFIX, PART = 1.0, 0.9, 0.6, 0.4

FEW, FEW_OF = 3, 20
"""A part of a compound is specific where at most so many services have it, or one in so many."""


def folded(text: str) -> str:
    """Return the text without case and accents, with ae, oe, ue like their umlauts and ß like ss."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def words(text: str) -> list[str]:
    """Return the folded words that carry meaning."""
    return [word for word in _WORD.findall(folded(text)) if word not in _STOP_WORDS]


class SearchIndex:
    """The words of a snapshot's services: each once, with its stem, and with the services in which it stands.

    A query's word is compared with every word once, not with every word of every service.
    """

    def __init__(self, services: Sequence[Service], synonyms: Mapping[str, Iterable[str]]) -> None:
        self._services = services
        self._stem = snowballstemmer.stemmer("german").stemWord
        self._synonyms = {
            " ".join(words(word)): [words(other) for other in others] for word, others in synonyms.items()
        }
        self._weights: dict[str, dict[int, float]] = {}
        for place, service in enumerate(services):
            for word, weight in _weighted(service):
                known = self._weights.setdefault(word, {})
                known[place] = max(weight, known.get(place, 0.0))
        self._stems = {word: self._stem(word) for word in self._weights}
        self._same_stem: dict[str, list[str]] = {}
        for word, stem in self._stems.items():
            self._same_stem.setdefault(stem, []).append(word)

    def search(self, query: str) -> list[Service]:
        """Return the services in which every word of the query, or a synonym of it, is found; the best first."""
        wanted = list(dict.fromkeys(words(query[:LONGEST_QUERY])))[:MOST_WORDS]
        if not wanted:
            return []
        said = list(self._said_otherwise(wanted))
        alike = {term: self._alike(term) for term in dict.fromkeys(chain.from_iterable(said))}
        best = _best(said, {term: self._named(nearby) for term, nearby in alike.items()})
        if not best:
            best = _best(
                said, {term: self._mentioned(nearby) or self._in_parts(term) for term, nearby in alike.items()}
            )
        return [self._services[place] for place in sorted(best, key=lambda place: (-best[place], place))]

    def _said_otherwise(self, wanted: list[str]) -> Iterator[list[str]]:
        """Yield the query as it is, with one of its words replaced by a synonym, and replaced as a whole."""
        yield wanted
        yield from self._synonyms.get(" ".join(wanted), [])
        if len(wanted) > 1:
            for index, word in enumerate(wanted):
                for other in self._synonyms.get(word, []):
                    yield [*wanted[:index], *other, *wanted[index + 1 :]]

    def _alike(self, term: str) -> list[tuple[str, float]]:
        """Return the words that are the term or something near it, with their nearness."""
        stem = self._stem(term)
        return [
            (word, nearness)
            for word, word_stem in self._stems.items()
            if (nearness := _nearness(term, stem, word, word_stem))
        ]

    def _named(self, alike: Iterable[tuple[str, float]]) -> dict[int, float]:
        """Return how well each service that has the very word anywhere, or one of the others in a name, has it."""
        return _highest(
            (place, weight * nearness)
            for word, nearness in alike
            for place, weight in self._weights[word].items()
            if nearness >= STEM or weight > IN_TEXT
        )

    def _mentioned(self, alike: Iterable[tuple[str, float]]) -> dict[int, float]:
        """Return how well each service that has one of the words anywhere has it."""
        return _highest(
            (place, weight * nearness) for word, nearness in alike for place, weight in self._weights[word].items()
        )

    def _in_parts(self, compound: str) -> dict[int, float]:
        """Return how well each service has the longer of its two ends that few services have."""
        few = max(FEW, len(self._services) // FEW_OF)
        for part in sorted((self._beginning(compound), self._ending(compound)), key=len, reverse=True):
            having = self._mentioned((word, PART) for word in self._same_stem.get(part, ()))
            if having and len(having) <= few:
                return having
        return {}

    def _beginning(self, compound: str) -> str:
        """Return the longest stem with which it begins, or nothing."""
        parts = (compound[:end] for end in range(len(compound), SHORTEST_PART, -1))
        return next((part for part in parts if part in self._same_stem), "")

    def _ending(self, compound: str) -> str:
        """Return the longest stem with which it ends, an inflection apart, or nothing."""
        # Snowball strips more from a compound than from its last word: Privatscheid[ungen], but Scheidung[en].
        forms = (self._stem(compound), compound, compound[:-1], compound[:-2])
        parts = (form[start:] for start in range(len(compound)) for form in forms)
        return next((part for part in parts if len(part) > SHORTEST_PART and part in self._same_stem), "")


def _weighted(service: Service) -> Iterator[tuple[str, float]]:
    texts = (
        *((text, IN_NAME) for text in service.name.values()),
        *((text, IN_ALTERNATIVE) for text in service.alt_names),
        *((text, IN_TEXT) for text in service.summary.values()),
        *((text, IN_TEXT) for text in service.description.values()),
    )
    for text, weight in texts:
        for word in words(text):
            yield word, weight


def _best(said: Iterable[Sequence[str]], found: Mapping[str, Mapping[int, float]]) -> dict[int, float]:
    """Return the places that every term of one way to say it has, with the score of the way that fits them best."""
    return _highest(chain.from_iterable(_all_of([found[term] for term in terms]).items() for terms in said))


def _highest(scored: Iterable[tuple[int, float]]) -> dict[int, float]:
    """Return each place once, with its highest score."""
    highest: dict[int, float] = {}
    for place, score in scored:
        if score > highest.get(place, 0.0):
            highest[place] = score
    return highest


def _all_of(scores: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Return the sums of the places that every term has; no terms, no places."""
    first, *others = scores or [{}]
    return {
        place: score + sum(other[place] for other in others)
        for place, score in first.items()
        if all(place in other for other in others)
    }


def _nearness(term: str, stem: str, word: str, word_stem: str) -> float:
    if term == word:
        return EXACT
    if stem == word_stem:
        return STEM
    if len(term) >= SHORTEST_PART - 1 and word.startswith(term):
        return PREFIX
    if len(stem) < SHORTEST_PART or stem not in word:
        return 0.0
    # A short stem stands in many a word by chance: the `rent` of `Rente` ends `parent`.
    return PART if len(stem) > SHORTEST_PART or term in word or word.startswith(stem) else 0.0
