import pytest

from durchwahl.model.booking import Needs
from durchwahl.notify.clerk_letters import clerk_letter
from tests.notify.samples import SENDER, START, attached, body, clerk, entry, everything

GERMAN = """\
Für Ihren Platz „platz-1“ ist ein Termin gebucht.

Meldebescheinigung (Video)
Wann: Dienstag, 1. Dezember 2026, 09:00 bis 09:20 Uhr (Ortszeit Dresden)
Wie: Videoberatung
Vorgangsnummer: 7K3M9QTZ

Name: Erika Mustermann
Telefon: +49 351 1234567
E-Mail: erika@example.org
Bedarf: Dolmetschen: Ukrainisch, Eine Begleitperson nimmt teil
Anzahl Kinder: 2

Ihr Zugang zum Videoraum, nur für Sie:
https://www.example.org/beratung/raum/Q7v/clerk-token

Diese Nachricht wurde automatisch versandt.
"""

NEEDS = Needs(interpreter="uk", support_person=True)


def test_a_clerk_reads_what_the_offer_allows():
    message = clerk_letter(clerk(needs=NEEDS, answers=(("Anzahl Kinder", "2"),)), SENDER)
    assert message["Subject"] == "Neuer Termin am Dienstag, 1. Dezember 2026, 09:00 Uhr"
    assert body(message) == GERMAN


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("reference", "7K3M9QTZ"),
        ("channel", "Videoberatung"),
        ("name", "Mustermann"),
        ("phone", "1234567"),
        ("email", "erika@example.org"),
        ("needs", "Ukrainisch"),
        ("answers", "Anzahl Kinder"),
        ("link", "clerk-token"),
    ],
)
def test_a_field_that_is_not_allowed_stands_nowhere(field, words):
    full = clerk(needs=NEEDS, answers=(("Anzahl Kinder", "2"),))
    without = clerk(fields=full.fields - {field}, needs=NEEDS, answers=(("Anzahl Kinder", "2"),))
    assert words in everything(clerk_letter(full, SENDER))
    assert words not in everything(clerk_letter(without, SENDER))


@pytest.mark.parametrize("kind", ["new", "change", "cancellation"])
def test_a_subject_says_neither_who_nor_what_about(kind):
    subject = clerk_letter(clerk(kind=kind), SENDER)["Subject"]
    assert "1. Dezember 2026" in subject
    assert [word for word in ("Erika", "Mustermann", "Melde") if word in subject] == []


def test_a_cancellation_names_nobody_and_takes_the_entry_away():
    message = clerk_letter(clerk(kind="cancellation"), SENDER)
    assert "Mustermann" not in everything(message)
    ((_, content),) = attached(message)
    assert b"\r\nMETHOD:CANCEL\r\n" in content
    assert entry(content)["STATUS"] == "CANCELLED"


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [("callback", "Bitte rufen Sie zur vereinbarten Zeit an."), ("citizen_calls", "Sie werden zur vereinb")],
)
def test_a_clerk_learns_who_calls_whom(mode, sentence):
    assert sentence in body(clerk_letter(clerk(channel="phone", join_url=None, phone_mode=mode), SENDER))


def test_a_citizens_line_breaks_stay_in_their_line():
    evil = "Erika\r\nBcc: mallory@evil.example\r\n\r\nATTENDEE:mailto:mallory@evil.example\u2028\x85"
    message = clerk_letter(clerk(name=evil, phone=evil, title=evil, lane=evil, answers=((evil, evil),)), SENDER)
    assert message.keys() == clerk_letter(clerk(), SENDER).keys()
    assert not [line for line in body(message).splitlines() if line.startswith(("Bcc", "ATTENDEE"))]
    ((_, content),) = attached(message)
    assert "ATTENDEE" not in entry(content)


def test_clerk_and_citizen_mails_of_one_booking_have_ids_of_their_own():
    ids = {clerk_letter(clerk(kind=kind), SENDER)["Message-ID"] for kind in ("new", "change", "cancellation")}
    assert ids == {
        f"<Q7vX2mK9aLr4TzBn8cWd5g.clerk-{kind}.1@www.example.org>" for kind in ("new", "change", "cancellation")
    }


def test_the_same_clerk_letter_is_the_same_mail_to_the_byte():
    assert clerk_letter(clerk(), SENDER).as_bytes() == clerk_letter(clerk(), SENDER).as_bytes()


def test_what_a_citizen_gave_is_not_in_the_repr():
    shown = repr(clerk(needs=NEEDS, answers=(("Anzahl Kinder", "2"),)))
    assert [w for w in ("Erika", "1234567", "erika@", "uk", "Kinder", "clerk-token") if w in shown] == []


def test_a_request_says_until_when_it_waits_and_is_no_entry_for_a_calendar_yet():
    message = clerk_letter(clerk(kind="request", until=START), SENDER)
    assert message["Subject"] == "Anfrage für einen Termin am Dienstag, 1. Dezember 2026, 09:00 Uhr"
    assert "Für Ihren Platz „platz-1“ wartet eine Terminanfrage" in body(message)
    assert "Ohne Zusage verfällt sie: Dienstag, 1. Dezember 2026, 09:00 Uhr" in body(message)
    assert attached(message) == []
