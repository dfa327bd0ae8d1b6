"""The wait for a first byte, and what is no answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.first_byte import first_byte
from bench.wrk import Unusable

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"


@contextmanager
def answering(*parts: bytes) -> Iterator[int]:
    """Answer each question on one connection with these parts, and give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65_536):
                    for part in parts:
                        connection.sendall(part)

        served = threading.Thread(target=serve)
        served.start()
        try:
            yield listener.getsockname()[1]
        finally:
            served.join()


@pytest.mark.parametrize("parts", [(GOOD,), (GOOD[:10], GOOD[10:]), (GOOD[:-2], GOOD[-2:])])
def test_answers_are_taken_whole_one_after_the_other(parts: tuple[bytes, ...]) -> None:
    with answering(*parts) as port:
        assert 0 < first_byte(port, "/", {"Accept-Encoding": "gzip"}, 5) < 10


@pytest.mark.parametrize("answer", [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_what_is_no_answer_is_not_measured(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(Unusable):
        first_byte(port, "/", {}, 1)
