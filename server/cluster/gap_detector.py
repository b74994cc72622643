"""Whether everything that the desk's processes said was heard here, and if not, since when. Nothing but bookkeeping."""

from collections.abc import Iterable

SILENCE_SECONDS = 1.0  # without a word of a process that lives, or an echo of our own: something may have been missed


class GapDetector:
    """Seconds are the caller's, by a monotonic clock. `own`: this process, which hears itself too."""

    def __init__(self, own: str, now: float) -> None:
        self._own = own
        self._numbers: dict[str, int] = {}
        self._heard_at = {own: now}  # of every process that lives: until when all it said was heard
        self._missing_since: float | None = now  # what was said before this process listened, nobody can tell
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
            self.missing_since(min(self._heard_at.get(process_id, now), self._heard_at[self._own]))
        self._numbers[process_id], self._heard_at[process_id] = number, now
        if process_id != self._own:
            self._met_at = now
        return missed

    def living(self, others: Iterable[str], now: float) -> None:
        """These and no others live, as their leases say. Whoever is new has been silent until now."""
        living = {self._own, *others}
        for gone in self._heard_at.keys() - living:
            if now - self._heard_at[gone] > SILENCE_SECONDS:  # a lease may be read a moment before it is written
                del self._heard_at[gone]
                self._numbers.pop(gone, None)  # it may have lived without a word: Redis was away
        for new in living - self._heard_at.keys():
            self._heard_at[new] = now
            self.missing_since(now)
        if len(living) > 1:
            self._met_at = now

    def is_alone(self, now: float) -> bool:
        """Nobody else has been there for a while: nobody needs a hint."""
        return now - self._met_at > 3 * SILENCE_SECONDS

    def broken_since(self, now: float) -> float | None:
        """Until when everything was surely heard; None while nothing is missing."""
        if len(self._heard_at) == 1 and self._missing_since is None:
            return None  # there is nobody whose words could be missed
        silent = [at for at in self._heard_at.values() if now - at > SILENCE_SECONDS]
        missing = [] if self._missing_since is None else [self._missing_since]
        return min(silent + missing, default=None)

    def made_good(self) -> None:
        """Whatever is known to be missing is being read."""
        self._missing_since = None

    def deaf(self) -> None:
        """What comes from now on is not heard; if there is anybody to be heard."""
        if len(self._heard_at) > 1:
            self.missing_since(self._heard_at[self._own])

    def missing_since(self, since: float) -> None:
        """Something that was said after this moment may not have been heard."""
        if self._missing_since is None or since < self._missing_since:
            self._missing_since = since
