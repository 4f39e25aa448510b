"""One table of measurements: each by the size of the desk, beside its yardstick and its aim."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was measured on a desk of so many messages. Milliseconds are p95; rates are per second.

    `yardstick` is the median of the plainest way to the same end, measured in the same run: `beside` names it.
    """

    messages: int
    what: str
    unit: str  # 'ms' or '/s'
    value: float
    median: float
    yardstick: float
    beside: str
    aim: float | None = None

    def __str__(self) -> str:
        told = f"{self.value:8.1f} {self.unit} (median {self.median:.1f})" if self.unit == "ms" else f"{self.value:8.0f} {self.unit}"
        return f"{self.messages:>9,}  {self.what:<22} {told}, {self.beside}: {self.yardstick:.1f}"


def as_table(figures: Sequence[Figure]) -> str:
    """By size from left to right; growth is that over the last two sizes, more than 1 being slower."""
    sizes = sorted({figure.messages for figure in figures})
    names = list(dict.fromkeys(figure.what for figure in figures))
    heads = ["p95 ms, or rate", *(f"{size:,}" if size else "empty" for size in sizes), "growth", "aim", "yardstick at the largest"]
    lines = [heads, ["---"] * len(heads)]
    for name in names:
        known = {figure.messages: figure for figure in figures if figure.what == name}
        lines.append([name, *(cell(known.get(size)) for size in sizes), *rest(list(known.values()))])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{figure.value:.1f}" if figure.unit == "ms" else f"{figure.value:.0f}{figure.unit}"


def rest(row: Sequence[Figure]) -> list[str]:
    last = row[-1]
    before = row[-2] if len(row) > 1 else None
    slower = "" if before is None else f"{last.value / before.value if last.unit == 'ms' else before.value / last.value:.1f} ×"
    aim = "" if last.aim is None else f"{last.aim:.0f}"
    return [slower, aim, f"{last.yardstick:.1f} {last.unit} {last.beside}"]


def write(folder: Path, figures: Sequence[Figure]) -> None:
    """`figures.json` and `figures.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=2))
    (folder / "figures.md").write_text(as_table(figures) + "\n")
