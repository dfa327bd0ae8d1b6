"""Which addresses a name may lead to."""

import asyncio

import pytest

from durchwahl.errors import Invalid, NotSent
from durchwahl.sources.http.addresses import Addresses, check_host, permitted
from durchwahl.sources.http.client import open_client
from tests.sources import raw_server
from tests.sources.raw_server import serving

ALLOWED = (
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.178.1",
    "100.64.0.1",  # shared address space: in use between a city and its provider
    "141.30.1.1",
    "fd12:3456:789a::1",
    "fc00::1",
    "2a01:4f8::1",
    "2600::1",
    "::ffff:10.0.0.1",
)
REFUSED = (
    "0.0.0.0",  # noqa: S104  # refused
    "0.1.2.3",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::7f00:1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "fd00:ec2::254",
    "fd20:ce::254",
)


@pytest.mark.parametrize("address", ALLOWED)
def test_private_and_public_addresses_are_allowed(address: str) -> None:
    assert permitted(address, "termine.example")


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_no_department_has_are_refused(address: str) -> None:
    assert not permitted(address, "termine.example")


@pytest.mark.parametrize("address", REFUSED)
def test_an_operator_who_writes_an_address_literally_means_it(address: str) -> None:
    assert permitted(address, address)


@pytest.mark.parametrize(("address", "allowed"), [("127.0.0.1", True), ("::1", True), ("169.254.1.1", False)])
def test_localhost_is_the_loopback_and_nothing_else(address: str, allowed: bool) -> None:
    assert permitted(address, "localhost") is allowed
    assert not permitted(address, "localhost.example")


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "1.2.3",
        "a.0x1",
        "127.1.",
        "10.0.0.1.",
    ],
)
def test_a_number_that_is_not_an_address_in_full_is_refused(host: str) -> None:
    with pytest.raises(Invalid):
        check_host(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "termine.example", "zms1.example", "1.example", "abc"])
def test_names_and_full_addresses_are_no_such_numbers(host: str) -> None:
    check_host(host)


async def test_only_the_allowed_addresses_of_a_name_are_used() -> None:
    addresses = Addresses(lambda host, port: ["169.254.169.254", "10.0.0.7", "::1"])
    assert await addresses.of("termine.example", 443) == ["10.0.0.7"]


async def test_a_literal_address_is_not_looked_up() -> None:
    def unasked(host: str, port: int) -> list[str]:
        raise AssertionError

    assert await Addresses(unasked).of("127.0.0.1", 80) == ["127.0.0.1"]


async def test_the_system_resolver_is_asked_where_no_other_is_given() -> None:
    assert set(await Addresses().of("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_name_that_leads_to_the_loopback_is_not_connected_to(method: str) -> None:
    async with serving(raw_server.answers) as server:
        origin = f"http://rebound.example:{server.port}"
        client = open_client(origins=frozenset({origin}), deadline=5.0, lookup=lambda host, port: ["127.0.0.1"])
        async with client:
            with pytest.raises(Invalid) as caught:
                await client.request(method, origin)
        assert (type(caught.value), server.connections) == (Invalid, 0)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "017700000001"])
def test_a_declared_number_is_refused_at_once(host: str) -> None:
    with pytest.raises(Invalid):
        open_client(origins=frozenset({f"http://{host}:80"}), deadline=5.0)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_name_is_looked_up_once_per_connection_and_then_left_alone(method: str) -> None:
    asked: list[str] = []

    def first_good_then_evil(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    async with serving(raw_server.answers) as server:
        origin = f"http://localhost:{server.port}"
        async with open_client(origins=frozenset({origin}), deadline=5.0, lookup=first_good_then_evil) as client:
            for _ in range(3):
                assert (await client.request(method, origin)).text == "ok"
        assert (asked, server.connections) == (["localhost"], 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_next_address_is_tried_where_the_first_refuses(method: str) -> None:
    async with serving(raw_server.answers) as server:
        origin = f"http://localhost:{server.port}"
        lookup = lambda host, port: ["::1", "127.0.0.2", "127.0.0.1"]  # noqa: E731  # short
        async with open_client(origins=frozenset({origin}), deadline=5.0, lookup=lookup) as client:
            assert (await client.request(method, origin)).text == "ok"
        assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_name_without_an_address_is_not_sent(method: str) -> None:
    async with open_client(origins=frozenset({"http://a.example:80"}), deadline=5.0, lookup=lambda *_: []) as client:
        with pytest.raises(NotSent):
            await client.request(method, "http://a.example/")


async def test_looking_up_does_not_hold_up_the_loop() -> None:
    free = asyncio.Event()
    loop = asyncio.get_running_loop()

    def blocking(host: str, port: int) -> list[str]:
        asyncio.run_coroutine_threadsafe(free.wait(), loop).result(5)
        return ["10.0.0.1"]

    waiting = asyncio.create_task(Addresses(blocking).of("termine.example", 443))
    await asyncio.sleep(0)
    free.set()
    assert await waiting == ["10.0.0.1"]
