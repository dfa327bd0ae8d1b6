"""What a command says of a batch: a row for each booking, and how many there are of each kind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from durchwahl.booking.context import instant
from durchwahl.booking.day.orders import Outcome
from durchwahl.operate.bookings.looking import local_time
from durchwahl.operate.opened import NOBODY_DOES_IT
from durchwahl.operate.printing import counted, print_json, print_table
from durchwahl.settings.resolved import Settings
from durchwahl.store.batches import Batch

WORDS = {
    "other_time": "moved to another time",
    "other_lane": "moved to another lane at the same time",
    "cancelled": "cancelled",
    "left": "left as it is",
    "gone": "nothing to do any more",
    "open": "undecided",
}


@dataclass(frozen=True)
class Said:
    """What is to be printed. `is_plan`: nothing was done."""

    settings: Settings
    batch: Batch | None
    outcomes: Sequence[Outcome]
    is_plan: bool = False

    @property
    def summary(self) -> dict[str, int]:
        """How many bookings there are of each kind, and how many wait for the gateway."""
        counts = Counter(one.word for one in self.outcomes)
        under_way = sum(one.is_under_way for one in self.outcomes)
        return {**{word: counts[word] for word in WORDS}, "under_way": under_way, "to_call": len(self.to_call)}

    @property
    def to_call(self) -> list[str]:
        """The references of those who have to hear of it and have no mail address."""
        return [one.reference for one in self.outcomes if one.is_to_call]

    @property
    def is_done(self) -> bool:
        """Whether nobody has to look at it again."""
        waits = any(one.is_under_way and one.state == "moved" for one in self.outcomes)
        return self.is_plan or not (waits or any(one.state in ("left", "open") for one in self.outcomes))


def say(ctx: click.Context, said: Said, *, as_json: bool) -> None:
    """Print it; exits 1 where something is left to do."""
    if as_json:
        items = [_item(one, said.settings) for one in said.outcomes]
        print_json(items, batch=said.batch.id if said.batch else None, dry_run=said.is_plan, summary=said.summary)
    elif not said.outcomes:
        click.echo("No booking is meant.")
    else:
        _print(said)
    if not said.is_done:
        ctx.exit(1)


def _print(said: Said) -> None:
    columns = ("reference", "was", "lane", "what", "now", "lane", "why")
    rows = [
        (
            one.reference, local_time(one.starts, said.settings), one.lane, WORDS[one.word],
            local_time(one.new_starts, said.settings) if one.new_starts else None, one.new_lane,
            one.why or ("under way" if one.is_under_way else None),
        )
        for one in said.outcomes
    ]  # fmt: skip
    print_table("Would be done" if said.is_plan else "Bookings", columns, rows)
    parts = [f"{said.summary[word]} {words}" for word, words in WORDS.items() if said.summary[word]]
    click.echo(f"{counted(len(said.outcomes), 'booking')}: {', '.join(parts)}.")
    if said.is_plan:
        click.echo("Nothing was changed.")
    elif said.summary["under_way"] or said.summary["open"]:
        click.echo(f"{said.summary['under_way']} still under way. {NOBODY_DOES_IT}")
    if said.to_call:
        named = " ".join(f"--reference {one}" for one in said.to_call)
        who = counted(len(said.to_call), "citizen")
        click.echo(f"No mail address: please call {who}: durchwahl bookings list --personal {named}")
    if said.batch and not said.is_plan and not said.is_done:
        click.echo(f"To look again and go on: durchwahl bookings resume {said.batch.id}")


def _item(one: Outcome, settings: Settings) -> dict[str, Any]:
    def shown(stamp: int | None) -> str | None:
        return None if stamp is None else instant(stamp).astimezone(settings.zone).isoformat()

    return {
        "id": one.booking, "reference": one.reference, "outcome": one.word, "why": one.why or None,
        "start": shown(one.starts), "lane": one.lane,
        "new_start": shown(one.new_starts), "new_lane": one.new_lane, "under_way": one.is_under_way,
        "to_call": one.is_to_call,
    }  # fmt: skip
