"""The command line: start, check, look, try. Every command that lists takes --json."""
