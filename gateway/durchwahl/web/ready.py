"""The table before everything else: a GET that was asked before is answered from memory, down to the last header.

An answer is remembered for everything in a request that can change it. Whatever the table has not seen goes to the
routes, whose ready documents come back through the one outermost layer and are kept here as they went out. FastAPI's
routing alone costs several times what an answer from here does.
"""

from dataclasses import dataclass
from time import monotonic
from weakref import ReferenceType

from starlette.types import Scope, Send

from durchwahl.catalogue.documents import Representation
from durchwahl.web.assembly import Gateway
from durchwahl.web.outgoing import REQUEST_ID, Header

MOST_REMEMBERED = 4_096
DECIDING = frozenset({b"host", b"origin", b"accept-language", b"accept-encoding", b"if-none-match"})
"""The headers of a GET that decide what a ready document's answer says."""

LONGEST_REMEMBERED = 1_024
"""How much text of a request is kept, in bytes: no browser sends more for a question that somebody asks again."""

Question = tuple[str, str, bytes, tuple[Header, ...]]


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer as it went out, its request's own id apart."""

    status: int
    headers: tuple[Header, ...]
    content: "ReferenceType[Representation] | None"
    """Weak: the documents themselves decide how long they are kept. None: an answer without a body."""
    route: str
    until: float | None = None
    """Of the machine's monotonic clock, in seconds: from then on it is asked for again. None: with its snapshot."""


class ReadyTable:
    """The finished answers of one snapshot. `enabled` is off only where a test compares both ways."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._documents: object = None
        self._answers: dict[Question, Finished] = {}
        self.enabled = True

    async def answered(self, question: Question | None, send: Send, request_id: str) -> Finished | None:
        """Answer and return what was answered, or return None where nothing is remembered."""
        if question is None or not self.enabled or self._gateway.documents is not self._documents:
            return None
        found = self._answers.get(question)
        if found is None or (found.until is not None and monotonic() >= found.until):
            return None
        body = b""
        if found.content is not None:
            representation = found.content()
            if representation is None:
                del self._answers[question]
                return None
            body = representation.body
        headers = [*found.headers, (REQUEST_ID, request_id.encode())]
        await send({"type": "http.response.start", "status": found.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return found

    def remember(self, question: Question | None, finished: Finished, documents: object) -> None:
        """Keep an answer that was made from these documents; where others came meanwhile, it is old already."""
        if question is None or documents is not self._gateway.documents:
            return
        # Many ways to ask for little: nobody may crowd out everybody else.
        if documents is not self._documents or len(self._answers) >= MOST_REMEMBERED:
            self._answers.clear()
            self._documents = documents
        self._answers[question] = finished


def question_of(scope: Scope) -> Question | None:
    """Return what tells answers apart; None where no ready answer can be asked for, or at a length that is not kept."""
    method: str = scope["method"]
    if method not in ("GET", "HEAD"):
        return None
    # All of a header that is given twice, in their order: else German could be remembered under `en`.
    deciding = tuple([header for header in scope["headers"] if header[0] in DECIDING])
    path, query = scope["path"], scope["query_string"]
    if len(path) + len(query) + sum([len(value) for _, value in deciding]) > LONGEST_REMEMBERED:
        return None
    return method, path, query, deciding
