from email import message_from_bytes
from email.policy import default

import pytest

from durchwahl.notify.folding import KEPT, WIRE
from durchwahl.notify.letters import compose
from tests.notify.samples import SENDER, letter

DEPARTMENTS = ["Sozialamt", "Bürgeramt", "Amt für Soziales", "Straßen- und Tiefbauamt", "A", "Amt " * 20, "Ä" * 60]
KINDS = ["confirmation", "change", "cancellation", "reminder", "verify", "cancelled_by_office", "expired"]


@pytest.mark.parametrize("policy", [KEPT, WIRE], ids=["kept", "wire"])
@pytest.mark.parametrize("department", DEPARTMENTS)
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_words_of_a_subject_stand_on_its_first_line(kind, language, department, policy):
    mail = compose(letter(kind=kind, language=language, department_name=department), SENDER)
    raw = mail.as_bytes(policy=policy)
    (first,) = [line for line in raw.split(policy.linesep.encode()) if line.startswith(b"Subject:")]
    assert len(first) > len(b"Subject: ")
    assert max(len(line) for line in raw.split(b"\r\n\r\n" if policy is WIRE else b"\n\n")[0].splitlines()) <= 78
    assert message_from_bytes(raw, policy=default)["Subject"] == mail["Subject"]


@pytest.mark.parametrize("length", range(40, 110))
def test_a_subject_of_any_length_is_read_as_it_was_written(length):
    subject = ("Termin im Amt " * 10)[:length].strip()
    for policy in (KEPT, WIRE):
        folded = policy.fold("Subject", policy.header_factory("Subject", subject))
        assert folded.startswith("Subject: Termin")
        read = message_from_bytes(folded.encode() + policy.linesep.encode(), policy=default)
        assert read["Subject"] == subject
        assert folded.encode() == policy.fold_binary("Subject", policy.header_factory("Subject", subject))
