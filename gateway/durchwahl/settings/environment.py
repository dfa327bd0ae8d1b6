"""`[gateway]` with the environment laid over it: `DURCHWAHL_PUBLIC_URL` wins over `public_url` in the file."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from durchwahl.errors import Finding
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.gateway import PREFIX, GatewayTable
from durchwahl.settings.wrong_values import NO_LIST, NO_TABLE

AS_JSON = """Write lists and tables as JSON, e.g. DURCHWAHL_TRUSTED_PROXIES='["127.0.0.1"]'."""


def gateway_table(raw: Any, overrides: Mapping[str, Any], file: str) -> tuple[GatewayTable | None, list[Finding]]:
    """Return the table, and what is wrong with it. An unknown key is left out; with a wrong value there is no table.

    A default in place of a wrong value could be a time zone that nobody meant.
    """
    if not isinstance(raw, dict):
        return None, [Finding(file, "gateway", "must be a table.", "Write [gateway] on a line of its own.")]
    given = {**raw, **overrides}
    try:
        known = {key: value for key, value in given.items() if key in GatewayTable.model_fields}
        return GatewayTable(**known), [_unknown_key(key, file) for key in given if key not in known]
    except ValidationError as error:
        found = from_validation(error, file=file, key="gateway", model=GatewayTable)
        unknown = [_unknown_key(key, file) for key in given if key not in known]
        return None, [*map(_where_it_was_said, found), *unknown]
    except SettingsError as error:
        return None, [Finding("environment", f"{PREFIX}*", f"{error}.", AS_JSON)]


def unknown_variables(raw: Any) -> Iterator[Finding]:
    """Yield the `DURCHWAHL_*` variables that nobody reads: neither `[gateway]` nor a secret of the config."""
    known = {f"{PREFIX}{name.upper()}" for name in GatewayTable.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known and name not in set(_secrets(raw)):
            remedy = did_you_mean(name.upper(), known) or "The settings of [gateway] are read, and nothing else."
            yield Finding("environment", name, "is read by nobody.", remedy, "warning")


def _secrets(value: Any) -> Iterator[str]:
    """Yield the variables that the tables name as the place of a secret."""
    if isinstance(value, dict):
        if set(value) == {"env"} and isinstance(value["env"], str):
            yield value["env"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _secrets(item)


def _unknown_key(key: str, file: str) -> Finding:
    known = sorted(GatewayTable.model_fields)
    remedy = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
    return Finding(file, f"gateway.{key}", "is not a known key.", remedy)


def _where_it_was_said(finding: Finding) -> Finding:
    """Name the variable where the environment, and not the file, holds the mistake."""
    variable = PREFIX + re.split(r"[.\[]", finding.key)[1].upper()
    if variable not in os.environ:
        return finding
    remedy = AS_JSON if finding.reason in (NO_LIST, NO_TABLE) else finding.remedy
    return replace(finding, file="environment", key=variable, remedy=remedy)
