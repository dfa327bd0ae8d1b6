"""nginx with one worker, serving the same bytes as files: the measure of what a server can do on this machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.started import Server, free_port, server_core, started, wait_for

_CONFIG = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=256;
    root {folder}/files;
    location ~ [.]gz$ {{ types {{ }} default_type application/json; add_header Content-Encoding gzip; }}
  }}
}}
"""


@contextmanager
def serving(folder: Path, files: dict[str, bytes]) -> Iterator[Server]:
    """Serve the files, by their names, and give the server; a name that ends in `.gz` is answered as gzip."""
    (folder / "files").mkdir(parents=True)
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    port = free_port()
    # A worker of root's would become somebody who may not read a private folder.
    user = "user root;" if os.geteuid() == 0 else ""
    config, log = folder / "nginx.conf", folder / "nginx.log"
    config.write_text(_CONFIG.format(folder=folder, port=port, user=user))
    with started(["nginx", "-c", str(config), "-p", str(folder)], log, core=server_core()) as running:
        wait_for(running, port, f"/{next(iter(files))}", log)
        yield Server(port, running.pid)
