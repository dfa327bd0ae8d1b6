import base64
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from durchwahl.errors import NotSent, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.notify.letters import compose
from durchwahl.notify.smtp import Smtp
from tests.notify.samples import SENDER, body, letter
from tests.notify.smtp_server import HANG_UP, MailServer, running


def plain(server, **changes):
    return Smtp(**{"host": "127.0.0.1", "port": server.port, "security": "none", "timeout": 5.0, **changes})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate):
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_mail_arrives_whole():
    message = compose(letter(department_name="Bürgeramt\n.\nQUIT"), SENDER)
    async with running(MailServer()) as server:
        await plain(server).send(message)
    (content,) = server.mails
    read = message_from_bytes(content.removesuffix(b".\r\n"), policy=default)
    assert read["Subject"] == message["Subject"]
    assert body(read).splitlines() == body(message).splitlines()
    assert "mail from:<durchwahl@city.example>" in [line.lower() for line in server.heard]
    assert "rcpt to:<erika@example.org>" in [line.lower() for line in server.heard]


async def test_the_server_is_greeted_with_the_senders_domain_and_left_politely():
    async with running(MailServer()) as server:
        await plain(server).send(compose(letter(), SENDER))
    assert server.heard[0] == "ehlo city.example"
    assert server.verbs[-1] == "QUIT"


async def test_a_lone_dot_does_not_end_the_mail():
    async with running(MailServer()) as server:
        await plain(server).send(compose(letter(notice="before\n.\nafter"), SENDER))
    assert b"\r\n..\r\nafter" in server.mails[0]


@pytest.mark.parametrize("farewell", [HANG_UP, "500 what?"])
async def test_a_rude_farewell_does_not_unsend_the_mail(farewell):
    async with running(MailServer(answers={"QUIT": farewell})) as server:
        await plain(server).send(compose(letter(), SENDER))
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("CONNECT", "421 busy", Unavailable),
        ("CONNECT", "554 go away", Refused),
        ("CONNECT", HANG_UP, NotSent),
        ("EHLO", HANG_UP, Unavailable),
        ("MAIL", "451 later", Unavailable),
        ("MAIL", "550 5.7.1 not you", Refused),
        ("MAIL", "530 5.7.0 log in", Refused),
        ("MAIL", HANG_UP, Unavailable),
        ("RCPT", "450 4.2.1 greylisted", Unavailable),
        ("RCPT", "550 5.1.1 <erika@example.org> unknown", Rejected),
        ("RCPT", "530 5.7.0 log in", Refused),
        ("RCPT", HANG_UP, Unavailable),
        ("DATA", "452 disk full", Unavailable),
        ("DATA", "554 5.6.0 no", Rejected),
        ("DATA", HANG_UP, OutcomeUnknown),
        ("BODY", "451 later", Unavailable),
        ("BODY", "554 5.7.1 looks like spam", Rejected),
        ("BODY", HANG_UP, OutcomeUnknown),
    ],
)
async def test_what_the_server_says_decides_what_happens_next(verb, answer, error):
    async with running(MailServer(answers={verb: answer})) as server:
        with pytest.raises(error) as caught:
            await plain(server).send(compose(letter(), SENDER))
    assert type(caught.value) is error
    assert getattr(caught.value, "reason", "mail") == "mail"


async def test_the_log_gets_the_codes_and_not_the_address():
    async with running(MailServer(answers={"RCPT": "550 5.1.1 <erika@example.org> unknown"})) as server:
        with pytest.raises(Rejected) as caught:
            await plain(server).send(compose(letter(), SENDER))
    assert caught.value.detail == "smtp: RCPT answered 550 5.1.1"
    assert "erika" not in f"{caught.value} {caught.value.detail}"


async def test_nobody_there_is_not_sent():
    async with running(MailServer()) as server:
        pass
    with pytest.raises(NotSent):
        await plain(server).send(compose(letter(), SENDER))


async def test_a_silent_server_is_given_up():
    answers = {"MAIL": "250-not the last line"}
    async with running(MailServer(answers=answers)) as server:
        with pytest.raises(Unavailable) as caught:
            await plain(server, timeout=0.2).send(compose(letter(), SENDER))
    assert "MAIL" in caught.value.detail


# --- passwords


async def test_a_password_is_used():
    async with running(MailServer(offers=("AUTH PLAIN",))) as server:
        await plain(server, username="gateway", password="open sesame").send(compose(letter(), SENDER))
    (said,) = [line for line in server.heard if line.upper().startswith("AUTH")]
    assert base64.b64decode(said.split(" ")[2]) == b"\0gateway\0open sesame"


@pytest.mark.parametrize(("answer", "error"), [("535 5.7.8 wrong", Refused), ("454 4.7.0 later", Unavailable)])
async def test_a_refused_password_alarms_and_a_troubled_server_does_not(answer, error):
    async with running(MailServer(offers=("AUTH PLAIN",), answers={"AUTH": answer})) as server:
        with pytest.raises(error) as caught:
            await plain(server, username="gateway", password="open sesame").send(compose(letter(), SENDER))
    assert "sesame" not in repr(caught.value) + caught.value.detail
    assert server.mails == []


async def test_a_server_without_logins_is_the_operators_business():
    async with running(MailServer()) as server:
        with pytest.raises(Refused):
            await plain(server, username="gateway", password="open sesame").send(compose(letter(), SENDER))


def test_a_password_never_goes_over_the_network_in_the_clear():
    with pytest.raises(ValueError, match="in the clear"):
        Smtp(host="mail.example", security="none", username="gateway", password="open sesame")


def test_a_password_is_not_in_the_repr():
    assert "sesame" not in repr(Smtp(host="mail.example", username="gateway", password="open sesame"))


# --- encryption


async def test_starttls_comes_before_everything_worth_reading(server_tls, trust):
    server = MailServer(offers=("STARTTLS", "AUTH PLAIN"), tls=server_tls)
    async with running(server):
        smtp = plain(server, security="starttls", tls=trust, username="gateway", password="open sesame")
        await smtp.send(compose(letter(), SENDER))
    assert server.verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
    assert len(server.mails) == 1


async def test_without_starttls_nothing_is_sent():
    async with running(MailServer(offers=("AUTH PLAIN",))) as server:
        with pytest.raises(Refused):
            await plain(server, security="starttls").send(compose(letter(), SENDER))
    assert server.verbs == ["EHLO"]


async def test_a_certificate_that_nobody_vouches_for_stops_the_mail(server_tls):
    async with running(MailServer(offers=("STARTTLS",), tls=server_tls)) as server:
        with pytest.raises(Unavailable):
            await plain(server, security="starttls").send(compose(letter(), SENDER))
    assert server.verbs == ["EHLO", "STARTTLS"]


async def test_tls_from_the_first_byte(server_tls, trust):
    server = MailServer(tls=server_tls)
    async with running(server, implicit_tls=True):
        await plain(server, security="tls", tls=trust).send(compose(letter(), SENDER))
    assert len(server.mails) == 1


async def test_tls_without_trust_is_not_sent(server_tls):
    server = MailServer(tls=server_tls)
    async with running(server, implicit_tls=True):
        with pytest.raises(NotSent):
            await plain(server, security="tls").send(compose(letter(), SENDER))
    assert server.heard == []
