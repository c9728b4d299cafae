"""A controller's process that serves without TLS; run like ``python``, by ``session.plain_python``.

Nobody should serve so: what it takes off is what keeps agents' passwords secret.
"""

import pathlib
import sys

from meterstatus.programs.controller import serve


def no_tls(_: pathlib.Path) -> None:
    """Stand in for what reads the certificate."""


serve.__dict__["_ssl_context"] = no_tls  # there is no option for it, and there shall be none
sys.exit(serve.run(pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1])))
