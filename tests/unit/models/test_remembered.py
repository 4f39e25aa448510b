"""A memory of answers: what was asked for last is there, what was not is worked out."""

from collections.abc import Callable

from models.remembered import Remembered


def told_by(asked: list[str]) -> Callable[[str], Callable[[], str]]:
    """Makes something that works an answer out, and writes down that it had to."""

    def worker(name: str) -> Callable[[], str]:
        def work_out() -> str:
            asked.append(name)
            return name.upper()

        return work_out

    return worker


def test_what_was_asked_before_is_not_worked_out_again() -> None:
    asked: list[str] = []
    memory, work = Remembered[str](2), told_by(asked)
    assert [memory.get("a", work("a")) for _ in range(3)] == ["A", "A", "A"]
    assert asked == ["a"]


def test_what_was_asked_longest_ago_is_forgotten_first() -> None:
    asked: list[str] = []
    memory, work = Remembered[str](2), told_by(asked)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert memory.get(name, work(name)) == name.upper()
    assert asked == ["a", "b", "c", "b"]


def test_a_memory_that_is_told_to_forget_knows_nothing() -> None:
    asked: list[str] = []
    memory, work = Remembered[str](2), told_by(asked)
    memory.get("a", work("a"))
    memory.forget()
    memory.get("a", work("a"))
    assert asked == ["a", "a"]
