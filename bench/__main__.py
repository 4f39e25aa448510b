"""Every benchmark of the desk in one command, and one table of it.

    python -m bench [--sizes 10000 100000 1000000] [--only accept file desk painted fan-out] [--requests 60]
                    [--keep FOLDER] [--out FOLDER]

For each size a synthetic desk is seeded on an embedded Postgres and Redis, and taking mail in, the pages, reports and
search, the painted page in a browser, and filing are measured on it, each beside its yardstick. Filing is measured in
an empty desk too. `--keep` keeps the desks for the next time; `--out` gets `figures.json` and `figures.md`.
The other scripts of this folder go deeper; each says how in its first lines.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import psycopg

from bench import accept, fan_out, filing
from bench.desk import BenchDesk, seeded
from bench.figures import Figure, as_table, write
from bench.painted import painted
from mailgate import gate
from mailgate.limits import GateSettings

SIZES = [10_000, 100_000, 1_000_000]
MAIL = 4_000  # octets


def main() -> None:
    asked = arguments()
    figures: list[Figure] = []
    for size in ([0] if "file" in asked.only else []) + asked.sizes:
        wanted = [name for name in asked.only if name in PARTS and (size or name == "file")]
        if not wanted:
            continue
        with seeded(size, asked.keep if size else None, asked.requests) as desk:
            figures += measured(desk, wanted)
    if "fan-out" in asked.only:
        figures += told(fanned_out(max(asked.sizes)))
    print("\n" + as_table(figures))
    if asked.out:
        write(asked.out, figures)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="messages; a ticket has five")
    parser.add_argument("--only", nargs="+", choices=[*PARTS, "fan-out"], default=[*PARTS, "fan-out"])
    parser.add_argument("--requests", type=int, default=60, help="how often each page is asked for")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def measured(desk: BenchDesk, parts: Sequence[str]) -> list[Figure]:
    figures: list[Figure] = []
    with click.progressbar(parts, label=f"{desk.messages:,} messages", width=30, item_show_func=str) as bar:
        for name in bar:
            figures += told(PARTS[name](desk))
    return figures


def told(figures: Iterator[Figure]) -> Iterator[Figure]:
    for figure in figures:
        print(f"\r{figure}", flush=True)
        yield figure


def pages(desk: BenchDesk) -> Iterator[Figure]:
    yield from desk.measured()


def accepted(desk: BenchDesk) -> Iterator[Figure]:
    """Mails of 4 KB over a new connection each; what came is taken away again."""
    sink, port = accept.free_port(), accept.free_port()
    with accept.listening(accept.run_sink, sink, sink):
        bare = asyncio.run(accept.send_for(4, sink, MAIL, 32))
    with tempfile.TemporaryDirectory() as folder:
        settings = GateSettings(desk.url, Path(folder), port=port, limits=accept.GENEROUS)
        with accept.listening(gate.run, port, settings):
            rate = asyncio.run(accept.send_for(4, port, MAIL, 32))
    with psycopg.connect(desk.url, autocommit=True) as plain:
        plain.execute("DELETE FROM inbound_message WHERE state = 'accepted'")
    yield Figure(desk.messages, "accept", "/s", rate, rate, bare, "a null sink")


def filed(desk: BenchDesk) -> Iterator[Figure]:
    asked = argparse.Namespace(mails=1_000, filers=2, octets=MAIL)
    runs = [filing.one_run(asked, desk.env, desk.url, keep=True) for _ in range(2)]
    rate, plain = (statistics.median(column) for column in zip(*runs, strict=True))
    yield Figure(desk.messages, "file", "/s", rate, rate, plain, "the same rows by INSERT")


def fanned_out(messages: int) -> Iterator[Figure]:
    """Event to frame at 500 open inboxes; the desk's size has no part in it."""
    delays, bare = fan_out.run(argparse.Namespace(sockets=500, events=50, per_second=5, threads=600))
    ours = sorted(1e3 * delay for delay in delays)
    figure = Figure(messages, "fan-out", "ms", ours[int(len(ours) * 0.95)], statistics.median(ours), 0, "a bare thread each")
    yield replace(figure, yardstick=1e3 * statistics.median(bare))


PARTS: dict[str, Callable[[BenchDesk], Iterator[Figure]]] = {
    "desk": pages,
    "painted": painted,
    "accept": accepted,
    "file": filed,
}
"""In this order: what only reads comes first."""


if __name__ == "__main__":
    main()
