"""Pages of free times: a list of days, a month."""
