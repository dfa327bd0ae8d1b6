"""The group of the commands."""

import click

from durchwahl.operate.bookings.answering import approve_command, outcome_command, refuse_command
from durchwahl.operate.bookings.batching import cancel_command, move_command, resume_command
from durchwahl.operate.bookings.looking import list_command


@click.group("bookings")
def bookings_command() -> None:
    """List bookings, approve, refuse, move or cancel them, and say what became of them.

    What has to be written outside (calendars, mails) is left to the running gateway; where none runs, it is done at the
    next start.
    """


for _command in (
    list_command, approve_command, refuse_command, outcome_command, move_command, cancel_command, resume_command,
):  # fmt: skip
    bookings_command.add_command(_command)
