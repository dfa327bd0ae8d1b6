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
    """`atomic`: the system moves a booking itself; `rebook`: the new time is booked, then the old one cancelled."""
    conditional_create: bool = False
    """The system itself refuses to create the same name twice."""
    multi_service: bool = False
    """The system books several services in one appointment; without it, it is asked for one at a time."""
    capacity: Literal["exposed", "hidden", "single"] = "single"
    """Places per time: `exposed` says how many are left, `hidden` does not, `single` has one."""
    sends_mail: bool = False
    """The system mails the citizen as well. Ours goes out all the same: only it holds the manage and join links."""
    requires: tuple[Literal["name", "email", "phone"], ...] = ()
    """What the system does not book without, whatever the offer asks for."""
    widest_query: timedelta = timedelta(days=62)
    """How much time one question for slots or busy times may span."""
    calls_per_minute: int | None = None
    """How often the system lets itself be asked; None where it sets no limit."""
    booking_steps: tuple[Literal["confirm", "email", "approval"], ...] = ("confirm",)
    """What a booking goes through at the system, in order: our confirmation, the citizen's mail link, a clerk's yes."""
    host_link: Literal["token", "login"] | None = None
    """How the clerk becomes a room's host: by a link that carries the right, or by signing in; None: no host."""
    lobby: Literal["native", "wait_for_host", "gateway", "none"] = "none"
    """Who keeps citizens waiting: the platform until they are let in, or until a host is there; the gateway; nobody."""
    window: Literal["native", "gateway"] = "gateway"
    """Who keeps a room shut before and after its time: the platform, or the gateway, which gives no address then."""
    create: Literal["ahead", "at_join", "none"] = "none"
    """When a video room comes into being; `none`: it exists by its address."""
    dial_in: bool = False
    """Rooms can be reached by telephone (`VideoPlatform.dial_in`)."""
    built_in_room: bool = False
    """`VideoPlatform.join` answers with `BuiltInRoom`, a page of the gateway's own; False: visitors leave the site."""
    captions: bool = False
    """The platform is known to show captions of what is said; without it, the form does not offer them."""
    data_location: Literal["on_prem", "eu", "third_country", "unknown"] = "unknown"
    """Where the system keeps what it is told, for the privacy notice."""
    recording_can_be_forbidden: bool = False
    """The platform can be told, for each room, that nobody may record."""
    end_to_end: Literal["none", "optional", "always"] = "none"
    """Whether pictures and sound are encrypted between the participants, out of the platform's own sight."""
