"""Notices which hints of other processes were not heard, by their numbers and by silence. Nothing but bookkeeping."""

from collections.abc import Iterable

SILENCE_SECONDS = 1.0  # without a word of a process that lives, or an echo of our own: something may have been missed


class GapDetector:
    """Whether everything that the other processes said was heard here, and if not, since when.

    Seconds are the caller's, by a monotonic clock. `own`: this process, which hears itself too.
    """

    def __init__(self, own: str, now: float) -> None:
        self._own = own
        self._numbers: dict[str, int] = {}
        self._heard_until = {own: now}  # of every process that lives
        self._gap_since: float | None = now  # what was said before this process listened, nobody can tell
        self._met_at = float("-inf")  # when another process was heard, or known to live, last

    def heard(self, process_id: str, number: int, now: float) -> int:
        """A batch came: how many before it did not. -1: it came before. Of our own, `now` is when it was sent.

        So a Redis, or a listener, that lags counts as silent, and what it holds back as not heard.
        """
        last = self._numbers.get(process_id)
        if last is not None and number <= last:
            return -1
        missed = number - last - 1 if last is not None else 0
        if missed:
            self.open_gap(min(self._heard_until.get(process_id, now), self._heard_until[self._own]))
        self._numbers[process_id], self._heard_until[process_id] = number, now
        if process_id != self._own:
            self._met_at = now
        return missed

    def note_members(self, others: Iterable[str], now: float) -> None:
        """These and no others live, as their leases say. Whoever is new has been silent until now."""
        members = {self._own, *others}
        for gone in self._heard_until.keys() - members:
            if now - self._heard_until[gone] > SILENCE_SECONDS:  # a lease may be read a moment before it is written
                del self._heard_until[gone]
                self._numbers.pop(gone, None)  # it may have lived without a word: Redis was away
        for new in members - self._heard_until.keys():
            self._heard_until[new] = now
            self.open_gap(now)
        if len(members) > 1:
            self._met_at = now

    def is_alone(self, now: float) -> bool:
        """Nobody else has been there for a while: nobody needs a hint."""
        return now - self._met_at > 3 * SILENCE_SECONDS

    def gap_since(self, now: float) -> float | None:
        """The moment after which something may not have been heard; None while there is no gap."""
        if len(self._heard_until) == 1 and self._gap_since is None:
            return None  # there is nobody whose words could be missed
        silent = [until for until in self._heard_until.values() if now - until > SILENCE_SECONDS]
        known = [] if self._gap_since is None else [self._gap_since]
        return min(silent + known, default=None)

    def close_gap(self) -> None:
        """Whatever is known to be missing is being read."""
        self._gap_since = None

    def stopped_listening(self) -> None:
        """What comes from now on is not heard; if there is anybody to be heard."""
        if len(self._heard_until) > 1:
            self.open_gap(self._heard_until[self._own])

    def open_gap(self, since: float) -> None:
        """Something that was said after this moment may not have been heard."""
        if self._gap_since is None or since < self._gap_since:
            self._gap_since = since
