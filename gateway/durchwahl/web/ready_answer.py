"""How a ready document is answered: the coding that the client likes best, 304, HEAD."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from durchwahl.catalogue.documents import Document, Representation
from durchwahl.web.negotiation import chosen_representation, matches
from durchwahl.web.outgoing import Header


class ReadyAnswer(Response):
    """A route's answer from a ready document.

    It leaves `representation` in the scope, which may be remembered, and how long it `lasts`.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        document, given = self._document, _given(scope)
        chosen = chosen_representation(document, given.get(b"accept-encoding"))
        representation = chosen or document.representations["identity"]
        by_browser = document.language and document.is_negotiated
        scope["representation"], scope["lasts"] = representation, document.lasts
        headers = [
            (b"etag", representation.etag.encode()),
            (b"cache-control", document.cache_control.encode()),
            (b"vary", b"Accept-Language, Accept-Encoding" if by_browser else b"Accept-Encoding"),
        ]
        if matches(given.get(b"if-none-match"), representation):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += _content_headers(document, representation)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": representation.body})


def _content_headers(document: Document, representation: Representation) -> list[Header]:
    headers = [
        (b"content-type", document.media_type.encode()),
        (b"content-length", str(len(representation.body)).encode()),
    ]
    if document.language:
        headers.append((b"content-language", document.language.encode()))
    if representation.encoding != "identity":
        headers.append((b"content-encoding", representation.encoding.encode()))
    return headers


def _given(scope: Scope) -> dict[bytes, str]:
    """Return the request's headers; of one that is given twice, the values joined (RFC 9110 §5.3)."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found
