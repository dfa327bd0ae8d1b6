"""`durchwahl serve`, except that mails go nowhere: `python -m bench.serving CONFIG PORT`."""

import sys
from pathlib import Path

from bench.dropped import Dropped
from durchwahl.notify.outgoing import Outgoing
from durchwahl.operate import serving
from durchwahl.operate.listeners import listening
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.web import assembly


def command(config: Path, port: int) -> list[str]:
    """Return the command line."""
    return [sys.executable, "-m", "bench.serving", str(config), str(port)]


def main() -> None:
    """Serve until stopped."""
    config, port = Path(sys.argv[1]), int(sys.argv[2])
    # The server, its loop and its logs are `serve`'s own; only the way out of mails is another.
    assembly.outgoing_from = _dropped
    with listening("127.0.0.1", port) as listener:
        serving.serve(load(config), listener)


def _dropped(settings: Settings) -> Outgoing:
    return Dropped()


if __name__ == "__main__":
    main()
