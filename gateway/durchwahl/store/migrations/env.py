"""Alembic's entry; run only in a subprocess (`durchwahl migrate`), so that serving never loads SQLAlchemy."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, text

LOCK = 0x44757263  # any number that is ours alone: of two nodes that start at once, the second waits for the first
address: str | None = context.config.attributes.get("address")


def _connected() -> Any:
    import psycopg  # noqa: PLC0415  # only where it is used is it sure to be installed

    return psycopg.connect(address or "")


if address is None:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
else:
    engine = create_engine("postgresql+psycopg://", creator=_connected)
with engine.connect() as connection:
    if address is not None:
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        connection.commit()  # the lock is the connection's, and ends with it
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
