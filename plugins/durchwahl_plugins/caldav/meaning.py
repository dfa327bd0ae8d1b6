"""What a CalDAV server's answers mean to the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager

from durchwahl.plugin import Invalid, SourceError, classify
from durchwahl_adapters.caldav.answers import AnswerError
from durchwahl_adapters.caldav.client import UnexpectedAnswer
from durchwahl_adapters.caldav.lines import Unreadable

NO_RIGHTS = (None, "need-privileges")
"""What a refusal names when it is about the account and not about the appointment."""


@contextmanager
def understood(what: str, *, write: bool) -> Iterator[None]:
    """Raise the gateway's error for the adapter's; `what` names the collection or address for the operator.

    Raises:
        SourceError: as `classify` says, and `Invalid` for what is not there or not understood.
    """
    try:
        yield
    except UnexpectedAnswer as answer:
        raise _error(answer, what, write=write) from answer
    except (AnswerError, Unreadable) as error:
        message = "The calendar gave an answer that cannot be understood."
        raise Invalid(message, detail=f"{what}: {error}") from error


def _error(answer: UnexpectedAnswer, what: str, *, write: bool) -> SourceError:
    status, reason = answer.response.status_code, answer.precondition
    if status in (404, 409, 410) and reason is None:
        # RFC 4918 §9.7.1: 409 for a PUT says that the collection does not exist.
        return Invalid(f"There is no calendar at {what}.", detail=str(answer))
    if status in (403, 409, 412) and reason not in NO_RIGHTS:
        message = "The calendar does not accept the appointment."
        return Invalid(message, detail=f"{answer}: {reason}")
    return classify(answer.response, write=write)
