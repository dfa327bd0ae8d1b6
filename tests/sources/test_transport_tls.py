"""Private authorities, client certificates and proxies, each against real sockets."""

import asyncio
import base64
import datetime as dt
import ipaddress
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, SourceError, Unavailable
from durchwahl.sources.http.client import open_client
from tests.sources import raw_server
from tests.sources.raw_server import Peer, Script, free_port, serving

METHODS = ("GET", "POST")
NOBODY = "https://termine.example"


@dataclass
class Authority:
    """A private authority that writes PEM files into a folder; `ca` is its own certificate."""

    folder: Path
    name: str = "city"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._certificate(f"{self.name} CA", self.key, None)
        self.ca = self.folder / f"{self.name}-ca.pem"
        self.ca.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, password: bytes | None = None) -> Path:
        """Return a PEM file with a certificate for localhost, termine.example and 127.0.0.1, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(name, key, self.certificate)
        locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
        path = self.folder / f"{self.name}-{name}.pem"
        path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def server(self, *, client_ca: Path | None = None, tls12: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.issue("server"))
        if client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca)
        if tls12:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        names = [x509.DNSName("localhost"), x509.DNSName("termine.example")]
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if issuer is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([*names, loopback]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def client_of(origin: str, **options: object) -> httpx.AsyncClient:
    chosen = {"deadline": 5.0, **options}
    return open_client(origins=frozenset({origin}), **chosen)  # type: ignore[arg-type]  # options of many types


async def failure(client: httpx.AsyncClient, method: str, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await client.request(method, url)
    return caught.value


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_private_authority_is_trusted_where_the_settings_name_it(
    method: str, host: str, city: Authority
) -> None:
    async with serving(raw_server.answers, tls=city.server()) as server:
        origin = f"https://{host}:{server.port}"
        lookup = lambda host, port: ["127.0.0.1"]  # noqa: E731  # short
        async with client_of(origin, ca_file=city.ca, lookup=lookup) as client:
            for _ in range(2):
                assert (await client.request(method, origin)).text == "ok"
        assert (server.connections, len(server.requests)) == (1, 2)


@pytest.mark.parametrize("method", METHODS)
async def test_an_unknown_authority_is_not_sent_anything(method: str, city: Authority, stranger: Authority) -> None:
    async with serving(raw_server.answers, tls=city.server()) as server:
        for ca_file in (None, stranger.ca):
            async with client_of(server.origin, ca_file=ca_file) as client:
                error = await failure(client, method, server.origin)
            assert type(error) is NotSent
            assert "certificate" in error.detail
        assert server.requests == []


@pytest.mark.parametrize("method", METHODS)
async def test_a_certificate_for_another_name_is_not_sent_anything(method: str, city: Authority) -> None:
    async with serving(raw_server.answers, tls=city.server()) as server:
        async with serving(joined_to(server.port), host="127.0.0.2") as relay:
            origin = relay.origin.replace("http", "https")
            async with client_of(origin, ca_file=city.ca) as client:
                error = await failure(client, method, origin)
        assert type(error) is NotSent
        assert "mismatch" in error.detail
        assert server.requests == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tls12", [False, True], ids=["tls13", "tls12"])
async def test_a_client_certificate_is_shown_to_a_server_that_asks(method: str, tls12: bool, city: Authority) -> None:
    own = city.issue("gateway")
    async with serving(raw_server.answers, tls=city.server(client_ca=city.ca, tls12=tls12)) as server:
        origin = server.origin
        async with client_of(origin, ca_file=city.ca, client_cert=own) as client:
            assert (await client.request(method, server.origin)).text == "ok"


def alerts(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Fail one handshake as servers outside asyncio do: say why, and wait until the client has read it."""
    connection, _ = listening.accept()
    secure = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    with suppress(ssl.SSLError):
        secure.do_handshake()
    with socket.socket(fileno=secure.detach()) as bare:
        bare.settimeout(5)
        while bare.recv(65536):
            pass


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tls12", [False, True], ids=["tls13", "tls12"])
async def test_a_client_certificate_that_the_server_declines_is_refused(
    method: str, tls12: bool, city: Authority, stranger: Authority
) -> None:
    context = city.server(client_ca=city.ca, tls12=tls12)
    for client_cert in (None, stranger.issue("gateway")):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = asyncio.create_task(asyncio.to_thread(alerts, listening, context))
            origin = f"https://127.0.0.1:{listening.getsockname()[1]}"
            async with client_of(origin, ca_file=city.ca, client_cert=client_cert) as client:
                error = await failure(client, method, origin)
            await server
        expected = NotSent if tls12 and client_cert is None else Refused
        assert type(error) is expected, error.detail


def test_files_that_cannot_be_used_are_refused_at_once_and_nobody_is_asked_for_a_password(
    tmp_path: Path, city: Authority
) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("not a certificate")
    locked = city.issue("locked", password=b"geheim")
    for option, path in (
        ("ca_file", nonsense),
        ("ca_file", tmp_path / "missing.pem"),
        ("client_cert", nonsense),
        ("client_cert", tmp_path / "missing.pem"),
        ("client_cert", city.ca),
        ("client_cert", locked),
    ):
        with pytest.raises(Invalid) as caught:
            client_of("https://termine.example:443", **{option: path})
        assert option in caught.value.detail
        assert str(path) in caught.value.detail


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Connect the two ends with a local port until one of them closes."""
    inward, outward = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(65536):
                sink.write(chunk)
                await sink.drain()
        sink.close()

    await asyncio.gather(pump(reader, outward), pump(inward, writer))


def joined_to(port: int) -> Script:
    async def script(peer: Peer) -> None:
        await join(peer.reader, peer.writer, port)

    return script


def tunnels_to(port: int) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await join(peer.reader, peer.writer, port)

    return script


def declines(status: str) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return script


@pytest.mark.parametrize("method", METHODS)
async def test_a_proxy_tunnels_tls_and_looks_up_the_name_itself(method: str, city: Authority) -> None:
    def unasked(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    async with serving(raw_server.answers, tls=city.server()) as server:
        async with serving(tunnels_to(server.port)) as proxy:
            address = proxy.origin.replace("//", "//nutzer:pass%3Awort@")
            async with client_of(f"{NOBODY}:443", proxy=address, ca_file=city.ca, lookup=unasked) as client:
                for _ in range(2):
                    assert (await client.request(method, f"{NOBODY}/pfad?q=1")).text == "ok"
        assert [seen.line for seen in proxy.requests] == [b"CONNECT termine.example:443 HTTP/1.1"]
        credentials = b"Basic " + base64.b64encode(b"nutzer:pass:wort")
        assert proxy.requests[0].header("proxy-authorization") == credentials
        assert [seen.line for seen in server.requests] == [f"{method} /pfad?q=1 HTTP/1.1".encode()] * 2
        assert server.requests[0].header("proxy-authorization") is None


@pytest.mark.parametrize("method", METHODS)
async def test_a_proxy_gets_plain_requests_with_the_whole_address(method: str) -> None:
    async with serving(raw_server.answers) as proxy:
        async with client_of("http://termine.example:80", proxy=proxy.origin) as client:
            assert (await client.request(method, "http://termine.example/pfad?q=1")).text == "ok"
        assert proxy.requests[0].line == f"{method} http://termine.example/pfad?q=1 HTTP/1.1".encode()


@pytest.mark.parametrize("method", METHODS)
async def test_a_proxy_that_is_away_or_declines_means_not_sent(method: str) -> None:
    async with client_of(f"{NOBODY}:443", proxy=f"http://127.0.0.1:{free_port()}") as client:
        assert type(await failure(client, method, NOBODY)) is NotSent
    for script, error in (
        (declines("502 Bad Gateway"), NotSent),
        (declines("407 Proxy Authentication Required"), Refused),
        (raw_server.closes_after_reading, NotSent),
        (raw_server.speaks_no_http, NotSent),
    ):
        async with serving(script) as proxy, client_of(f"{NOBODY}:443", proxy=proxy.origin) as client:
            assert type(await failure(client, method, NOBODY)) is error


@pytest.mark.parametrize("method", METHODS)
async def test_what_breaks_behind_a_proxy_is_classed_as_without_one(method: str, city: Authority) -> None:
    async with serving(raw_server.closes_after_reading, tls=city.server()) as server:
        async with serving(tunnels_to(server.port)) as proxy:
            through = {"proxy": proxy.origin, "ca_file": city.ca}
            async with client_of(f"{NOBODY}:443", **through) as client:
                error = await failure(client, method, NOBODY)
        assert type(error) is (Unavailable if method == "GET" else OutcomeUnknown)
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", METHODS)
async def test_handshakes_that_fail_in_a_tunnel_do_not_use_up_the_connections(method: str, city: Authority) -> None:
    async def silent(peer: Peer) -> None:
        await peer.server.over.wait()

    async def no_tls(peer: Peer) -> None:
        await peer.say(b"220 mail.example ESMTP\r\n")

    targets: list[int] = []

    async def tunnel(peer: Peer) -> None:
        await tunnels_to(targets[-1])(peer)

    tls = city.server()
    async with (
        serving(silent) as hanging,
        serving(no_tls) as plain,
        serving(raw_server.answers, tls=tls) as good,
        serving(tunnel) as proxy,
    ):
        options = {"proxy": proxy.origin, "ca_file": city.ca, "connections": 2, "deadline": 0.3}
        async with client_of(f"{NOBODY}:443", **options) as client:
            for target in (hanging, plain):
                targets.append(target.port)
                for _ in range(3):
                    assert type(await failure(client, method, NOBODY)) is NotSent
            targets.append(good.port)
            assert (await client.request(method, NOBODY)).text == "ok"


@pytest.mark.parametrize("method", METHODS)
async def test_the_proxy_itself_may_not_be_a_name_for_the_loopback(method: str) -> None:
    async with serving(raw_server.answers) as proxy:
        address = f"http://proxy.example:{proxy.port}"
        lookup = lambda host, port: ["127.0.0.1"]  # noqa: E731  # short
        async with client_of("http://termine.example:80", proxy=address, lookup=lookup) as client:
            assert type(await failure(client, method, "http://termine.example/")) is Invalid
        assert proxy.connections == 0
