"""How citizens ask in a world: again where nobody answers, sometimes twice at once; each time it is written down."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from durchwahl.audit.history import Operation
from durchwahl.booking.answers import Answer
from durchwahl.booking.keys import KeyMissing
from durchwahl.booking.once import once
from durchwahl.errors import Problem, SourceError
from durchwahl.model.problems import PROBLEMS
from durchwahl.store.tx import StoreUnavailable
from tests.simulation.nodes import Node

if TYPE_CHECKING:
    from tests.simulation.world import World

PATIENCE = 10.0
"""How long a browser waits for an answer, in seconds."""
TRIES = 4
SAYS_NOTHING_OF_THE_APPOINTMENT = ("hold", "extend", "release")
Effect = Callable[[Node], Awaitable[Answer]]


@dataclass
class Request:
    """One thing asked, the same at each try. `booking` is known before, where it is about one."""

    asked: Any
    body: tuple[bytes, ...]
    effect: Effect
    key: str | None = None
    booking: str | None = None


async def insistently(world: "World", request: Request) -> Answer | None:
    """Ask until somebody answers for good; sometimes twice at once, as an impatient finger does."""
    random = world.random
    for _ in range(TRIES):
        answer = await _perhaps_twice(world, request)
        if answer is not None and (answer.status < 500 and not _is_in_flight(answer)):
            if request.key is not None and random.random() < 0.1:  # a proxy that repeats what was answered
                await asyncio.sleep(random.uniform(1, 40))
                await _ask(world, request)
            return answer
        if random.random() < 0.2:
            return None
        await asyncio.sleep(random.uniform(0.5, 8))
    return None


async def answered_once(node: Node, claim: Any, effect: Any, rebuilt: Any) -> Answer:
    """Let an effect happen once per key, as the routes do."""
    return await once(node.context, claim, effect, rebuilt=rebuilt, rendered=_rendered)


async def _perhaps_twice(world: "World", request: Request) -> Answer | None:
    if request.key is None or world.random.random() >= 0.15:
        return await _ask(world, request)
    twin = world.loop.create_task(_ask(world, request))
    answer = await _ask(world, request)
    await twin
    return answer


async def _ask(world: "World", request: Request) -> Answer | None:
    node, invoked = world.any_node(), world.milliseconds()
    task = node.begin(_refusals_answered(request.effect, node))
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    answer = task.result() if done else None
    world.noted(_operation(request, invoked, world.milliseconds(), answer, node.name))
    return answer


async def _refusals_answered(effect: Effect, node: Node) -> Answer:
    """Answer as the edge does: whatever is refused or goes wrong has a status."""
    try:
        return await effect(node)
    except Problem as problem:
        return _rendered(problem)
    except KeyMissing:  # erased while it was asked
        return _rendered(Problem("not-found"))
    except SourceError:
        return _rendered(Problem("source-unavailable"))
    except StoreUnavailable:
        return _rendered(Problem("store-unavailable"))
    except Exception as error:  # noqa: BLE001  # the edge answers 500; here it is a violation
        node.world.broke(error)
        return _rendered(Problem("internal"))


def _rendered(problem: Problem) -> Answer:
    return Answer(PROBLEMS[problem.code], to_json({"code": problem.code}))


def _is_in_flight(answer: Answer) -> bool:
    return answer.status == 409 and from_json(answer.body).get("code") == "idempotency-in-flight"


def _operation(request: Request, invoked: int, returned: int, answer: Answer | None, node: str) -> Operation:
    """Return the line of the history; a 5xx is no answer: what was asked may have happened."""
    body = from_json(answer.body) if answer else {}
    outcome = "info" if answer is None or answer.status >= 500 else "ok" if answer.status < 400 else "fail"
    says_more = outcome == "ok" and request.asked not in SAYS_NOTHING_OF_THE_APPOINTMENT
    start, until = body.get("start"), body.get("expires_at")
    return Operation(
        asked=request.asked,
        invoked=invoked,
        returned=None if answer is None else returned,
        outcome=outcome,
        booking=body.get("id", request.booking),
        status=answer.status if answer else None,
        code=body.get("code"),
        state=body.get("status") if says_more else None,
        starts=_stamp(start) if start else None,
        key=request.key,
        request=sha256(b"\0".join(request.body)).hexdigest()[:16],
        answer=sha256(answer.body).hexdigest()[:16] if answer else None,
        node=node,
        until=_stamp(until) if until else None,
    )


def _stamp(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
