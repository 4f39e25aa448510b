"""How long an account rests after trouble."""

from mailgate.imap.run import FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS, next_pause


def test_it_rests_longer_each_time_up_to_a_bound() -> None:
    pauses, pause = [], 0.0
    for _ in range(12):
        pause = next_pause(pause, lasted=0.1)
        pauses.append(pause)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_connection_that_held_for_long_and_is_cut_is_made_again_at_once() -> None:
    """Many servers cut an idle connection every half hour: mail must not come later for it each time."""
    assert next_pause(LONGEST_PAUSE, lasted=STEADY_SECONDS + 1) == FIRST_PAUSE
