"""What plugin authors test with: contract classes, one for each kind of source.

A plugin's test joins a contract with a five-line subclass and its fixtures; it needs pytest and
pytest-asyncio (`pip install durchwahl[testing]`). A subclass that lacks a fixture fails when it is defined,
and says what to add.
"""
