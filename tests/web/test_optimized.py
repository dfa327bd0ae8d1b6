"""`python -O` leaves out assertions: whatever protects citizens must not be one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MATTERS = [
    "tests/booking/test_access.py::test_a_token_opens_nothing_but_its_own_door",
    "tests/booking/test_confirming.py::test_a_clerk_who_writes_between_the_two_reads_wins_and_nothing_of_ours_is_left",
    "tests/booking/test_crashes.py::test_what_was_written_just_before_a_crash_is_found_and_not_written_twice[sqlite]",
    "tests/booking/test_crashes.py::test_what_was_written_just_before_a_crash_is_found_and_not_written_twice[postgres]",
    "tests/booking/test_idempotency.py::test_every_answer_is_repeated_after_a_restart[sqlite]",
    "tests/booking/test_idempotency.py::test_every_answer_is_repeated_after_a_restart[postgres]",
    "tests/booking/test_slots_and_holds.py::test_wrong_particulars_are_named_by_pointer_and_cost_nothing",
    "tests/web/test_privacy.py::test_no_canary_is_in_the_files_of_the_journal",
]


def test_what_matters_most_holds_without_assertions_too() -> None:
    command = [sys.executable, "-O", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *MATTERS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert f"{len(MATTERS)} passed" in done.stdout
