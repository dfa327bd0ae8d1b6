"""The uniform interface, version 1."""
