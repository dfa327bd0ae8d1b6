"""The journal where the configuration says that it is: in a SQLite file in `data_dir`, or in a PostgreSQL database."""

from collections.abc import Mapping

from durchwahl.errors import ConfigError
from durchwahl.plugin.settings import SecretMissing
from durchwahl.settings.resolved import Settings
from durchwahl.store import schema
from durchwahl.store.tx import Store, StoreUnavailable

MISSING = "PostgreSQL needs psycopg: pip install 'durchwahl[postgres]'"


def database_of(settings: Settings) -> str | None:
    """Return the address of the PostgreSQL database, None where the journal is a file.

    Raises:
        ConfigError: `[store]` is wrong. A journal in the wrong place would be worse than none.
        SecretMissing: the address is not where the configuration says.
        ValueError: it is no address.
        StoreUnavailable: psycopg is not installed.
    """
    if wrong := [one for one in settings.indispensable if one.key.split(".")[0] == "store"]:
        raise ConfigError(wrong)
    if settings.store.database is None:
        return None
    try:
        from durchwahl.store.postgres_schema import address_of  # noqa: PLC0415  # an extra that not everybody installs
    except ImportError as error:
        raise StoreUnavailable(MISSING) from error
    return address_of(settings.store.database.reveal())


def open_journal(settings: Settings) -> Store:
    """Open the store.

    Raises:
        StoreUnavailable: it is not there, or its schema is not the code's; the text says what to do.
        ConfigError: `[store]` is wrong.
    """
    address = _address(settings)
    if address is None:
        return schema.open_store(settings.data_dir)
    from durchwahl.store import postgres_schema  # noqa: PLC0415  # see above

    return postgres_schema.open_store(address, writers=settings.store.writers, readers=settings.store.readers)


def version_of(settings: Settings) -> str | None:
    """Return the schema version of the journal, None where there is none yet. Raises as `open_journal`."""
    address = _address(settings)
    if address is None:
        return schema.current(settings.data_dir)
    from durchwahl.store import postgres_schema  # noqa: PLC0415  # see above

    return postgres_schema.current(address)


def migrate_journal(settings: Settings) -> str:
    """Make the journal, or bring it to the schema that the code wants; return where it is. Raises as `open_journal`."""
    address = _address(settings)
    if address is None:
        schema.migrate(settings.data_dir)
        return f"in {settings.data_dir}"
    from durchwahl.store import postgres_schema  # noqa: PLC0415  # see above

    postgres_schema.migrate(address)
    return f"in {postgres_schema.shown(address)}"


def transfer_journal(settings: Settings) -> tuple[str, Mapping[str, int]]:
    """Bring the journal from its file into the database; return where it is now, and how many rows of each table.

    Raises:
        NotTransferred: nothing was changed; the text says why.
        StoreUnavailable: no database is named, or one of the two cannot be used. ConfigError: `[store]` is wrong.
    """
    address = _address(settings)
    if address is None:
        raise StoreUnavailable("there is no database to transfer the journal to: name it by `database` in [store]")
    from durchwahl.store import postgres_schema, transfer  # noqa: PLC0415  # see above

    counted = transfer.transfer(settings.data_dir, address)
    return f"in {postgres_schema.shown(address)}", counted


def _address(settings: Settings) -> str | None:
    try:
        return database_of(settings)
    except SecretMissing as error:
        raise StoreUnavailable(f"[store] database: {error}") from error
    except ValueError as error:
        raise StoreUnavailable(f"[store] database: what it names {error}") from error
