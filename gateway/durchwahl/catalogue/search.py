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
    """The words of a snapshot's services, each with where it stands."""

    def __init__(self, services: Sequence[Service], synonyms: Mapping[str, Iterable[str]]) -> None:
        self._services = services
        self._stem = snowballstemmer.stemmer("german").stemWord
        self._synonyms = {
            " ".join(words(word)): [words(other) for other in others] for word, others in synonyms.items()
        }
        self._bags = [self._bag(service) for service in services]

    def search(self, query: str) -> list[Service]:
        """Return the services in which every word of the query, or a synonym of it, is found; the best first."""
        wanted = list(dict.fromkeys(words(query[:LONGEST_QUERY])))[:MOST_WORDS]
        if not wanted:
            return []
        alternatives = list(self._said_otherwise(wanted))
        scored = []
        for place, bag in enumerate(self._bags):
            best = max(self._score(bag, terms) for terms in alternatives)
            if best > 0:
                scored.append((-best, place))
        return [self._services[place] for _, place in sorted(scored)]

    def _said_otherwise(self, wanted: list[str]) -> Iterator[list[str]]:
        """Yield the query as it is, with one of its words replaced by a synonym, and replaced as a whole."""
        yield wanted
        yield from self._synonyms.get(" ".join(wanted), [])
        if len(wanted) > 1:
            for index, word in enumerate(wanted):
                for other in self._synonyms.get(word, []):
                    yield [*wanted[:index], *other, *wanted[index + 1 :]]

    def _bag(self, service: Service) -> dict[str, tuple[float, str]]:
        bag: dict[str, tuple[float, str]] = {}
        texts = [
            *((text, IN_NAME) for text in service.name.values()),
            *((text, IN_ALTERNATIVE) for text in service.alt_names),
            *((text, IN_TEXT) for text in service.summary.values()),
            *((text, IN_TEXT) for text in service.description.values()),
        ]
        for text, weight in texts:
            for word in words(text):
                bag[word] = (max(weight, bag.get(word, (0.0, ""))[0]), self._stem(word))
        return bag

    def _score(self, bag: Mapping[str, tuple[float, str]], terms: Sequence[str]) -> float:
        total = 0.0
        for term in terms:
            stem = self._stem(term)
            best = max(
                (weight * _nearness(term, stem, word, other) for word, (weight, other) in bag.items()),
                default=0,
            )
            if best == 0:
                return 0.0
            total += best
        return total


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
