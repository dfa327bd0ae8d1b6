"""The outermost layer: headers on every answer, who may come in, who is believed, what is logged."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from durchwahl.web.clients import client_address
from durchwahl.web.portal.rendering import Renderer
from tests.booking.desk import at_rest
from tests.booking.looking import ask, button_of, link_in, rows, text_of
from tests.gateways import DEPARTMENT, GATEWAY, City, bearer, city, key

module = pytest.mark.asyncio(loop_scope="module")
WEBSITE = "https://www.teststadt.example"
PAGE = {
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""What only means something where a browser shows a page, or an address holds a token."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with city(tmp_path_factory.mktemp("city")) as one:
        yield one


@module
async def test_every_answer_carries_the_security_headers_once(here: City) -> None:
    tag = (await here.client.get("/v1/services")).headers["etag"]
    answers = [
        await here.client.get("/v1/services"),
        await here.client.get("/v1/services", headers={"If-None-Match": tag}),
        await here.client.head("/v1/services"),
        await here.client.get("/v1/services/unknown"),
        await here.client.get("/nowhere"),
        await here.client.get("/v1/services", headers={"Host": "evil.example"}),
        await here.client.options("/v1/holds", headers={"Origin": WEBSITE, "Access-Control-Request-Method": "POST"}),
        await here.client.post("/v1/holds", content=b" " * 70_000, headers={"Content-Type": "application/json"}),
        await here.client.put("/v1/holds"),
        await here.client.get(stylesheet(here)),
        await here.client.get("/termin/x/y"),
        await here.client.get("/gespraech/x/y"),
        await here.client.get("/metrics"),
        await here.client.get("/openapi.json"),
    ]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 304, 200, 404, 404, 400, 204, 413, 405, 200, 404, 404, 200, 200]
    for answer in answers:
        names = [name.lower() for name, _ in answer.headers.raw]
        path = answer.request.url.path
        is_page = path.startswith(("/termin/", "/gespraech/", "/v1/holds", "/v1/bookings", "/nowhere"))
        if answer.status_code == 304:
            assert not {"content-security-policy", *PAGE} & set(names)
            continue
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert {name: answer.headers[name] for name in PAGE if name in answer.headers} == (PAGE if is_page else {})
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert len(names) == len(set(names))
        assert "server" not in answer.headers
        assert "set-cookie" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


async def test_a_page_that_is_looked_at_again_keeps_its_policy(tmp_path: Path) -> None:
    """A cache lays the headers of a 304 over those that it has (RFC 9111 §3.2)."""
    async with city(tmp_path) as here:
        for enabled in (True, False):
            here.app.table.enabled = enabled
            page = await here.client.get("/")
            again = await here.client.get("/", headers={"If-None-Match": page.headers["etag"]})
            assert again.status_code == 304
            assert "style-src 'self'" in {**page.headers, **again.headers}["content-security-policy"]


async def test_a_bug_is_a_problem_that_says_nothing_about_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("the secret of the house")

        monkeypatch.setattr(here.gateway.holds, "place", broken)
        answer = await here.hold(slot)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert answer.headers["content-type"] == "application/problem+json"
        path = answer.request.url.path
        is_page = path.startswith(("/termin/", "/gespraech/", "/v1/holds", "/v1/bookings", "/nowhere"))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert {name: answer.headers[name] for name in PAGE if name in answer.headers} == (PAGE if is_page else {})
        assert "secret" not in answer.text
        assert "a bug in POST /v1/holds" in caplog.text


def stylesheet(here: City) -> str:
    """Return the address of the stylesheet, the prefix left away."""
    return Renderer(here.settings).static.address("portal.css").removeprefix(here.settings.prefix)


@module
async def test_anybody_may_read_from_a_browser(here: City) -> None:
    for path in ("/v1/services", "/v1/slots/earliest", "/v1/bookings/x", "/v1/nowhere"):
        answer = await here.client.get(path, headers={"Origin": "https://anywhere.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in (await here.client.get("/v1/services")).headers


@module
async def test_only_the_website_may_write_from_a_browser(here: City) -> None:
    for origin, allowed in (
        (WEBSITE, WEBSITE),
        ("https://evil.example", None),
        ("null", None),
        (WEBSITE + ".evil.example", None),
    ):
        for verb in ("POST", "DELETE", "PUT"):
            asking = {"Origin": origin, "Access-Control-Request-Method": verb}
            preflight = await here.client.options("/v1/holds", headers=asking)
            assert preflight.status_code == 204
            assert preflight.headers.get("access-control-allow-origin") == allowed
            assert "Origin" in preflight.headers["vary"]
        written = await here.client.post("/v1/holds", json={"slot": "x"}, headers={"Origin": origin, **key()})
        assert written.headers.get("access-control-allow-origin") == allowed
        assert "Origin" in written.headers["vary"]


@module
async def test_the_website_may_send_what_it_has_to_send(here: City) -> None:
    for verb in ("POST", "DELETE", "GET"):
        asking = {
            "Origin": WEBSITE,
            "Access-Control-Request-Method": verb,
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        }
        answer = await here.client.options("/v1/bookings/x", headers=asking)
        allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
        assert {"authorization", "content-type", "idempotency-key"} <= allowed
        assert verb in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-origin"] == WEBSITE


@module
async def test_a_stranger_may_not_send_a_token_from_a_browser(here: City) -> None:
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    asking["Access-Control-Request-Headers"] = "authorization"
    answer = await here.client.options("/v1/bookings/x", headers=asking)
    assert "authorization" not in answer.headers.get("access-control-allow-headers", "").lower()


@module
async def test_a_browser_may_read_the_headers_that_it_needs(here: City) -> None:
    answer = await here.client.get("/v1/services", headers={"Origin": WEBSITE})
    exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"ETag", "Location", "Retry-After"} <= exposed


@module
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gateway.test", 200),
        ("gateway.test:8000", 200),
        ("GATEWAY.test", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:8123", 200),
        ("localhost:1", 200),
        ("evil.example", 400),
        ("gateway.test.evil.example", 400),
        ("evil.example/gateway.test", 400),
        ("gateway.test@evil.example", 400),
        ("", 400),
        ("[", 400),
        ("[::1]", 400),
        ("gateway.test, evil.example", 400),
        ("gateway.test#", 400),
    ],
)
async def test_only_known_hosts_are_served(here: City, host: str, status: int) -> None:
    for path in ("/v1/services", "/nowhere", "/termin/x/y"):
        answer = await here.client.get(path, headers={"Host": host})
        assert answer.status_code == (404 if status == 200 and path != "/v1/services" else status)
        if status == 400:
            said = answer.json()["code"] if path.startswith("/v1/") else answer.text
            assert "unknown-host" in said or "gehört nicht zu diesem Angebot" in said
            assert "evil" not in answer.headers.get("location", "")


PROXIED = GATEWAY.replace(
    'data_dir = "data"', 'data_dir = "data"\ntrusted_proxies = ["10.0.0.0/8"]\nholds_per_client = 2'
)


async def held_from(here: City, peer: str, **headers: str) -> int:
    """Try to hold one more slot from this peer and return the status."""
    slots = await here.slots()
    slot = next(one["slot"] for one in slots if one["remaining"] == 2)
    wire = httpx.ASGITransport(app=here.app, client=(peer, 50_000))
    async with httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await client.post("/v1/holds", json={"slot": slot}, headers={**key(), **sent})).status_code


async def test_a_forged_address_from_an_untrusted_peer_changes_nothing(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PROXIED) as here:
        statuses = [
            await held_from(
                here, "203.0.113.7", x_forwarded_for=f"198.51.100.{number}", forwarded=f"for=192.0.2.{number}"
            )
            for number in range(4)
        ]
        assert statuses == [201, 201, 429, 429]
        assert await held_from(here, "203.0.113.8") == 201


async def test_of_a_trusted_proxy_only_the_last_hop_counts(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PROXIED) as here:
        forged = [f"198.51.100.{number}, 203.0.113.7, 10.0.0.2" for number in range(4)]
        assert [await held_from(here, "10.0.0.1", x_forwarded_for=one) for one in forged] == [201, 201, 429, 429]
        assert await held_from(here, "10.0.0.1", x_forwarded_for="203.0.113.9") == 201
        assert await held_from(here, "203.0.113.7") == 429


async def test_the_limit_says_when_to_come_again(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PROXIED) as here:
        slots = await here.slots()
        answers = [await here.hold(slots[place]["slot"]) for place in range(3)]
        assert (answers[2].status_code, answers[2].json()["code"]) == (429, "hold-limit")
        assert int(answers[2].headers["retry-after"]) > 0
        here.clock.forward(minutes=10)
        assert (await here.hold(slots[2]["slot"])).status_code in (201, 410)


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("203.0.113.7", [("x-forwarded-for", "1.2.3.4")], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4")], "1.2.3.4"),
        ("10.0.0.1", [("x-forwarded-for", "9.9.9.9, 1.2.3.4")], "1.2.3.4"),
        ("10.0.0.1", [("x-forwarded-for", "9.9.9.9"), ("x-forwarded-for", "1.2.3.4")], "1.2.3.4"),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4, 10.0.0.5, 10.0.0.6")], "1.2.3.4"),
        ("10.0.0.1", [("x-forwarded-for", "10.0.0.5, 10.0.0.6")], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "nonsense")], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4, nonsense")], "10.0.0.1"),
        ("10.0.0.1", [("x-forwarded-for", "")], "10.0.0.1"),
        ("10.0.0.1", [("forwarded", 'for=9.9.9.9, for="1.2.3.4:8080";proto=https')], "1.2.3.4"),
        ("10.0.0.1", [("forwarded", 'For="[2001:db8::7]:4711"')], "2001:db8::/64"),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4:50000")], "1.2.3.4"),
        ("10.0.0.1", [("x-forwarded-for", "[2001:db8:1:2:3::7]:50000")], "2001:db8:1:2::/64"),
        ("10.0.0.1", [("x-forwarded-for", "::ffff:1.2.3.4")], "1.2.3.4"),
        ("2001:db8::1", [], "2001:db8::/64"),
        ("10.0.0.1", [("forwarded", "for=_hidden")], "10.0.0.1"),
        ("unknown", [("x-forwarded-for", "1.2.3.4")], "unknown"),
    ],
)
def test_who_asks_is_the_last_hop_that_nobody_vouches_for(
    peer: str, headers: list[tuple[str, str]], expected: str
) -> None:
    import ipaddress

    from starlette.datastructures import Headers

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope: dict[str, Any] = {"client": (peer, 1), "headers": raw}
    assert client_address(scope, Headers(raw=raw), [ipaddress.ip_network("10.0.0.0/8")]) == expected


PREFIXED = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")
ANY_LINK = re.compile(r"(?:https?://gateway\.test[^\s\"'<>\\]*)|(?:(?:href|action)=\"(/[^\"]*)\")")
WITH_ALT = DEPARTMENT.replace('number = "33"', 'number = "33"\nrenamed = { alt = "ummeldung" }')


async def test_every_link_in_every_answer_mail_file_and_redirect_has_the_prefix(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PREFIXED, department=WITH_ALT) as here:
        slots = await here.slots()
        booking = await here.booked()
        signed = await here.slots("buergeramt-fuehrungszeugnis")
        waiting = await here.book((await here.hold(signed[0]["slot"])).json())
        await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        await at_rest(here)
        here.clock.forward(hours=3)
        answers = [
            waiting,
            await here.client.get(f"/v1/bookings/{booking['id']}", headers=bearer(booking["manage_token"])),
            await here.client.get(
                f"/v1/bookings/{booking['id']}/calendar.ics", headers=bearer(booking["manage_token"])
            ),
            await here.client.get(booking["manage_url"]),
            await here.client.get(booking["calendar_url"]),
            await here.client.get(booking["join_url"]),
            await here.client.get(link_in(here, "bestaetigen")),
            await here.client.get("/v1/services/unknown"),
            await here.client.get("/openapi.json"),
            await here.client.get("/v1/export/services.jsonld"),
        ]
        texts = [answer.text.replace("\r\n ", "") for answer in answers]
        texts += [text_of(mail) for mail in here.outbox.mails]
        texts += [str(part.get_payload(decode=True)) for mail in here.outbox.mails for part in mail.iter_attachments()]
        found = [match[1] or match[0] for text in texts for match in ANY_LINK.finditer(text.replace("\\r\\n ", ""))]
        assert len(found) > 20
        for link in found:
            assert link.startswith(("http://gateway.test/beratung", "/beratung/")), link
        assert answers[7].json()["instance"] == "/beratung/v1/services/unknown"
        assert waiting.headers["location"].startswith("http://gateway.test/beratung/v1/bookings/")
        renamed = await here.client.get("/v1/services/buergeramt-alt?lang=en")
        assert (renamed.status_code, renamed.headers["location"]) == (
            308,
            "/beratung/v1/services/buergeramt-ummeldung?lang=en",
        )


async def test_requests_work_with_the_prefix_and_without_it(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PREFIXED) as here:
        booking = await here.booked()
        page = booking["manage_url"].removeprefix("http://gateway.test/beratung")
        for path in (
            "/v1/services",
            "/v1/services/buergeramt-ummeldung/slots",
            "/livez",
            stylesheet(here),
            "/",
            "/en/",
            page,
        ):
            for prefix in ("", "/beratung"):
                for enabled in (True, False):
                    here.app.table.enabled = enabled
                    assert (await here.client.get(prefix + path)).status_code == 200, prefix + path
        assert (await here.client.get("/beratung/beratung/v1/services")).status_code == 404
        assert (await here.client.get("/beratungen/v1/services")).status_code == 404
        assert (await here.client.get("/beratung")).status_code == 200


async def test_a_form_on_a_page_behind_a_prefix_works(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PREFIXED) as here:
        booking = await here.booked()
        page = await here.client.get(f"{booking['manage_url']}/absagen")
        action = re.search(r'action="([^"]+/absagen)"', page.text)
        assert action is not None
        gone = await here.client.post(action[1], data=button_of(booking["manage_url"])[1])
        assert (gone.status_code, gone.headers["location"]) == (303, urlsplit(booking["manage_url"]).path)
        assert (await ask(here, booking, "cancel")).json()["status"] == "cancelled"


ACCESS = re.compile(r"(GET|HEAD|POST|DELETE|PUT|OPTIONS) (\S+) (\d{3}) \d+\.\d+ms [0-9a-f]{16}")


async def test_the_access_log_names_templates_and_never_an_id_a_token_or_a_query(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    async with city(tmp_path) as here:
        booking = await here.booked()
        hold = (await here.hold((await here.slots())[5]["slot"])).json()
        headers = bearer(booking["manage_token"])
        await here.client.get(f"/v1/bookings/{booking['id']}?lang=geheim", headers=headers)
        await here.client.head(f"/v1/bookings/{booking['id']}", headers=headers)
        await here.client.get(booking["manage_url"])
        await here.client.get(booking["join_url"])
        await here.client.get(f"{booking['manage_url']}/etwas/anderes/geheim")
        await here.client.get("/v1/services?q=geheim")
        await here.client.get("/v1/services?q=geheim")
        await here.client.put(booking["manage_url"])
        await here.client.get(booking["manage_url"], headers={"Host": "evil.example"})
        await here.client.post(f"/termin/{booking['id']}/absagen", content=b"x" * 70_000)
        await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))
        lines = [record.getMessage() for record in caplog.records if record.name == "durchwahl.access"]
        routes = {ACCESS.fullmatch(line)[2] for line in lines}  # type: ignore[index]
        assert {
            "/v1/bookings/{booking_id}",
            "/termin/{booking_id}/{token}",
            "/v1/holds/{hold_id}",
            "unmatched",
        } <= routes
        secrets = [booking["id"], booking["manage_token"], hold["id"], hold["token"], "geheim"]
        assert not [line for line in lines for secret in secrets if secret in line]
        everything = caplog.text
        assert booking["manage_token"] not in everything
        assert hold["token"] not in everything


async def test_the_metrics_count_templates_and_know_no_ids(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        for path in ("", "/calendar.ics"):
            await here.client.get(f"/v1/bookings/{booking['id']}{path}", headers=bearer(booking["manage_token"]))
        await here.client.get(booking["manage_url"])
        await here.client.get("/canary-4711/nowhere")
        await here.client.request("CANARY", "/v1/services")
        text = (await here.client.get("/metrics")).text
        assert 'route="/v1/bookings/{booking_id}",method="GET",status="200"} 1' in text
        for secret in (booking["id"], booking["manage_token"], "canary", "CANARY", booking["reference"]):
            assert secret not in text
        for line in text.splitlines():
            assert re.fullmatch(r"# (TYPE|HELP) .*|[a-z_]+(\{[^}]*(\{[^}]*\}[^}]*)*\})? [0-9.e+-]+", line), line


async def test_many_strange_addresses_make_one_line_of_metrics(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for number in range(30):
            await here.client.get(f"/nowhere/{number}")
        text = (await here.client.get("/metrics")).text
        assert len([line for line in text.splitlines() if 'status="404"' in line]) == 1


async def test_a_client_that_goes_away_hurts_nobody(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        tasks = [asyncio.create_task(here.hold(slot)) for _ in range(5)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await at_rest(here)
        assert (await here.client.get("/readyz")).status_code == 200
        assert len(await rows(here, "SELECT * FROM placement")) <= 2
