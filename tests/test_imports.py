"""What a server must not carry: memory is part of what is promised."""

import subprocess
import sys


def test_a_gateway_imports_no_library_that_draws_on_terminals() -> None:
    code = "import sys, durchwahl.web.app, durchwahl.web.assembly; print({'rich', 'pygments'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
