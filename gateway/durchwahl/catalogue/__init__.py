"""From what sources say to what the website sees: ingest, merge, snapshot, search, coverage, exports, documents."""
