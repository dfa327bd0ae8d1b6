"""What one would write without a table of ready documents: a FastAPI route that returns ready bytes.

`python -m bench.fastapi_route FOLDER PORT` serves the files of a folder, under the server and the options that
`durchwahl serve` uses; a file that ends in `.gz` is answered as gzip.
"""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Header, Response


def application(files: dict[str, bytes]) -> FastAPI:
    """Return the application; nothing is compressed or computed when it is asked, only compared for a 304."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/{name}")
    async def ready(name: str, if_none_match: str | None = Header(default=None)) -> Response:
        etag = f'"{name}"'
        if if_none_match == etag:
            return Response(status_code=304, headers={"etag": etag})
        headers = {"etag": etag, **({"content-encoding": "gzip"} if name.endswith(".gz") else {})}
        return Response(files[name], headers=headers, media_type="application/json")

    return app


def main() -> None:
    """Serve until stopped."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    options: dict[str, Any] = {"access_log": False, "server_header": False, "log_level": "warning"}
    uvicorn.run(application(files), host="127.0.0.1", port=port, **options)


if __name__ == "__main__":
    main()
