"""Pages that are made for one request and are long: packed for the way.

Not for pages that hold a token beside what somebody typed: their length would tell of it (BREACH). A page of times
holds nothing secret.
"""

import gzip
from collections.abc import Callable, Mapping

import brotli
from starlette.responses import Response

from durchwahl.web.negotiation import PREFERENCE, best_coding

FAST = 4
"""Of brotli's and gzip's levels: a page of 28 kB takes a millisecond."""
PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=FAST)),
    "gzip": lambda body: gzip.compress(body, FAST, mtime=0),
}


def packed(response: Response, accept_encoding: str | None) -> Response:
    """Return the answer in the coding that the client likes best; plain where it likes none of ours."""
    coding = best_coding(PREFERENCE, accept_encoding)
    response.headers["vary"] = "Accept-Encoding"
    if coding is not None and coding in PACKERS:
        response.body = PACKERS[coding](bytes(response.body))
        response.headers["content-encoding"] = coding
        response.headers["content-length"] = str(len(response.body))
    return response
