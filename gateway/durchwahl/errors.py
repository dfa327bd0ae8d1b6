"""The error tree, classed by what the caller does next.

    DurchwahlError
    ├── SourceError          something a department's system said or failed to say
    │   ├── Unavailable      serve the last good answer, try again (after `retry_after` seconds, if given)
    │   │   └── NotSent      nothing left the gateway: try again freely
    │   ├── OutcomeUnknown   a write may or may not have happened: find it before anything else
    │   ├── Refused          the credentials were refused: stop and alarm
    │   ├── Invalid          the answer was not understood: keep the last good one and report
    │   └── Rejected         the citizen must choose again, or correct something (`reason`, `field`)
    ├── Problem              a request that the website or a citizen has to change (RFC 9457)
    └── ConfigError          the configuration cannot be used; carries every finding

A `SourceError` has two texts: `message` is safe to show to anybody, `detail` is for the operator's log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


class DurchwahlError(Exception):
    """The root of everything that the gateway raises on purpose."""


class SourceError(DurchwahlError):
    """A department's system failed; the subclass says what to do about it."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail or message


class Unavailable(SourceError):
    """Nothing was changed and nothing was learned; `retry_after` is in seconds, None where nobody said."""

    def __init__(self, message: str, *, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class NotSent(Unavailable):
    """Not one byte of the request left the gateway: repeating it cannot do anything twice."""


class OutcomeUnknown(SourceError):
    """A write went out and no answer came back: it may have happened. Look it up by its name first."""


class Refused(SourceError):
    """The system refused our credentials. Repeating would lock the account; an operator has to act."""


class Invalid(SourceError):
    """The system answered something that does not follow its own protocol."""


class Rejected(SourceError):
    """The system understood and said no, in a way that only another choice can change.

    `reason` is taken, expired, too_late, limit, person or mail; `field` names what the citizen may correct.
    """

    def __init__(self, message: str, *, reason: str = "taken", detail: str = "", field: str | None = None) -> None:
        super().__init__(message, detail=detail)
        self.reason = reason
        self.field = field


@dataclass(frozen=True)
class FieldError:
    """One wrong place in a request: `pointer` is a JSON pointer (RFC 6901) or `?name` for a parameter.

    `reason` is a key of the language catalogues below `wrong.`, whose placeholders `values` fill.
    """

    pointer: str
    reason: str
    values: Mapping[str, str] = field(default_factory=dict)


class Problem(DurchwahlError):
    """A request that cannot be fulfilled as it stands.

    `code` is a key of `durchwahl.model.problems.PROBLEMS`, which holds the HTTP status; the texts come from the
    language catalogues. `alternatives` are slots as the API gives them. `values` fill the text's placeholders.
    """

    def __init__(
        self,
        code: str,
        *,
        errors: Sequence[FieldError] = (),
        alternatives: Sequence[Any] = (),
        retry_after: float | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = tuple(errors)
        self.alternatives = tuple(alternatives)
        self.retry_after = retry_after
        self.values = dict(values or {})


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the configuration, said so that an operator can mend it without asking.

    `file` is relative to the configuration's folder; `key` is a dotted TOML path, `line 7` or a column of a sheet.
    `is_consequence`: it goes when another finding is mended.
    """

    file: str
    key: str
    reason: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"
    is_consequence: bool = False

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.reason}" + (f" {self.remedy}" if self.remedy else "")


class ConfigError(DurchwahlError):
    """The configuration cannot be used at all; `findings` says everything that is wrong, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
