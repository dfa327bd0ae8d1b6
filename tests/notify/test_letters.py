from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest

from durchwahl.errors import Refused, Rejected
from durchwahl.notify.letters import compose
from tests.notify.samples import SENDER, START, attached, body, entry, everything, letter

KINDS = (
    "confirmation", "change", "cancellation", "reminder", "verify", "cancelled_by_office", "expired", "moved_by_office",
    "requested", "refused", "unanswered",
)  # fmt: skip
UPCOMING = ("confirmation", "change", "reminder", "moved_by_office")
TOPIC = ("Schwanger", "Gesundheit", "Prävention", "Mutterpass", "Horizont")

GERMAN = """\
Guten Tag,

Ihr Termin ist gebucht.

Wann: Dienstag, 1. Dezember 2026, 09:00 bis 09:20 Uhr (Ortszeit Dresden)
Worum es geht: Meldebescheinigung
Amt: Bürgeramt
Wie: Videoberatung
Vorgangsnummer: 7K3M9QTZ

Zur Videoberatung, sobald der Raum kurz vor der Zeit öffnet:
https://www.example.org/beratung/raum/Q7v/join-token

Bitte halten Sie bereit:
- Personalausweis

Termin ansehen oder absagen:
https://www.example.org/beratung/termin/Q7v/manage-token
Dieser Link gehört nur Ihnen. Bitte geben Sie ihn nicht weiter.

Fragen? Bürgeramt, Telefon 0351 0000000

Dies ist eine Vorführung und kein Angebot der Stadt.

Diese Nachricht wurde automatisch versandt.
"""

ENGLISH = """\
Hello,

your appointment has a new time. The previous one is no longer valid.

When: Tuesday, 1 December 2026, 09:00 to 09:20 (local time in Dresden)
Previously: Monday, 30 November 2026, 10:00
About: Certificate of residence
Office: Citizens' office
How: Phone consultation
Reference: 7K3M9QTZ

We will call you at the agreed time. Our number may be withheld.

See or cancel your appointment:
https://www.example.org/beratung/termin/Q7v/manage-token
This link is yours alone. Please do not pass it on.

Questions? Citizens' office, phone 0351 0000000

This message was sent automatically.
"""


def secret(**changes):
    values = {
        "service_names": ("Schwangerenberatung", "Beratung bei der Beratungsstelle Horizont"),
        "department_name": "Amt für Gesundheit und Prävention",
        "documents": ("Mutterpass",),
        "discreet": True,
    }
    return letter(**{**values, **changes})


def test_a_german_confirmation_says_all_that_is_needed():
    message = compose(letter(), SENDER)
    assert message["Subject"] == "Bürgeramt: Ihr Termin am Dienstag, 1. Dezember 2026, 09:00 Uhr ist gebucht"
    assert body(message) == GERMAN


def test_an_english_change_says_all_that_is_needed():
    message = compose(
        letter(
            kind="change",
            language="en-GB",
            department_name="Citizens' office",
            service_names=("Certificate of residence",),
            channel="phone",
            phone_mode="callback",
            join_url=None,
            documents=(),
            notice="",
            previous_start=datetime(2026, 11, 30, 9, tzinfo=UTC),
        ),
        SENDER,
    )
    assert message["Subject"] == (
        "Citizens' office: Your appointment has been moved to Tuesday, 1 December 2026, 09:00"
    )
    assert body(message) == ENGLISH


@pytest.mark.parametrize(
    ("kind", "language", "subject", "sentence"),
    [
        ("cancellation", "de", "Ihr Termin am {} Uhr ist abgesagt", "Ihr Termin ist abgesagt."),
        ("cancellation", "en", "Your appointment on {} is cancelled", "your appointment is cancelled."),
        ("reminder", "de", "Erinnerung: Ihr Termin am {} Uhr", "wir erinnern Sie an Ihren Termin."),
        ("reminder", "en", "Reminder: your appointment on {}", "this is a reminder"),
        ("verify", "de", "Bitte bestätigen Sie Ihren Termin am {} Uhr", "Er ist erst gebucht, wenn Sie ihn"),
        ("verify", "en", "Please confirm your appointment on {}", "It is booked only when you confirm it."),
        ("cancelled_by_office", "de", "Ihr Termin am {} Uhr muss leider entfallen", "Wir bitten um Entsch"),
        ("cancelled_by_office", "en", "Your appointment on {} has to be called off", "we are sorry"),
        (
            "expired",
            "de",
            "Ihr Termin am {} Uhr ist nicht gebucht",
            "nicht rechtzeitig bestätigt, oder",
        ),
        ("expired", "en", "Your appointment on {} is not booked", "It was not confirmed in time, or"),
        ("moved_by_office", "de", "Das Amt hat Ihren Termin verlegt auf {} Uhr", "eine neue Zeit freigehalten"),
        ("moved_by_office", "en", "The office has moved your appointment to {}", "we have kept a new time for you"),
        ("requested", "de", "Ihre Terminanfrage für {} Uhr ist da", "Gebucht ist der Termin erst, wenn"),
        ("requested", "en", "Your request for an appointment on {} has arrived", "It is booked only when you get"),
        ("refused", "de", "Ihr Termin am {} Uhr ist leider nicht möglich", "leider nicht annehmen"),
        ("refused", "en", "Your appointment on {} is not possible", "the office cannot take this appointment"),
        ("unanswered", "de", "Ihre Terminanfrage für {} Uhr ist abgelaufen", "nicht rechtzeitig bestätigt"),
        ("unanswered", "en", "Your request for an appointment on {} has expired", "not confirmed your request in"),
    ],
)
def test_every_kind_says_in_both_languages_what_happened(kind, language, subject, sentence):
    message = compose(letter(kind=kind, language=language, discreet=True), SENDER)
    day = {"de": "Dienstag, 1. Dezember 2026, 09:00", "en": "Tuesday, 1 December 2026, 09:00"}[language]
    assert message["Subject"] == subject.format(day)
    assert sentence in body(message)


@pytest.mark.parametrize("kind", KINDS)
def test_only_letters_about_a_coming_appointment_carry_its_links(kind):
    text = body(compose(letter(kind=kind), SENDER))
    assert ("join-token" in text) == (kind in UPCOMING)
    assert ("manage-token" in text) == (kind in {*UPCOMING, "requested"})
    assert ("verify-token" in text) == (kind == "verify")


@pytest.mark.parametrize("kind", KINDS)
def test_a_calendar_file_goes_with_what_a_calendar_must_know(kind):
    files = attached(compose(letter(kind=kind), SENDER))
    method = {
        "confirmation": b"PUBLISH",
        "change": b"PUBLISH",
        "moved_by_office": b"PUBLISH",
        "cancellation": b"CANCEL",
        "cancelled_by_office": b"CANCEL",
    }.get(kind)
    if method is None:
        assert files == []
    else:
        ((name, content),) = files
        assert name == "termin.ics"
        assert b"\r\nMETHOD:" + method + b"\r\n" in content


@pytest.mark.parametrize("kind", ["cancellation", "cancelled_by_office"])
def test_a_withdrawn_entry_leads_nobody_into_the_room(kind):
    ((_, content),) = attached(compose(letter(kind=kind, phone_mode="callback"), SENDER))
    assert entry(content)["DESCRIPTION"] == (
        "Vorgangsnummer: 7K3M9QTZ\n\nDies ist eine Vorführung und kein Angebot der Stadt."
    )


def test_the_calendar_part_tells_its_method_in_the_content_type():
    (part,) = compose(letter(kind="cancellation"), SENDER).iter_attachments()
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "CANCEL"
    assert part.get_content_disposition() == "attachment"


@pytest.mark.parametrize(
    ("mode", "number", "sentence"),
    [
        ("callback", None, "Wir rufen Sie zur vereinbarten Zeit an."),
        ("citizen_calls", "0351 99", "Bitte rufen Sie uns zur vereinbarten Zeit an: 0351 99"),
        ("citizen_calls", None, "Bitte rufen Sie uns zur vereinbarten Zeit an: 0351 0000000"),
    ],
)
def test_a_phone_letter_says_who_calls_whom(mode, number, sentence):
    text = body(compose(letter(channel="phone", join_url=None, phone_mode=mode, phone_number=number), SENDER))
    assert sentence in text


def test_the_headers_say_that_no_person_wrote_this():
    message = compose(letter(), SENDER)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == letter().written_at
    assert message["From"] == "Landeshauptstadt Dresden <durchwahl@city.example>"
    assert message["To"] == "erika@example.org"
    assert message["Message-ID"] == "<Q7vX2mK9aLr4TzBn8cWd5g.confirmation.1@www.example.org>"


def test_a_sender_with_a_name_keeps_it():
    assert compose(letter(), "Termine <a@city.example>")["From"] == "Termine <a@city.example>"


def test_the_text_says_which_language_it_is_in():
    part = compose(letter(language="en"), SENDER).get_body(("plain",))
    assert part is not None
    assert part["Content-Language"] == "en"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_letter_is_the_same_mail_to_the_byte(kind):
    assert compose(letter(kind=kind), SENDER).as_bytes() == compose(letter(kind=kind), SENDER).as_bytes()


def test_another_kind_or_version_is_another_mail():
    letters = (letter(), letter(version=2), letter(kind="change"), letter(booking_id="other"))
    assert len({compose(one, SENDER)["Message-ID"] for one in letters}) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_goes_over_the_wire_in_seven_bits(kind):
    raw = compose(letter(kind=kind, department_name="Ämter " * 60), SENDER).as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) <= 998


# --- what a discreet letter keeps to itself


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_discreet_letter_names_the_topic_nowhere(kind, language):
    shown = everything(compose(secret(kind=kind, language=language, phone_mode="callback"), SENDER))
    assert "7K3M9QTZ" in shown
    assert [word for word in TOPIC if word.casefold() in shown.casefold()] == []


def test_the_topic_words_would_be_seen_in_a_letter_that_is_not_discreet():
    shown = everything(compose(secret(discreet=False), SENDER))
    assert [word for word in TOPIC if word in shown] == list(TOPIC)


def test_a_discreet_letter_with_documents_points_to_the_page():
    assert "steht auf der Seite Ihres Termins" in body(compose(secret(), SENDER))


def test_links_and_address_are_not_in_the_repr():
    shown = repr(letter())
    assert [word for word in ("erika", "manage-token", "join-token", "verify-token") if word in shown] == []


# --- what others write


def test_line_breaks_in_others_texts_add_no_header_and_no_property():
    evil = "x\r\nBcc: mallory@evil.example\r\nATTENDEE:mailto:mallory@evil.example\x0b\x85\u2028"
    message = compose(
        letter(
            service_names=(evil,),
            department_name=evil,
            documents=(evil,),
            notice=evil,
            city=evil,
            reference=evil,
            department_phone=evil,
        ),
        SENDER,
    )
    read = message_from_bytes(message.as_bytes(), policy=default)
    assert read["Bcc"] is None
    assert read.keys() == compose(letter(), SENDER).keys()
    ((_, content),) = attached(message)
    assert b"\nATTENDEE" not in content
    assert "ATTENDEE" not in entry(content)
    assert [c for c in "\x0b\x85\u2028\r" if c in body(message)] == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "erika",
        "erika@",
        "@example.org",
        "a@example.org, b@example.org",
        "Erika <erika@example.org>",
        "erika@example.org\r\nBcc: b@evil.example",
        "eri ka@example.org",
        "erika@exa mple.org",
        "erika@-example.org",
        "erika@example..org",
        ".erika@example.org",
        '"eri ka"@example.org',
        "jörg@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 130 + "org",
    ],
)
def test_what_is_not_one_plain_address_is_rejected(address):
    with pytest.raises(Rejected) as caught:
        compose(letter(to=address), SENDER)
    assert caught.value.reason == "mail"


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        (" erika@example.org ", "erika@example.org"),
        ("a.b+c@Example.org", "a.b+c@Example.org"),
        ("erika@müller.example", "erika@xn--mller-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_plain_addresses_are_written_to(address, sent_to):
    assert compose(letter(to=address), SENDER)["To"] == sent_to


def test_the_longest_address_survives_header_folding():
    address = "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".org"
    read = message_from_bytes(compose(letter(to=address), SENDER).as_bytes(), policy=default)
    assert [one.addr_spec for one in read["To"].addresses] == [address]


def test_a_sender_that_is_no_address_alarms_the_operator():
    with pytest.raises(Refused, match="Mail cannot be sent"):
        compose(letter(), "nobody")


def test_a_letter_that_asks_for_confirmation_needs_its_link():
    with pytest.raises(ValueError, match="link"):
        compose(letter(kind="verify", verify_url=None), SENDER)


def test_a_letter_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        compose(replace(letter(), written_at=START.replace(tzinfo=None)), SENDER)


# --- one instant in text and calendar


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31", "2026-12-01"])
def test_text_and_calendar_file_name_the_same_instant_on_switch_days(day):
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    for hour in range(25):
        start = midnight + timedelta(hours=hour, minutes=30)
        message = compose(letter(start=start, end=start + timedelta(minutes=20)), SENDER)
        ((_, content),) = attached(message)
        assert entry(content).start.astimezone(UTC) == start
        assert f"{start.astimezone(zone):%H:%M}" in body(message)


@pytest.mark.parametrize("kind", ["refused", "cancelled_by_office", "moved_by_office"])
@pytest.mark.parametrize(("language", "said"), [("de", "Das Amt schreibt dazu: "), ("en", "The office says: ")])
def test_the_offices_reason_stands_in_the_letter_as_it_was_typed_and_on_one_line(kind, language, said):
    reason = "Frau Muster ist erkrankt; {url}\r\nBcc: x@example.org"
    text = body(compose(letter(kind=kind, language=language, reason=reason), SENDER))
    assert f"\n{said}Frau Muster ist erkrankt; {{url}} Bcc: x@example.org\n" in text


@pytest.mark.parametrize("kind", ["refused", "cancelled_by_office", "unanswered"])
def test_who_has_lost_a_time_to_the_office_is_led_to_another(kind):
    again = "https://www.example.org/beratung/leistung/x/termine?channel=video"
    text = body(compose(letter(kind=kind, again_url=again), SENDER))
    assert f"Einen neuen Termin aussuchen:\n{again}\n" in text
    assert "0351 0000000" in text


def test_who_was_moved_by_the_office_reads_both_times_and_how_to_choose_another():
    text = body(compose(letter(kind="moved_by_office", previous_start=START - timedelta(days=1)), SENDER))
    assert "Bisher: Montag, 30. November 2026, 09:00 Uhr" in text
    assert "Passt Ihnen die neue Zeit nicht?" in text
