"""What a model knows of a place in it."""

import pytest
from pydantic import BaseModel, Field

from durchwahl.plugin.settings import Secret
from durchwahl.settings.located import located


class Inner(BaseModel):
    urls: tuple[str, ...] = Field(description="addresses")


class Outer(BaseModel):
    from_: str | None = Field(default=None, alias="from", description="the first day")
    servers: list[Inner] | None = None
    named: dict[str, Inner] = {}
    free: dict[str, tuple[str, ...]] = {}
    keys: tuple[Secret, ...] = ()
    hosts: tuple[str, ...] = Field(default=(), examples=[["a.example"]])

    model_config = {"arbitrary_types_allowed": True}


def test_a_key_is_known_by_the_name_that_is_written() -> None:
    spot = located(Outer, ["from"])
    assert (spot.keys[0], spot.described) == ("from", "It is: the first day.")


@pytest.mark.parametrize("path", [["servers", 3, "urls"], ["named", "x", "urls"]])
def test_a_table_in_a_list_or_under_a_name_knows_its_own_keys(path: list[str | int]) -> None:
    spot = located(Outer, path)
    assert (spot.owner, spot.keys, spot.described) == (Inner, ["urls"], "It is: addresses.")


@pytest.mark.parametrize(
    ("path", "is_list"), [(["servers"], True), (["servers", 0], True), (["named"], False), (["hosts"], False)]
)
def test_only_a_list_of_tables_is_written_in_two_brackets(path: list[str | int], *, is_list: bool) -> None:
    assert located(Outer, path).is_list_of_tables is is_list


@pytest.mark.parametrize(
    ("path", "example"),
    [
        (["keys"], '[{ file = "…" }]'),
        (["keys", 0], '{ file = "…" }'),
        (["hosts"], '["a.example"]'),
        (["hosts", 0], '"…"'),
        (["free", "x"], '["…"]'),
    ],
)
def test_an_example_has_the_shape_of_what_is_to_be_written(path: list[str | int], example: str) -> None:
    assert located(Outer, path).example == example


def test_of_what_the_model_does_not_have_nothing_is_known() -> None:
    spot = located(Outer, ["free", "x", 0, "y", "z"])
    assert (spot.owner, spot.field, spot.described, spot.keys) == (None, None, "", [])


def test_without_a_model_nothing_is_known() -> None:
    assert located(None, ["x"]).keys == []
