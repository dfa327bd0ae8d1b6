"""German full-text search over a few hundred services: umlauts, inflections, compounds, synonyms.

`Führungszeugnis`, `Fuehrungszeugnis` and `fuhrungszeugnis` are one word here; `Parkausweis` is found in
`Bewohnerparkausweis`; `Perso` finds what the operator's synonyms say. Stemming is Snowball's.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

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

    def search(self, query: str) -> list[Service]:
        """Return the services in which every word of the query, or a synonym of it, is found; the best first."""
        wanted = list(dict.fromkeys(words(query[:LONGEST_QUERY])))[:MOST_WORDS]
        if not wanted:
            return []
        best: dict[int, float] = {}
        found: dict[str, dict[int, float]] = {}
        for terms in self._said_otherwise(wanted):
            for term in terms:
                if term not in found:
                    found[term] = self._found(term)
            for place, score in _all_of([found[term] for term in terms]).items():
                best[place] = max(score, best.get(place, 0.0))
        return [self._services[place] for place in sorted(best, key=lambda place: (-best[place], place))]

    def _said_otherwise(self, wanted: list[str]) -> Iterator[list[str]]:
        """Yield the query as it is, with one of its words replaced by a synonym, and replaced as a whole."""
        yield wanted
        yield from self._synonyms.get(" ".join(wanted), [])
        if len(wanted) > 1:
            for index, word in enumerate(wanted):
                for other in self._synonyms.get(word, []):
                    yield [*wanted[:index], *other, *wanted[index + 1 :]]

    def _found(self, term: str) -> dict[int, float]:
        """Return how well each service that has the term, or something near it, has it."""
        stem = self._stem(term)
        scores: dict[int, float] = {}
        for word, word_stem in self._stems.items():
            if nearness := _nearness(term, stem, word, word_stem):
                for place, weight in self._weights[word].items():
                    scores[place] = max(weight * nearness, scores.get(place, 0.0))
        return scores


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
    if len(stem) >= SHORTEST_PART and stem in word:
        return PART
    return PART if len(word_stem) > SHORTEST_PART and word_stem in term else 0.0
