"""A small store per source, kept in the process and lost with it."""

MOST_KEYS = 256
LONGEST_KEY = 1024
LARGEST_VALUE = 64 * 1024


class ProcessMemory:
    """Keeps 256 values of 64 KiB (as UTF-8) at most; the one set longest ago makes room for a new key."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        """Return the value, None where it is unknown or was lost."""
        return self._values.get(key)

    def set(self, key: str, value: str) -> None:
        """Keep the value; where it is too large, forget the key: its last value is out of date."""
        self._values.pop(key, None)
        if len(value.encode("utf-8", "surrogatepass")) > LARGEST_VALUE or len(key) > LONGEST_KEY:
            return
        while len(self._values) >= MOST_KEYS:
            del self._values[next(iter(self._values))]
        self._values[key] = value
