"""The document itself: valid, complete, with examples, and nothing in it that is not there."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from durchwahl.model.problems import PROBLEMS
from tests.gateways import city
from tests.web.observed import documented_codes, operations

ROUTES = {
    ("GET", "/v1/departments"),
    ("GET", "/v1/departments/{department_id}"),
    ("GET", "/v1/services"),
    ("GET", "/v1/services/{service_id}"),
    ("GET", "/v1/services/{service_id}/slots"),
    ("GET", "/v1/slots"),
    ("GET", "/v1/slots/earliest"),
    ("POST", "/v1/holds"),
    ("POST", "/v1/holds/{hold_id}/extend"),
    ("DELETE", "/v1/holds/{hold_id}"),
    ("POST", "/v1/bookings"),
    ("GET", "/v1/bookings/{booking_id}"),
    ("GET", "/v1/bookings/{booking_id}/calendar.ics"),
    ("POST", "/v1/bookings/{booking_id}/cancel"),
    ("POST", "/v1/bookings/{booking_id}/reschedule"),
    ("POST", "/v1/bookings/{booking_id}/contact"),
    ("POST", "/v1/bookings/{booking_id}/verify"),
    ("GET", "/v1/coverage"),
    ("GET", "/v1/sources"),
    ("GET", "/v1/export/services.csv"),
    ("GET", "/v1/export/services.jsonld"),
    ("GET", "/v1/problems/{code}"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import asyncio

    async def fetched() -> dict[str, Any]:
        async with city(tmp_path_factory.mktemp("city")) as here:
            return dict((await here.client.get("/openapi.json")).json())

    return asyncio.run(fetched())


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_holds_exactly_the_routes_of_the_interface(document: dict[str, Any]) -> None:
    assert set(operations(document)) == ROUTES


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    found = operations(document).values()
    assert all(one["description"] for one in found)
    names = [one["operationId"] for one in found]
    assert len(set(names)) == len(names)


def test_every_problem_is_documented_as_a_problem_and_as_nothing_else(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                (kind,) = response["content"]
                assert kind == "application/problem+json"
                assert response["content"][kind]["schema"] == {"$ref": "#/components/schemas/ProblemOut"}
                example = response["content"][kind]["example"]
                assert PROBLEMS[example["code"]] == example["status"] == int(status)


def test_nothing_documents_a_bug_or_an_answer_of_the_framework(document: dict[str, Any]) -> None:
    assert "500" not in {status for one in operations(document).values() for status in one["responses"]}
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    assert "internal" not in {code for one in operations(document).values() for code in documented_codes(one)}


def test_every_problem_that_there_is_is_documented_somewhere(document: dict[str, Any]) -> None:
    documented = {code for one in operations(document).values() for code in documented_codes(one)}
    elsewhere = {"internal", "method-not-allowed", "room-closed"}  # a bug; no operation; a page's
    in_the_room = {"room-occupied", "room-ended", "seat-lost", "too-many-signals"}  # what its own script is told
    assert documented == set(PROBLEMS) - elsewhere - in_the_room


def test_every_body_that_may_be_sent_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
            assert schema["examples"]
            for example in schema["examples"]:
                Draft202012Validator({**schema, "components": document["components"]}).validate(example)


def test_every_shape_that_is_answered_has_an_example(document: dict[str, Any]) -> None:
    lacking = []
    for name, schema in document["components"]["schemas"].items():
        text = str(schema)
        if name.endswith(("Out", "List")) and "examples" not in text and "$ref" not in text:
            lacking.append(name)
    assert lacking == []


def test_what_needs_a_token_says_so_under_security(document: dict[str, Any]) -> None:
    needing = {name for name, one in operations(document).items() if {"token": []} in one.get("security", ())}
    assert needing == {
        (verb, path)
        for verb, path in ROUTES
        if ("{booking_id}" in path and not path.endswith("verify")) or "{hold_id}" in path
    }
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_what_an_api_client_may_ask_under_its_name_says_so_and_needs_no_credentials(document: dict[str, Any]) -> None:
    welcome = {name for name, one in operations(document).items() if {"api_client": []} in one.get("security", ())}
    assert welcome == {("POST", "/v1/holds"), ("POST", "/v1/bookings"), ("POST", "/v1/bookings/{booking_id}/verify")}
    for name in welcome:
        assert operations(document)[name]["security"] == [{}, {"api_client": []}]
        assert "WWW-Authenticate" in operations(document)[name]["responses"]["401"]["headers"]
    assert document["components"]["securitySchemes"]["api_client"]["scheme"] == "basic"


def test_every_get_takes_a_language_and_every_list_a_limit_and_an_offset(document: dict[str, Any]) -> None:
    for (verb, path), operation in operations(document).items():
        names = {one["name"] for one in operation.get("parameters", ())}
        if path.startswith("/v1/"):
            assert "lang" in names, (verb, path)
        if path in (
            "/v1/departments",
            "/v1/services",
            "/v1/slots",
            "/v1/slots/earliest",
            "/v1/coverage",
            "/v1/sources",
        ):
            assert {"limit", "offset"} <= names, path


def test_names_are_snake_case(document: dict[str, Any]) -> None:
    names = [name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})]
    assert [name for name in names if name != name.lower() or "-" in name] == []


async def test_its_server_is_the_public_address_with_the_prefix(tmp_path: Path) -> None:
    from tests.gateways import GATEWAY

    prefixed = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")
    async with city(tmp_path, gateway=prefixed) as here:
        document = (await here.client.get("/beratung/openapi.json")).json()
        assert document["servers"] == [{"url": "http://gateway.test/beratung"}]
