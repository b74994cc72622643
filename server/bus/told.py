"""Which lines, or deeds, were told here already: what is heard, and then read again, is told once."""

from collections import OrderedDict

KEPT = 50_000  # lines; one that is forgotten may be told twice, and clients know lines by their seq


class Told:
    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[str, int], None] = OrderedDict()

    def has(self, chat_id: str, seq: int) -> bool:
        return (chat_id, seq) in self._lines

    def note(self, chat_id: str, seq: int) -> bool:
        """Whether it is new."""
        line = (chat_id, seq)
        if line in self._lines:
            return False
        self._lines[line] = None
        if len(self._lines) > KEPT:
            self._lines.popitem(last=False)
        return True
