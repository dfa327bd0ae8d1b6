"""How long a server takes to the first byte of an answer, on one kept connection that does nothing else.

The client is a bare socket: what it costs itself, some ten microseconds, is in everybody's figure alike.
"""

import socket
from collections.abc import Mapping
from statistics import median
from time import perf_counter

from bench.started import LOOPBACK, client_core, on_core
from bench.wrk import Unusable

HEAD_ENDS = b"\r\n\r\n"
AT_ONCE = 1 << 16


def first_byte(port: int, path: str, headers: Mapping[str, str], times: int) -> float:
    """Return the median seconds from the question's last byte to the answer's first.

    Raises:
        Unusable: an answer was no 200, or had no length.
    """
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {LOOPBACK}:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    question = "\r\n".join([*lines, "", ""]).encode("ascii")
    with on_core(client_core()), socket.create_connection((LOOPBACK, port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return median(_asked(connection, question) for _ in range(times))


def _asked(connection: socket.socket, question: bytes) -> float:
    connection.sendall(question)
    began = perf_counter()
    answer = connection.recv(AT_ONCE)
    seconds = perf_counter() - began
    while HEAD_ENDS not in answer:
        answer += _more(connection)
    head, _, body = answer.partition(HEAD_ENDS)
    left = _length(head) - len(body)
    while left > 0:
        left -= len(_more(connection))
    return seconds


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(AT_ONCE)
    if not part:
        raise Unusable("a connection was closed in the middle of an answer")
    return part


def _length(head: bytes) -> int:
    status, *fields = head.split(b"\r\n")
    if b" 200" not in status:
        raise Unusable(f"an answer was {status.decode('latin-1')}")
    for field in fields:
        name, _, value = field.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise Unusable("an answer says no length")
