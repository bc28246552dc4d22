"""The bench's server: nginx over a folder of feeds, on every address of 127.0.0.0/8, with validators or without."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BINARY = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_NO_VALIDATORS = 'etag off; if_modified_since off; add_header Last-Modified "";'
_CONFIGURATION = """
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 512; }}
http {{
  access_log off;
  types {{ application/xml xml; }}
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
  server {{
    listen 0.0.0.0:{port} backlog=1024;
    root {root};
    {validators}
  }}
}}
"""


def installed() -> bool:
    """Whether there is an nginx to start."""
    return _BINARY is not None


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(root: Path, port: int, folder: Path, *, validators: bool) -> Iterator[None]:
    """nginx over `root`; `folder` takes its configuration. Raises RuntimeError where it does not come up."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            port=port,
            root=root,
            validators="" if validators else _NO_VALIDATORS,
        )
    )
    server = subprocess.Popen([str(_BINARY), "-c", str(configuration), "-e", "stderr"])
    try:
        _wait_for(port, server)
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("nginx did not come up; the lines above say why")
