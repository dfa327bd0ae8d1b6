"""Records, overlay and offers become one service each; what does not fit is said and never dropped silently."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.catalogue.merge import slugged
from durchwahl.model.catalogue import Form
from tests.catalogue.catalogues import (
    DEPARTMENT,
    READ_AT,
    faulty_settings_of,
    hint,
    offer,
    offers_of,
    one_service,
    page,
    record,
    settings_of,
    snapshot_of,
)


def department(name: str, more: str = "") -> str:
    return f'[department]\nid = "{name}"\nname = "{name.title()}"\n{more}'


# --- Channels and their evidence


def test_a_confirmed_channel_carries_all_evidence_the_most_trusted_first() -> None:
    service = one_service(
        pages=[
            page(record(channels=[hint("video", "text"), hint("video", "structured")])),
            page(record(channels=[hint("video", "explicit")]), source="amt/zweiter"),
        ],
        more=offer("pass", "phone") + '[services.pass.channels]\nvideo = "confirmed"\n',
    )
    video = service.channel("video")
    assert video is not None
    assert [one.basis for one in video.evidence] == ["overlay", "explicit", "structured", "text"]
    assert video.evidence[0].detail == "services.pass.channels.video: confirmed"


@pytest.mark.parametrize(
    ("basis", "status"), [("text", "candidate"), ("structured", "confirmed"), ("explicit", "confirmed")]
)
def test_words_in_a_text_make_a_candidate_and_everything_else_a_channel(basis: str, status: str) -> None:
    assert [c.status for c in one_service(record(channels=[hint("phone", basis)])).channels] == [status]


def test_a_candidate_is_invisible_until_the_department_confirms_it() -> None:
    candidate = record(channels=[hint("phone", "text")])
    hidden = one_service(candidate)
    assert (hidden.visible_channels, hidden.channel("phone"), hidden.kind) == ((), None, "information")
    confirmed = one_service(candidate, more='[services.pass.channels]\nphone = "confirmed"\n')
    assert (confirmed.kind, [c.status for c in confirmed.channels]) == ("consultation", ["confirmed"])


def test_an_offer_confirms_a_candidate() -> None:
    service = one_service(record(channels=[hint("phone", "text")]), more=offer("pass", "phone"))
    phone = service.channel("phone")
    assert phone is not None
    assert (phone.bookable, phone.reason) == (True, None)


@pytest.mark.parametrize("basis", ["text", "structured", "explicit"])
def test_hidden_stays_hidden_whatever_says_otherwise(basis: str) -> None:
    service = one_service(
        record(channels=[hint("video", basis)]),
        more=offer("pass", "phone") + '[services.pass.channels]\nvideo = "hidden"\nphone = "hidden"\n',
    )
    assert [(str(c.type), c.status) for c in service.channels] == [("video", "hidden"), ("phone", "hidden")]
    assert (service.visible_channels, service.kind) == ((), "information")


def test_a_hidden_channel_cannot_be_booked_and_the_others_can() -> None:
    text = DEPARTMENT + offer("pass", "phone", "in_person") + '[services.pass.channels]\nphone = "hidden"\n'
    one = offers_of(settings_of(text))["amt/tisch"]
    assert not one.accepts((("amt-pass", 1),), "phone")
    assert one.accepts((("amt-pass", 1),), "in_person")


def test_an_online_form_is_never_a_consultation() -> None:
    form = Form(url="https://form.example.org/x")
    service = one_service(record(forms=[form], channels=[hint("online_form")]))
    assert (service.kind, service.channels, service.forms) == ("form", (), (form,))


def test_a_form_beside_a_talk_leaves_it_a_consultation() -> None:
    service = one_service(record(forms=[Form(url="https://form.example.org/x")], channels=[hint("phone")]))
    assert service.kind == "consultation"


def test_a_channel_without_an_offer_says_that_it_cannot_be_booked() -> None:
    channel = one_service(record(channels=[hint("video")])).channels[0]
    assert (channel.bookable, channel.reason) == (False, "no_offer")


def test_a_channel_whose_calendar_is_only_read_says_so() -> None:
    more = offer("pass", "phone").replace('calendar = "termine"', 'calendar = "gelesen"')
    more += '[sources.gelesen]\ntype = "house"\nmode = "read_only"\n[sources.gelesen.lanes.a]\n'
    channel = one_service(record(), more=more).channels[0]
    assert (channel.status, channel.bookable, channel.reason) == ("confirmed", False, "read_only")


def test_channels_stand_in_one_order_and_speak_all_their_languages_once() -> None:
    service = one_service(
        record(channels=[hint("in_person"), hint("phone", languages=["de", "uk"]), hint("video")]),
        more=offer("pass", "phone"),
    )
    assert [(str(c.type), c.languages) for c in service.channels] == [
        ("video", ("de",)), ("phone", ("de", "uk")), ("in_person", ("de",)),
    ]  # fmt: skip


# --- What is merged from several sources


def test_the_departments_own_record_comes_before_the_citys() -> None:
    city = record(
        name={"de": "Stadt"}, department="amt", summary={"de": "Stadt"}, cost={"de": "Stadt"}, carrier="Träger"
    )
    own = record(name={"de": "Amt"}, summary={"de": "Amt"})
    service = one_service(pages=[page(city, source="city/stadt"), page(own)])
    assert (service.name, service.summary, service.cost, service.carrier) == (
        {"de": "Amt"}, {"de": "Amt"}, {"de": "Stadt"}, "Träger",
    )  # fmt: skip
    assert service.sources == ("amt/katalog", "city/stadt")


def test_the_overlays_name_and_summary_come_before_every_record() -> None:
    more = '[services.pass]\nname = "Reisepass"\nsummary = { de = "Kurz", en = "Short" }\ndiscreet = true\n'
    service = one_service(record(summary={"de": "lang"}), more=more)
    assert (service.name, service.summary, service.discreet) == (
        {"de": "Reisepass"},
        {"de": "Kurz", "en": "Short"},
        True,
    )


def test_a_discreet_offer_makes_its_service_discreet_unless_the_overlay_says_no() -> None:
    more = offer("pass", "phone").replace("[offers.tisch]", "[offers.tisch]\ndiscreet = true")
    assert one_service(record(), more=more).discreet
    assert not one_service(record(), more=more + "[services.pass]\ndiscreet = false\n").discreet


def test_keys_names_and_forms_are_joined_without_repeats() -> None:
    one = record(leika_keys=["99000000000001"], alt_names=["Pass", "Ausweis"], forms=[Form(url="https://a.example/")])
    other = record(
        leika_keys=["99000000000002", "99000000000001"], alt_names=["Ausweis", "Reisedokument"],
        forms=[Form(url="https://b.example/"), Form(url="https://a.example/")],
    )  # fmt: skip
    service = one_service(pages=[page(one), page(other, source="amt/zweiter")])
    assert service.leika_keys == ("99000000000001", "99000000000002")
    assert service.alt_names == ("Pass", "Ausweis", "Reisedokument")
    assert [form.url for form in service.forms] == ["https://a.example/", "https://b.example/"]


def test_a_service_is_as_old_as_its_oldest_page() -> None:
    older = READ_AT - timedelta(days=2)
    assert one_service(pages=[page(record()), page(record(), source="amt/zweiter", as_of=older)]).as_of == older


def test_what_no_source_says_is_none_and_never_invented() -> None:
    service = one_service(record())
    assert (service.outcome, service.personal_appearance_required, service.url, service.carrier) == (None,) * 4


def test_what_one_source_says_is_not_lost_because_another_does_not() -> None:
    service = one_service(
        pages=[
            page(record()),
            page(record(personal_appearance_required=False, outcome="completes"), source="amt/zweiter"),
        ]
    )
    assert (service.personal_appearance_required, service.outcome) == (False, "completes")


# --- Which department


def test_a_unit_of_a_city_wide_catalogue_is_the_department_that_matches_it() -> None:
    service = one_service(pages=[page(record(department="L100.OE.2"), source="city/stadt")])
    assert service.department == "amt"


def test_a_unit_that_no_department_matches_is_said_with_the_line_to_add() -> None:
    snapshot = snapshot_of(settings_of(), page(record(department="L100.OE.9"), source="city/stadt"))
    assert snapshot.services == ()
    (finding,) = snapshot.findings
    assert (finding.file, finding.key, finding.severity) == ("gateway.toml", "sources.stadt", "warning")
    assert 'the service "pass" belongs to the unit "L100.OE.9"' in finding.reason
    assert 'matches = { house = ["L100.OE.9"] }' in finding.remedy


def test_a_unit_of_another_type_of_catalogue_does_not_match() -> None:
    snapshot = snapshot_of(settings_of(), page(record(department="L100.OE.1"), source="amt/katalog"))
    assert snapshot.services == ()
    assert len(snapshot.findings) == 1


def test_a_record_of_the_city_without_a_unit_is_said_too() -> None:
    snapshot = snapshot_of(settings_of(), page(record(), source="city/stadt"))
    (finding,) = snapshot.findings
    assert "names no unit" in finding.reason
    assert "None" not in str(finding)


def test_a_record_that_names_the_department_itself_needs_no_match() -> None:
    assert one_service(pages=[page(record(department="amt"), source="city/stadt")]).department == "amt"


def test_a_parents_sheet_may_speak_for_its_children_and_nobody_elses() -> None:
    settings = settings_of(DEPARTMENT, department("kind", 'parent = "amt"\n'), department("fremd"))
    records = record("a", department="kind"), record("b", department="fremd"), record("c")
    snapshot = snapshot_of(settings, page(*records))
    assert {service.id for service in snapshot.services} == {"kind-a", "amt-b", "amt-c"}


def test_services_come_by_department_and_then_in_german_order() -> None:
    settings = settings_of(DEPARTMENT.replace('id = "amt"', 'id = "amt"\norder = 2'), department("b", "order = 1\n"))
    names = ["Zulassung", "Änderung", "anmeldung", "Übung", "Umzug", "Abmeldung"]
    records = [record(f"s{place}", name={"de": name}) for place, name in enumerate(names)]
    snapshot = snapshot_of(
        settings, page(*records, record("erst", department="b"), source="city/stadt"), page(*records)
    )
    assert [service.name["de"] for service in snapshot.services] == [
        "Erst", "Abmeldung", "Änderung", "anmeldung", "Übung", "Umzug", "Zulassung",
    ]  # fmt: skip


# --- Ids


@given(st.text(min_size=1, max_size=120))
def test_a_slug_can_stand_in_an_address_and_is_its_own_slug(text: str) -> None:
    slug = slugged(text)
    assert 1 <= len(slug) <= 64
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slugged(slug) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Führungszeugnis", "fuehrungszeugnis"),
        ("Größe/Maß", "groesse-mass"),
        ("  Ä  ", "ae"),
        ("日本", "service"),
        ("99115003012000", "99115003012000"),
    ],
)
def test_a_slug_spells_umlauts_out(text: str, slug: str) -> None:
    assert slugged(text) == slug


def test_two_records_of_one_source_with_one_slug_are_said_and_the_first_stays() -> None:
    long = "a" * 64
    snapshot = snapshot_of(
        settings_of(), page(record(long + "-eins"), record(long + "-zwei"), record("Ä b"), record("ae-b"))
    )
    assert len(snapshot.services) == 2
    assert ['"ae-b"' in snapshot.findings[1].reason, len(snapshot.findings)] == [True, 2]
    assert f'the same address as "{long}-eins"' in snapshot.findings[0].reason


def test_two_departments_whose_ids_run_together_do_not_share_a_service() -> None:
    settings = settings_of(department("a"), department("a-b"))
    records = page(record("b-c", department="a"), record("c", department="a-b"), source="city/stadt")
    snapshot = snapshot_of(settings, records)
    assert [(service.id, service.department) for service in snapshot.services] == [("a-b-c", "a")]
    (finding,) = snapshot.findings
    assert 'would have the id "a-b-c", which is one of a\'s' in finding.reason


# --- What is named and not there


def test_an_offer_of_an_unknown_service_is_said_with_the_nearest() -> None:
    snapshot = snapshot_of(settings_of(DEPARTMENT + offer("pas")), page(record()))
    (finding,) = snapshot.findings
    assert (finding.key, finding.remedy) == ("offers.tisch.services", 'Did you mean "pass"?')


def test_an_overlay_of_an_unknown_service_is_said() -> None:
    snapshot = snapshot_of(settings_of(DEPARTMENT + "[services.pas]\ndiscreet = true\n"), page(record()))
    assert [one.key for one in snapshot.findings] == ["services.pas"]


def test_a_renaming_to_an_unknown_service_is_said() -> None:
    renamed = DEPARTMENT.replace('name = "Amt"', 'name = "Amt"\nrenamed = { alt = "neu" }')
    snapshot = snapshot_of(settings_of(renamed), page(record()))
    assert [one.key for one in snapshot.findings] == ["department.renamed"]


def test_a_renaming_leads_from_the_old_id_to_the_new() -> None:
    renamed = DEPARTMENT.replace('name = "Amt"', 'name = "Amt"\nrenamed = { alt = "pass" }')
    snapshot = snapshot_of(settings_of(renamed), page(record()))
    assert dict(snapshot.renamed) == {"amt-alt": "amt-pass"}
    assert snapshot.findings == ()


# --- The snapshot


def test_a_snapshots_id_changes_with_its_content_and_not_with_the_time_of_reading() -> None:
    settings = settings_of()
    ids = [
        snapshot_of(settings, page(record(), as_of=READ_AT)).id,
        snapshot_of(settings, page(record(), as_of=READ_AT + timedelta(days=1))).id,
        snapshot_of(settings, page(record(url="https://a.example/"))).id,
        snapshot_of(settings, page(record(), stale=True, reason="weg")).id,
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_departments_parent_that_is_none_is_shown_to_nobody() -> None:
    circle = [department("a", 'parent = "b"\n'), department("b", 'parent = "a"\n')]
    assert [one.parent for one in snapshot_of(faulty_settings_of(*circle)).departments] == [None, None]
