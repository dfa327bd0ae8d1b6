"""Where the pages are. German at the root, every other language below its tag: `/amt/…`, `/en/amt/…`."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from durchwahl.web.languages import root_of

Query = Mapping[str, str | Sequence[str] | None]


class Addresses:
    """The addresses of all pages in one language.

    `root` is the path of `public_url` without its last slash for pages: they work under every name that leads to them.
    For what stands on somebody else's page it is all of `public_url`.
    """

    def __init__(self, root: str, language: str) -> None:
        self._root = root
        self._language = language

    def in_language(self, language: str) -> "Addresses":
        """Return the same pages in another language."""
        return Addresses(self._root, language)

    def page(self, path: str = "", **query: str | Sequence[str] | None) -> str:
        """Return the address of a page by its path below the language, e.g. `amt/jugendamt`."""
        return f"{self._root}/{root_of(self._language)}{path}{query_of(query)}"

    def place(self, *parts: str, **query: str | Sequence[str] | None) -> str:
        """Return the address of a page whose path has these parts; each is quoted."""
        return self.page("/".join(quote(part, safe="") for part in parts), **query)

    def home(self, **query: str | Sequence[str] | None) -> str:
        """Return the list of all consultations, narrowed by `department`, `channel`, `language`, `q`."""
        return self.page("", **query)

    def department(self, department_id: str) -> str:
        """Return a department's page."""
        return self.place("amt", department_id)

    def service(self, service_id: str, **query: str | Sequence[str] | None) -> str:
        """Return a service's page."""
        return self.place("leistung", service_id, **query)

    def times(self, service_id: str, **query: str | Sequence[str] | None) -> str:
        """Return the list of a service's free times: `channel`, `language`, `from` (a date)."""
        return self.place("leistung", service_id, "termine", **query)

    def month(self, service_id: str, **query: str | Sequence[str] | None) -> str:
        """Return the month of a service's free times: `channel`, `language`, `month` (YYYY-MM), `day` (a date)."""
        return self.place("leistung", service_id, "termine", "monat", **query)

    def coverage(self) -> str:
        """Return what can be had by video or phone, and what is missing."""
        return self.page("abdeckung")

    def report(self) -> str:
        """Return what is offered beside what is asked for; only where the city publishes it."""
        return self.page("bericht")

    def new(self, *parts: str, **query: str | Sequence[str] | None) -> str:
        """Return a step of booking: without parts the chosen time, with a hold's id and token its form."""
        return self.place("termin", "neu", *parts, **query)

    def appointment(self, *parts: str) -> str:
        """Return a page of an appointment: its id, then its token, or what a button does."""
        return self.place("termin", *parts)

    def talk(self, *parts: str) -> str:
        """Return a page of a video talk: its id, then its token, or what a button does."""
        return self.place("gespraech", *parts)

    def devices(self) -> str:
        """Return the test of camera, microphone and speaker."""
        return self.page("technik")


def query_of(query: Query) -> str:
    """Return the query with its question mark; what is empty is left out. `from_` is written `from`."""
    pairs = [
        (name.rstrip("_"), value)
        for name, values in query.items()
        for value in ([values] if isinstance(values, str) else values or ())
        if value
    ]
    return f"?{urlencode(pairs)}" if pairs else ""
