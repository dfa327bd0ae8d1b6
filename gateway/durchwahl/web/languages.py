"""Which language a page is in: its path says so, and nothing else does."""

from urllib.parse import quote

from starlette.requests import Request

from durchwahl.model.text import DEFAULT_LANGUAGE, INTERFACE_LANGUAGES


def root_of(language: str) -> str:
    """Return what stands before a page's path: nothing in German, else the language's tag and a slash."""
    return "" if language == DEFAULT_LANGUAGE else f"{language}/"


def page_path(path: str) -> tuple[str, str]:
    """Return a request's language, and its path as in German: `/en/amt/x` is `en`, `/amt/x`."""
    first, _, rest = path[1:].partition("/")
    if first in INTERFACE_LANGUAGES and first != DEFAULT_LANGUAGE:
        return first, f"/{rest}"
    return DEFAULT_LANGUAGE, path


def asked_path(request: Request) -> str:
    """Return the path below the language, with its query: what a page is called in every language.

    Quoted, and without slashes in front: a link to `//host` would lead to another host (RFC 3986 §4.2).
    """
    path = quote(page_path(request.scope["path"])[1].lstrip("/"), safe="/:@!$&'()*+,;=~")
    return f"{path}?{request.url.query}" if request.url.query else path
