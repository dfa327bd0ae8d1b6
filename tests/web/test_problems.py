"""Problems: the citizen's language, a type that resolves, pointers that point."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from durchwahl.model.problems import PROBLEMS
from durchwahl.texts import translate
from tests.gateways import City, bearer, city, key

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with city(tmp_path_factory.mktemp("city")) as one:
        yield one


async def pointers(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_a_problem_has_all_its_members(here: City) -> None:
    answer = await here.client.get("/v1/services/unknown")
    body = answer.json()
    assert set(body) == {"type", "code", "title", "status", "detail", "instance", "errors", "alternatives"}
    assert (body["code"], body["status"], body["instance"]) == ("not-found", 404, "/v1/services/unknown")
    assert answer.headers["cache-control"] == "no-store"


async def test_every_type_is_an_address_that_explains_itself_in_both_languages(here: City) -> None:
    for code, status in PROBLEMS.items():
        said = [
            (await here.client.get(f"http://gateway.test/v1/problems/{code}?lang={lang}")).json()
            for lang in ("de", "en")
        ]
        assert [(one["code"], one["status"]) for one in said] == [(code, status)] * 2
        assert said[0]["title"] != said[1]["title"]
        assert said[0]["detail"] != said[1]["detail"]


async def test_the_type_of_a_problem_leads_to_its_explanation(here: City) -> None:
    problem = (await here.client.get("/v1/services/unknown?lang=en")).json()
    explained = (await here.client.get(problem["type"], params={"lang": "en"})).json()
    assert {name: explained[name] for name in ("code", "title", "status")} == {
        name: problem[name] for name in ("code", "title", "status")
    }


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "de"),
        ("?lang=en", None, "en"),
        ("?lang=en", "de", "en"),
        ("?lang=de", "en", "de"),
        ("?lang=en-GB", None, "en"),
        ("", "en", "en"),
        ("", "fr, en;q=0.5, de;q=0.1", "en"),
        ("", "fr", "de"),
        ("", "en;q=0", "de"),
        ("?lang=", "en", "en"),
        ("?lang=xx", "en", "de"),
        ("", "*", "de"),
        ("", ";;;,,q=", "de"),
    ],
)
async def test_a_problem_speaks_the_language_that_was_asked_for(
    here: City, query: str, header: str | None, language: str
) -> None:
    headers = {"Accept-Language": header} if header is not None else {}
    answers = [
        await here.client.get(f"/v1/departments/unknown{query}", headers=headers),
        await here.client.post(f"/v1/holds{query}", json={"slot": "x"}, headers={**headers, **key()}),
    ]
    for answer in answers:
        assert answer.headers["content-language"] == language
        assert answer.json()["title"] == translate(f"problem.{answer.json()['code']}.title", language)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("nonsense=1", ["?nonsense"]),
        ("limit=0&offset=-1", ["?limit", "?offset"]),
        ("limit=1001", ["?limit"]),
        ("limit=x", ["?limit"]),
        ("channel=telepathy", ["?channel"]),
        ("kind=online_form", ["?kind"]),
        ("bookable=perhaps", ["?bookable"]),
        ("q=" + "x" * 201, ["?q"]),
        ("lang=" + "x" * 36, ["?lang"]),
        ("Limit=5", ["?Limit"]),
    ],
)
async def test_a_wrong_parameter_is_named(here: City, query: str, expected: list[str]) -> None:
    answer = await here.client.get(f"/v1/services?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")
    assert await pointers(answer) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "?service"),
        ("service=buergeramt-ummeldung&count=1&count=2", "?count"),
        ("service=buergeramt-ummeldung&service=buergeramt-ummeldung", "?service"),
        ("service=buergeramt-ummeldung&count=0", "?count"),
        ("service=buergeramt-ummeldung&from=gestern", "?from"),
        ("service=buergeramt-ummeldung&from=2026-11-23T08:00:00", "?from"),
        ("service=buergeramt-ummeldung&from=1700000000", "?from"),
        ("service=buergeramt-ummeldung&from=9999-12-31", "?from"),
        ("service=buergeramt-ummeldung&from=0001-01-01", "?from"),
        ("service=buergeramt-ummeldung&from=2026-11-24&to=2026-11-24", "?to"),
        ("service=buergeramt-ummeldung&from=2026-11-24&to=2027-01-26", "?to"),
    ],
)
async def test_a_wrong_question_for_times_is_named(here: City, query: str, expected: str) -> None:
    answer = await here.client.get(f"/v1/slots?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")
    assert await pointers(answer) == [expected]


async def test_sixty_two_days_may_be_asked_for_and_not_a_second_more(here: City) -> None:
    url = "/v1/services/buergeramt-ummeldung/slots?from=2026-11-23T00:00:00%2B01:00&to=2027-01-24T00:00:0"
    assert (await here.client.get(f"{url}0%2B01:00")).status_code == 200
    assert (await here.client.get(f"{url}1%2B01:00")).status_code == 422


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["/slot"]),
        ({"slot": 7}, ["/slot"]),
        ({"slot": "x" * 1001}, ["/slot"]),
        ({"slot": "x", "nonsense": 1}, ["/nonsense"]),
        ({"slot": "x", "a/b": 1, "c~d": 2}, ["/a~1b", "/c~0d"]),
        ({"slot": "x", "continues": {"hold": "y"}}, ["/continues/token"]),
        ({"slot": "x", "continues": {"hold": "y", "token": "z", "more": 1}}, ["/continues/more"]),
        ([], [""]),
        (None, [""]),
    ],
)
async def test_a_wrong_field_is_pointed_to(here: City, body: Any, expected: list[str]) -> None:
    answer = await here.client.post("/v1/holds", json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert await pointers(answer) == expected


async def test_a_wrong_name_of_an_answer_is_pointed_to_itself(here: City) -> None:
    body = {"hold": "x", "token": "y", "answers": {"x" * 65: "z"}}
    answer = await here.client.post("/v1/bookings", json=body, headers=key())
    assert await pointers(answer) == ["/answers/" + "x" * 65]


async def test_deeper_fields_are_pointed_to(here: City) -> None:
    body = {
        "hold": "x",
        "token": "y",
        "person": {"nmae": "A"},
        "needs": {"captions": "vielleicht"},
        "answers": {"q": 1},
    }
    answer = await here.client.post("/v1/bookings", json=body, headers=key())
    assert set(await pointers(answer)) == {"/person/nmae", "/needs/captions", "/answers/q"}


async def test_what_is_not_json_points_to_the_whole(here: City) -> None:
    for raw in (b"{", b"", b"\xff"):
        answer = await here.client.post("/v1/holds", content=raw, headers={**key(), **JSON})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
        assert await pointers(answer) == [""]


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/v1/holds"),
        ("POST", "/v1/holds/x/extend"),
        ("DELETE", "/v1/holds/x"),
        ("POST", "/v1/bookings"),
        ("POST", "/v1/bookings/x/cancel"),
        ("POST", "/v1/bookings/x/verify"),
        ("GET", "/v1/bookings/x"),
        ("GET", "/v1/departments/buergeramt"),
        ("GET", "/v1/export/services.csv"),
        ("GET", "/v1/sources"),
        ("GET", "/v1/problems/not-found"),
    ],
)
async def test_an_unknown_parameter_is_refused_everywhere(here: City, verb: str, path: str) -> None:
    bodies = {
        "/v1/holds": {"slot": "x"},
        "/v1/bookings": {"hold": "x", "token": "y"},
        "/v1/bookings/x/verify": {"token": "x"},
    }
    sent = {"json": bodies[path]} if path in bodies else {}
    answer = await here.client.request(verb, f"{path}?dry_run=1", headers=key(), **sent)
    assert (answer.status_code, await pointers(answer)) == (422, ["?dry_run"])


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("POST", "/v1/departments", "GET, HEAD"),
        ("DELETE", "/v1/services/buergeramt-ummeldung", "GET, HEAD"),
        ("GET", "/v1/holds", "POST"),
        ("HEAD", "/v1/holds", "POST"),
        ("PUT", "/v1/holds/x", "DELETE"),
        ("PATCH", "/v1/bookings/x", "GET, HEAD"),
        ("GET", "/v1/bookings/x/cancel", "POST"),
        ("OPTIONS", "/v1/bookings", "POST"),
        ("BREW", "/v1/coverage", "GET, HEAD"),
        ("DELETE", "/gespraech/x/y", "GET, HEAD"),
        ("PUT", "/termin/x/absagen", "GET, POST, HEAD"),
    ],
)
async def test_a_wrong_method_is_405_and_says_which_are_right(here: City, verb: str, path: str, allowed: str) -> None:
    answer = await here.client.request(verb, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if verb != "HEAD" and path.startswith("/v1/"):
        assert answer.json()["code"] == "method-not-allowed"


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1_000):
        yield b" " * 1_000


@pytest.mark.parametrize("path", ["/v1/holds", "/v1/bookings", "/v1/bookings/x/cancel", "/v1/bookings/x/reschedule"])
async def test_a_body_that_is_too_large_is_413_whether_it_says_so_or_not(here: City, path: str) -> None:
    headers = {**key(), **JSON, "Authorization": "Bearer x"}
    said = await here.client.post(path, content=b" " * 65_537, headers=headers)
    unsaid = await here.client.post(path, content=chunks(66_000), headers=headers)
    assert "content-length" not in unsaid.request.headers
    assert [(one.status_code, one.json()["code"]) for one in (said, unsaid)] == [(413, "body-too-large")] * 2


async def test_the_largest_body_that_may_be_sent_is_read(here: City) -> None:
    body = b'{"slot": "x"}'.ljust(65_536)
    answer = await here.client.post("/v1/holds", content=body, headers={**key(), **JSON})
    assert answer.json()["code"] == "slot-forged"


async def test_a_body_that_lies_about_its_length_is_measured(here: City) -> None:
    headers = {**key(), **JSON, "Content-Length": "10"}
    answer = await here.client.post("/v1/holds", content=chunks(66_000), headers=headers)
    assert answer.status_code == 413


async def test_an_unknown_address_is_a_problem_as_well(here: City) -> None:
    for path in ("/v1", "/v1/", "/v1/services/", "/v1/export/xzufi.xml", "/in/a/b/c"):
        answer = await here.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path


async def test_an_unknown_address_of_a_page_is_a_page_that_says_what_to_do(here: City) -> None:
    for path, said in (("/v2/services", "Das haben wir nicht gefunden"), ("/en/nowhere", "We did not find this")):
        answer = await here.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert f"<h1>{said}</h1>" in re.sub(r"<h1[^>]*>", "<h1>", answer.text)


async def test_a_script_of_a_page_hears_of_a_problem_as_a_program_does(here: City) -> None:
    answer = await here.client.get("/termin/x/y", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_the_instance_is_a_proper_reference(here: City) -> None:
    answer = await here.client.get("/v1/services/%C3%A4%20%22%3F")
    assert answer.json()["instance"] == "/v1/services/%C3%A4%20%22%3F"


WRONG_FIELDS = [
    ({"needs": {"captions": "yes"}}, "/needs/captions", "muss true oder false sein."),
    ({"needs": {"interpreter": "klingonisch bitte"}}, "/needs/interpreter", "ist kein Sprachkürzel"),
    ({"person": {"name": "x" * 121}}, "/person/name", "darf höchstens 120 Zeichen haben."),
    ({"person": {"name": "a\u202eb"}}, "/person/name", "darf keine Steuerzeichen"),
    ({"person": {"nmae": "Erika"}}, "/person/nmae", "ist hier nicht bekannt."),
    ({"hold": 7}, "/hold", "muss ein Text sein."),
    ({"lang": "\u0000"}, "/lang", "ist kein Sprachkürzel"),
]


@pytest.mark.parametrize(("wrong", "pointer", "said"), WRONG_FIELDS)
async def test_a_wrong_field_is_said_in_the_citizens_words(
    here: City, wrong: dict[str, Any], pointer: str, said: str
) -> None:
    wish = {"hold": "0" * 32, "token": "x", "person": {"name": "Erika"}, **wrong}
    german = await here.client.post("/v1/bookings", json=wish, headers=key())
    english = await here.client.post("/v1/bookings?lang=en", json=wish, headers=key())
    assert [answer.status_code for answer in (german, english)] == [422, 422]
    (error,) = german.json()["errors"]
    assert error["pointer"] == pointer
    assert error["detail"].startswith(said)
    assert english.json()["errors"][0]["detail"] not in (error["detail"], "")


async def test_of_a_parameter_given_twice_nobody_guesses_which_one_counts(here: City) -> None:
    for query in ("bookable=true&bookable=false", "limit=1&limit=2", "lang=de&lang=en", "q=a&q=b"):
        answer = await here.client.get(f"/v1/services?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"?{query.split('=')[0]}")
    assert (await here.client.get("/v1/services?channel=video&channel=phone")).status_code == 200


async def test_the_case_of_a_language_means_nothing_and_what_is_none_is_refused(here: City) -> None:
    totals = [(await here.client.get(f"/v1/services?language={tag}")).json()["total"] for tag in ("gsg", "GSG", "Gsg")]
    assert totals[0] > 0
    assert len(set(totals)) == 1
    answer = await here.client.get("/v1/services?language=Klingonisch bitte")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?language")


async def test_what_is_sent_where_nothing_is_read_is_refused(here: City) -> None:
    booking = await here.booked()
    headers = {**bearer(booking["manage_token"]), **key()}
    url = f"/v1/bookings/{booking['id']}/cancel"
    answer = await here.client.post(url, json={"reason": "krank"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert (await here.client.post(url, json={}, headers=headers)).status_code == 200


async def test_a_name_of_nothing_visible_is_no_name(here: City) -> None:
    for name in ("\u200b", "\u2800", "\u3164", " \u00a0 "):
        hold = (await here.hold((await here.slots("buergeramt-fuehrungszeugnis"))[0]["slot"])).json()
        answer = await here.book(hold, person={"name": name, "email": "erika@example.org"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/person/name")
        await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))
