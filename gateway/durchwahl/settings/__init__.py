"""TOML in, validated settings out; every problem found at once, each with file, key, reason and remedy."""
