"""What a source can do, machine-readable: declared by its plugin, corrected by a probe."""

from datetime import timedelta
from typing import Literal

from durchwahl.model.catalogue import Record


class Capabilities(Record):
    """Declared abilities; the defaults are the least that a source of its kind may be able to do.

    What a back end lacks the gateway supplies itself, and says so to the citizen (`guaranteed`) and the operator.
    """

    find: Literal["by_name", "by_ref", "by_marker", "none"] = "none"
    """How an unknown outcome is cleared up. With `none` a write of unknown outcome is never repeated."""
    hold: Literal["native", "tentative", "gateway"] = "gateway"
    """`native` binds everybody, `tentative` is seen in the system but binds nobody, `gateway` is known to us alone."""
    hold_lifetime: timedelta | None = None
    """How long a native hold lives; None where the system does not say."""
    records: Literal["back_end", "journal"] = "back_end"
    """`journal`: the gateway's own journal is the calendar (the house calendar), so a hold is guaranteed."""
    reschedule: Literal["atomic", "rebook"] = "rebook"
    conditional_create: bool = False
    """The system itself refuses to create the same name twice."""
    multi_service: bool = False
    capacity: Literal["exposed", "hidden", "single"] = "single"
    sends_mail: bool = False
    """The system mails the citizen as well. Ours goes out all the same: only it holds the manage and join links."""
    requires: tuple[Literal["name", "email", "phone"], ...] = ()
    """What the system does not book without, whatever the offer asks for."""
    widest_query: timedelta = timedelta(days=62)
    calls_per_minute: int | None = None
    booking_steps: tuple[Literal["confirm", "email", "approval"], ...] = ("confirm",)
    host_link: Literal["token", "login"] | None = None
    lobby: Literal["native", "wait_for_host", "gateway", "none"] = "none"
    window: Literal["native", "gateway"] = "gateway"
    create: Literal["ahead", "at_join", "none"] = "none"
    """When a video room comes into being; `none`: it exists by its address."""
    dial_in: bool = False
    data_location: Literal["on_prem", "eu", "third_country", "unknown"] = "unknown"
    recording_can_be_forbidden: bool = False
    end_to_end: Literal["none", "optional", "always"] = "none"
