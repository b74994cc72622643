"""Who was heard, who lives, and since when something may be missing."""

from server.cluster.gap_detector import SILENCE_SECONDS, GapDetector

LONG = 2 * SILENCE_SECONDS


def without_gap(own: str = "a") -> GapDetector:
    """Alone, at second 0, with nothing missing."""
    detector = GapDetector(own, 0.0)
    detector.close_gap()
    return detector


def test_a_missing_number_is_missing_since_the_one_before() -> None:
    detector = without_gap()
    detector.note_members(["b"], 0.0)
    detector.close_gap()
    detector.heard("a", 1, 0.25)
    assert [detector.heard("b", number, at) for number, at in ((7, 0.1), (8, 0.2), (11, 0.3), (11, 0.4))] == [
        0,
        0,
        2,
        -1,
    ]
    detector.heard("a", 2, 0.3)
    assert detector.gap_since(0.5) == 0.2
    detector.close_gap()
    assert detector.gap_since(0.5) is None


def test_who_lives_and_is_silent_is_missing_since_its_last_word() -> None:
    detector = without_gap()
    detector.note_members(["b"], 0.0)
    detector.close_gap()
    detector.heard("b", 1, 0.5)
    detector.heard("a", 1, 0.5 + LONG)
    assert detector.gap_since(0.5 + LONG) == 0.5


def test_our_own_words_that_come_late_tell_how_late_all_others_do() -> None:
    detector = without_gap()
    detector.note_members(["b"], 0.0)
    detector.close_gap()
    detector.heard("b", 7, LONG)
    detector.heard("a", 1, 0.5)
    assert detector.gap_since(LONG) == 0.5
    detector.heard("b", 9, LONG + 0.1)
    detector.heard("a", 2, LONG)
    assert detector.gap_since(LONG + 0.2) == 0.5


def test_who_died_without_a_word_is_forgotten() -> None:
    """It lived while Redis was away: only its lease was ever seen."""
    detector = without_gap()
    detector.note_members(["b"], 0.0)
    detector.note_members([], LONG)
    detector.close_gap()
    assert detector.gap_since(LONG) is None
    assert detector.is_alone(LONG * 10)
