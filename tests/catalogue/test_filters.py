"""Lists are narrowed: values of one parameter mean OR, parameters mean AND, and a channel is one channel."""

from typing import Any

import pytest

from durchwahl.catalogue.snapshot import Filter, Snapshot
from tests.catalogue.catalogues import DEPARTMENT, hint, offer, page, record, settings_of, snapshot_of

FORM = {"url": "https://form.example.org/a"}


def build() -> Snapshot:
    other = '[department]\nid = "zwei"\nname = "Zwei"\n'
    candidate, hidden = (
        record("kandidat", channels=[hint("video", "text")]),
        record("versteckt", channels=[hint("video")]),
    )
    records = [
        record("alles", channels=[hint("video"), hint("phone", languages=["de", "uk"])], forms=[FORM]),
        record("pass", leika_keys=["99000000000001"]),
        record("formular", forms=[FORM, {"url": "https://form.example.org/b"}]),
        record("info", leika_keys=["99000000000002"]),
        candidate, hidden,
    ]  # fmt: skip
    overlay = '[services.versteckt.channels]\nvideo = "hidden"\n'
    settings = settings_of(DEPARTMENT + offer("pass", "phone", "in_person") + overlay, other)
    return snapshot_of(
        settings,
        page(*records),
        page(record("drueben", department="zwei", channels=[hint("in_person")]), source="city/stadt"),
    )


SNAPSHOT = build()


def found(**asked: Any) -> set[str]:
    return {service.slug for service in SNAPSHOT.select(Filter(**asked))}


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ({"kind": ("consultation",)}, {"alles", "pass", "drueben"}),
        ({"kind": ("form",)}, {"formular"}),
        ({"kind": ("information",)}, {"info", "kandidat", "versteckt"}),
        ({"kind": ("form", "consultation")}, {"formular", "alles", "pass", "drueben"}),
        ({"department": ("zwei",)}, {"drueben"}),
        ({"department": ("nirgends",)}, set()),
        ({"channel": ("video",)}, {"alles"}),
        ({"channel": ("video", "in_person")}, {"alles", "pass", "drueben"}),
        ({"channel": ("in_person",), "department": ("amt",)}, {"pass"}),
        ({"language": ("uk",)}, {"alles"}),
        ({"language": ("uk",), "channel": ("video",)}, set()),
        ({"language": ("uk", "gsg")}, {"alles", "pass"}),
        ({"leika_key": ("99000000000001", "99000000000002")}, {"pass", "info"}),
        ({"leika_key": ("99000000000001",), "kind": ("information",)}, set()),
        ({"form_url": ("https://form.example.org/b",)}, {"formular"}),
        ({"form_url": ("https://form.example.org/a",)}, {"alles", "formular"}),
        ({"bookable": True}, {"pass"}),
        ({"bookable": True, "channel": ("video",)}, set()),
        ({"bookable": False, "channel": ("video",)}, {"alles"}),
        ({"bookable": False}, {"alles", "formular", "info", "kandidat", "versteckt", "drueben"}),
    ],
)
def test_a_filter_lets_pass_what_it_says(asked: dict[str, Any], slugs: set[str]) -> None:
    assert found(**asked) == slugs


def test_nothing_asked_is_everything_in_the_lists_order() -> None:
    assert SNAPSHOT.select(Filter()) == SNAPSHOT.services


def test_a_departments_counts_are_of_visible_channels_and_forms_stand_apart() -> None:
    assert SNAPSHOT.counts("amt") == ({"video": 1, "phone": 2, "in_person": 1}, 2)
    assert SNAPSHOT.counts("zwei") == ({"video": 0, "phone": 0, "in_person": 1}, 0)
