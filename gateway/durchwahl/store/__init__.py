"""Plain SQL behind named operations, on SQLite. Each operation is one short function over a `Tx`, without await."""
