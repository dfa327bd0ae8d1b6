"""What the city has not decided is neither listed nor dropped: it is shown with what to write."""

from durchwahl.catalogue.undecided import candidates, unmatched
from tests.catalogue.catalogues import DEPARTMENT, hint, page, record, settings_of, snapshot_of

TEXT = [hint("phone", "text", detail="auch telefonisch")]


def test_a_hint_in_a_text_is_a_candidate_with_its_words() -> None:
    services = snapshot_of(settings_of(), page(record(channels=TEXT))).services
    assert candidates(services) == [
        {"service": "amt-pass", "channel": "phone", "source": "amt/katalog", "detail": "auch telefonisch"}
    ]


def test_a_candidate_is_a_warning_that_says_what_to_write() -> None:
    (finding,) = snapshot_of(settings_of(), page(record(channels=TEXT))).findings
    assert (finding.key, finding.severity) == ("services.pass.channels", "warning")
    assert "auch telefonisch" in finding.reason
    assert 'channels = { phone = "confirmed" }' in finding.remedy


def test_a_decided_channel_is_no_candidate() -> None:
    for word in ("confirmed", "hidden"):
        config = settings_of(DEPARTMENT + f'[services.pass.channels]\nphone = "{word}"\n')
        snapshot = snapshot_of(config, page(record(channels=TEXT)))
        assert candidates(snapshot.services) == []
        assert snapshot.findings == ()


def test_a_record_of_no_department_is_named_with_its_unit() -> None:
    settings = settings_of()
    lost = record("fund", department="L100.OE.9")
    assert unmatched(settings, [page(record(), lost, source="city/stadt")]) == [
        {"source": "city/stadt", "id": "pass", "unit": None},
        {"source": "city/stadt", "id": "fund", "unit": "L100.OE.9"},
    ]
    assert unmatched(settings, [page(record())]) == []
