"""The gateway as it is served: many at once, killed, behind nginx, beside sources that fail."""

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.booking.looking import button_of
from tests.e2e.processes import Served, all_at_once, served
from tests.gateways import GATEWAY, bearer, key, write_config
from tests.servers.caldav import free_port

OPEN = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nholds_per_client = 1000')


def first_slot(client: httpx.Client, **asked: str) -> dict[str, str]:
    answer = client.get("v1/services/buergeramt-meldebescheinigung/slots", params={"channel": "video", **asked})
    return dict(answer.json()["items"][0])


def caller(base: str) -> httpx.Client:
    return httpx.Client(base_url=base, trust_env=False, timeout=20)


async def test_200_sockets_on_one_slot_with_two_lanes_give_exactly_two_holds(tmp_path: Path) -> None:
    with served(write_config(tmp_path, gateway=OPEN)) as running, caller(running.base) as client:
        slot = first_slot(client)["slot"]
        answers = await all_at_once(200, running.base, lambda _: ("POST", "v1/holds", {"slot": slot}, key()))
        assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 198}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"slot-taken"}


def test_a_hold_survives_kill_9_and_can_be_confirmed_afterwards(tmp_path: Path) -> None:
    config = write_config(tmp_path, gateway=OPEN)
    with served(config) as running, caller(running.base) as client:
        hold = client.post("v1/holds", json={"slot": first_slot(client)["slot"]}, headers=key()).json()
        running.kill()
    with served(config) as again, caller(again.base) as client:
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        answer = client.post("v1/bookings", json=wish, headers=key())
        assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")


@contextmanager
def nginx(folder: Path, target: str) -> Iterator[str]:
    """Run nginx with the gateway under /beratung/, as docs/operator.md configures it."""
    port = free_port()
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    (folder / "nginx.conf").write_text(
        f"""
        worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
          access_log off;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
          uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          server {{
            listen 127.0.0.1:{port};
            location /beratung/ {{
              proxy_pass {target};
              proxy_set_header Host $host:$server_port;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            }}
          }}
        }}
        """,
        encoding="utf-8",
    )
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                break
        yield f"http://127.0.0.1:{port}/beratung/"
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def behind_nginx(folder: Path, *, holds: int = 2) -> Iterator[tuple[str, Served]]:
    front, back = free_port(), free_port()
    config = GATEWAY.replace(
        'public_url = "http://gateway.test/"', 'public_url = "PUBLIC"\ntrusted_proxies = ["127.0.0.1"]'
    )
    config = config.replace('data_dir = "data"', f'data_dir = "data"\nholds_per_client = {holds}')
    (folder / "nginx").mkdir()
    with nginx(folder / "nginx", f"http://127.0.0.1:{back}/") as public:
        path = write_config(folder, gateway=config.replace("PUBLIC", public))
        assert front
        with served(path, port=back) as running:
            yield public, running


def test_everything_works_behind_nginx_under_a_prefix(tmp_path: Path) -> None:
    with behind_nginx(tmp_path, holds=100) as (public, _), caller(public) as client:
        slot = first_slot(client)
        hold = client.post("v1/holds", json={"slot": slot["slot"]}, headers=key()).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        booked = client.post("v1/bookings", json=wish, headers=key())
        booking = booked.json()
        assert booked.headers["location"] == f"{public}v1/bookings/{booking['id']}"
        for name in ("manage_url", "calendar_url", "join_url"):
            assert booking[name].startswith(public)
            assert client.get(booking[name]).status_code == 200
        page = client.get(f"{booking['manage_url']}/absagen").text
        sheet = re.search(r'href="/beratung/(static/[^"]+/portal.css)"', page)
        assert sheet is not None
        assert client.get(f"{public}{sheet[1]}").status_code == 200
        address, fields = button_of(booking["manage_url"], "absagen")
        assert f'action="/beratung{address.removeprefix(public.rstrip("/"))}"' in page
        cancelled = client.post(address, data=fields)
        assert cancelled.status_code == 303
        assert cancelled.headers["location"].startswith("/beratung/termin/")
        seen = client.get(f"v1/bookings/{booking['id']}", headers=bearer(booking["manage_token"]))
        assert seen.json()["status"] == "cancelled"


def test_a_forged_forwarding_header_changes_nothing(tmp_path: Path) -> None:
    with behind_nginx(tmp_path, holds=2) as (public, _), caller(public) as client:
        slots = client.get("v1/services/buergeramt-meldebescheinigung/slots", params={"channel": "video"}).json()[
            "items"
        ]
        answers = [
            client.post(
                "v1/holds", json={"slot": slot["slot"]}, headers={**key(), "X-Forwarded-For": f"203.0.113.{index}"}
            )
            for index, slot in enumerate(slots[:4])
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
