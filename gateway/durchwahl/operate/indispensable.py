"""What `serve` does not start without: a key, a journal, a way out for mails. `check` finds the same, said alike."""

from collections.abc import Iterator
from pathlib import Path

from durchwahl.booking.keys import read_keys
from durchwahl.errors import ConfigError, DurchwahlError, Finding, Refused
from durchwahl.notify.envelope import sender_address
from durchwahl.plugin.settings import Secret, SecretMissing
from durchwahl.settings.resolved import Settings
from durchwahl.store.opening import database_of
from durchwahl.store.schema import DATABASE
from durchwahl.store.tx import StoreUnavailable

MAKE = "openssl rand -base64 32"


class CannotServe(DurchwahlError):
    """Something indispensable is missing or wrong; the text has a line for each finding."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def refuse_without(settings: Settings) -> None:
    """Look at everything that must be there.

    Raises:
        CannotServe: something is not.
    """
    findings = [
        *settings.indispensable, *mail_findings(settings), *key_findings(settings), *store_findings(settings),
    ]  # fmt: skip
    if findings:
        raise CannotServe(findings)


def mail_findings(settings: Settings) -> Iterator[Finding]:
    """Yield what keeps mails from going out, as far as the configuration shows."""
    mail = settings.mail
    try:
        sender_address(mail.sender, settings.gateway.city)
    except Refused:
        reason = f'"{mail.sender}" is no address that an answer can be written to.'
        yield Finding(settings.file, "mail.sender", reason, "Write one address, e.g. termine@example.org.")
    if mail.kind != "smtp" or mail.password is None:
        return
    try:
        mail.password.reveal()
    except SecretMissing as error:
        yield Finding(settings.file, "mail.password", f"{error}.", "Put the mail server's password there.")


def store_findings(settings: Settings, *, offline: bool = True) -> Iterator[Finding]:
    """Yield what keeps the gateway from its database; where it may ask, also whether that answers as it must."""
    try:
        address = database_of(settings)
        if address is not None and not offline:
            from durchwahl.store.postgres_schema import current

            current(address)
    except ConfigError:  # said already: it is among the settings' own findings
        return
    except SecretMissing as error:
        yield _of_database(settings, f"{error}.", "Put the database's address there.")
    except ValueError as error:
        remedy = 'Put one there that begins with "postgresql://".'
        yield _of_database(settings, f"what it names {error}.", remedy)
    except StoreUnavailable as error:
        yield _of_database(settings, f"{error}.", "The gateway answers no request until that is mended.")


def _of_database(settings: Settings, reason: str, remedy: str) -> Finding:
    return Finding(settings.file, "store.database", reason, remedy)


def key_findings(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each of the installation's keys that cannot be used, those that could not be read first."""
    references = settings.keys.installation
    unread = [one for one in settings.findings if one.file == settings.file and one.key.startswith("keys.installation")]
    yield from unread
    if not references and not unread:
        reason = "is empty: `serve` will not start without a key."
        remedy = f'Write `installation = [{{ file = "…" }}]` and put the key there; a new one is made by: {MAKE}.'
        yield Finding(settings.file, "keys.installation", reason, remedy)
    for index, reference in enumerate(references):
        place = "keys.installation" if len(references) == 1 else f"keys.installation[{index}]"
        try:
            read_keys([reference])
        except SecretMissing as error:
            remedy = _when_missing(settings, reference, is_first=index == 0)
            yield Finding(settings.file, place, f"{error}.", remedy)
        except LookupError as error:
            remedy = "Put back the key as it was made; is it the right file or variable?"
            yield Finding(settings.file, place, f"{error.args[0]}.", remedy)


def _when_missing(settings: Settings, reference: Secret, *, is_first: bool) -> str:
    """Return what to do; a key that was in use must never be replaced by a new one."""
    if reference.where == "file" and Path(reference.place).is_dir():
        return "Name the key's file in that folder."
    where = "Correct the path" if reference.where == "file" else "Set the variable where the gateway is started"
    if not is_first:
        return f"{where}, or drop this entry when no booking made under that key is needed any more."
    if settings.store.database is not None or (settings.data_dir / DATABASE).exists():
        return f"{where}, or bring the key back: what is in the journal cannot be read without it."
    return f"{where}, or, where there has never been a key, make one with: {MAKE} (`durchwahl demo` makes its own)."
