"""Settings become open sources: discovery, opening, supervision, and what a source may use of the world."""
