"""The table before the router: a GET that was asked before is answered without parsing anything again.

It remembers, per snapshot, which document a path, query and language lead to. Whatever it has not seen goes to the
routes, which make the answer and leave it here. FastAPI's routing alone costs several times what this does.
"""

from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Receive, Scope, Send

from durchwahl.catalogue.documents import Document
from durchwahl.web.assembly import Gateway
from durchwahl.web.documents import ReadyAnswer

MOST_REMEMBERED = 4_096
ROUTE = "ready"

Question = tuple[str, bytes, bytes]


class ReadyTable:
    """An ASGI layer that answers from memory. `enabled` is off only where a test compares both ways."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway
        self._snapshot_documents: object = None
        # Weak: the documents themselves decide how long they are kept.
        self._answers: WeakValueDictionary[Question, Document] = WeakValueDictionary()
        self.enabled = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and self.enabled:
            document = self._table().get(question_of(scope))
            if document is not None:
                scope["route_template"] = ROUTE
                await ReadyAnswer(document)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def remember(self, scope: Scope, document: Document) -> ReadyAnswer:
        """Keep which document this request leads to, and return the answer."""
        table = self._table()
        if len(table) >= MOST_REMEMBERED:  # many ways to ask for little: nobody may crowd out everybody else
            table.clear()
        table[question_of(scope)] = document
        return ReadyAnswer(document)

    def _table(self) -> WeakValueDictionary[Question, Document]:
        if self._snapshot_documents is not self._gateway.documents:
            self._snapshot_documents = self._gateway.documents
            self._answers = WeakValueDictionary()
        return self._answers


def question_of(scope: Scope) -> Question:
    """Return what tells answers apart: path, raw query, and the header that chooses the language."""
    # The first of several, as the routes read it: else a client could have German remembered under `en`.
    language = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return scope["path"], scope["query_string"], language
