"""The uniform interface over HTTP: ready documents, the API, plain pages, problems, security."""
