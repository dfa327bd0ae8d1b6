"""The socket that is served on, taken before anything else is said or begun."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Give a socket bound to the address, and close it at the end. Connections are taken once the server accepts them.

    Raises:
        ClickException: the address cannot be had; the text says what to do.
    """
    shown = f"[{host}]" if ":" in host else host
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        remedy = "Name an address of this machine by --host, e.g. 127.0.0.1."
        raise click.ClickException(f"{host} is no address to listen on. {remedy}") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            reason = f"cannot listen on {shown}:{port}: {error.strerror}."
            raise click.ClickException(f"{reason} Name another by --port or --host.") from error
        listener.set_inheritable(False)
        yield listener
    finally:
        listener.close()


def name_of(listener: socket.socket) -> str:
    """Return `http://host:port`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
