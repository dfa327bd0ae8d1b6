"""A gateway that is told to stop does not wait for those who wait for news of a room."""

import json
import signal
import threading
import time
from pathlib import Path

import httpx

from durchwahl.rooms.talks import PATIENCE
from tests.rooms.talks import book, rows, serving


def test_a_waiting_browser_keeps_no_gateway_from_stopping(tmp_path: Path) -> None:
    with serving(tmp_path) as (gateway,):
        address, token = book(gateway).citizen.rsplit("/", 1)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        with httpx.Client(base_url=gateway.base, headers=headers, trust_env=False, timeout=30) as client:
            seated = client.post(f"{address}/platz").json()
            answers: list[httpx.Response] = []

            def listen() -> None:
                body = json.dumps({"after": seated["number"]})
                answers.append(client.post(f"{address}/warten", content=body, headers={"X-Seat": seated["seat"]}))

            seen = rows(gateway, "SELECT seen FROM seat")
            waiting = threading.Thread(target=listen)
            waiting.start()
            while rows(gateway, "SELECT seen FROM seat") == seen:
                time.sleep(0.01)  # until the other process has noted that somebody waits
            began = time.monotonic()
            gateway.process.terminate()
            assert gateway.process.wait(timeout=30) in (0, -signal.SIGTERM)  # uvicorn raises it again at its end
            assert time.monotonic() - began < PATIENCE / 2
            waiting.join()
            assert answers[0].status_code == 200
