"""The HTTP client of a source: declared origins, checked addresses, one deadline, true errors."""
