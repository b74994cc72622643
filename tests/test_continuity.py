"""Who was heard, who lives, and since when something may be missing."""

from server.cluster.bus import SILENCE_SECONDS, GapDetector

LONG = 2 * SILENCE_SECONDS


def whole(own: str = "a") -> GapDetector:
    """Alone, at second 0, with nothing missing."""
    continuity = GapDetector(own, 0.0)
    continuity.made_good()
    return continuity


def test_a_missing_number_is_missing_since_the_one_before() -> None:
    continuity = whole()
    continuity.living(["b"], 0.0)
    continuity.made_good()
    continuity.heard("a", 1, 0.25)
    assert [continuity.heard("b", number, at) for number, at in ((7, 0.1), (8, 0.2), (11, 0.3), (11, 0.4))] == [
        0,
        0,
        2,
        -1,
    ]
    continuity.heard("a", 2, 0.3)
    assert continuity.broken_since(0.5) == 0.2
    continuity.made_good()
    assert continuity.broken_since(0.5) is None


def test_who_lives_and_is_silent_is_missing_since_its_last_word() -> None:
    continuity = whole()
    continuity.living(["b"], 0.0)
    continuity.made_good()
    continuity.heard("b", 1, 0.5)
    continuity.heard("a", 1, 0.5 + LONG)
    assert continuity.broken_since(0.5 + LONG) == 0.5


def test_our_own_words_that_come_late_tell_how_late_all_others_do() -> None:
    continuity = whole()
    continuity.living(["b"], 0.0)
    continuity.made_good()
    continuity.heard("b", 7, LONG)
    continuity.heard("a", 1, 0.5)
    assert continuity.broken_since(LONG) == 0.5
    continuity.heard("b", 9, LONG + 0.1)
    continuity.heard("a", 2, LONG)
    assert continuity.broken_since(LONG + 0.2) == 0.5


def test_who_died_without_a_word_is_forgotten() -> None:
    """It lived while Redis was away: only its lease was ever seen."""
    continuity = whole()
    continuity.living(["b"], 0.0)
    continuity.living([], LONG)
    continuity.made_good()
    assert continuity.broken_since(LONG) is None
    assert continuity.is_alone(LONG * 10)
