"""How the two sides of a room hear of each other."""

from abc import ABC, abstractmethod

from durchwahl.rooms.lookout import Lookout, Since
from durchwahl.store import signals
from durchwahl.store.rooms import SeatKey
from durchwahl.store.signals import Heard
from durchwahl.store.tx import Store

__all__ = ["Heard", "Signalling", "Since", "StoreSignalling"]


class Signalling(ABC):
    """Carries sealed signals from one seat of a room to the other, in their order, each until it is confirmed."""

    @abstractmethod
    async def publish(self, seat: SeatKey, call: int, body: bytes) -> bool:
        """Give a signal to the other side; False where it may not or need not hear it.

        Raises:
            Problem: `room-ended`, `seat-lost`.
        """

    @abstractmethod
    async def subscribe(self, seat: SeatKey, since: Since, patience: float) -> Heard:
        """Confirm what came until `since`, and return what is new; wait for it at most `patience` seconds.

        Raises:
            Problem: `room-ended`, `seat-lost`.
        """

    @abstractmethod
    def stir(self, room: str) -> None:
        """Say that something else has changed in a room: who sits there, who is let in."""

    @abstractmethod
    def close(self) -> None:
        """Let nobody wait any more."""


class StoreSignalling(Signalling):
    """By the journal's own store: several processes that share it serve one room."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lookout = Lookout(store)

    async def publish(self, seat: SeatKey, call: int, body: bytes) -> bool:
        """Write the signal and wake whoever waits for it here."""
        is_kept = await self._store.write(signals.say, seat, call, body)
        if is_kept:
            self.stir(seat.booking)
        return is_kept

    async def subscribe(self, seat: SeatKey, since: Since, patience: float) -> Heard:
        """Read, and where there is nothing new wait and read again."""
        heard = await self._store.write(signals.hear, seat, since.change)
        if heard.is_news or patience <= 0:
            return heard
        await self._lookout.wait(seat, since, patience)
        return await self._store.look(signals.heard, seat, since.change)

    def stir(self, room: str) -> None:
        """Wake whoever waits here; other processes look by themselves."""
        self._lookout.wake(room)

    def close(self) -> None:
        """Wake all."""
        self._lookout.close()
