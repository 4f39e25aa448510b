"""Score our reading against the mails in ../shared/corpora and print the table.

    python bench/score_corpus.py [--half tune|check|all] [--failures KEY] [--source NAME] [--json]

Every file belongs to one half by the hash of its name: look at failures of the tuning half only, the
checking half shows whether a rule is general.
"""

import argparse
import base64
import hashlib
import importlib.util
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
sys.path.insert(0, str(ROOT))

from mailgate.explain import explain  # the project is run in place

Scores = dict[str, tuple[int, int]]
Result = tuple[dict[str, Any], dict[str, Any], dict[str, Any], float]


def scorer() -> ModuleType:
    """The score.py that lies beside the corpora."""
    spec = importlib.util.spec_from_file_location("corpus_score", CORPORA / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def records() -> Iterator[dict[str, Any]]:
    """All records of all sources."""
    for path in sorted(CORPORA.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def half_of(name: str) -> str:
    """The half a file belongs to, for ever."""
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "check"


def wrapped(data: bytes, kind: str, subject: str = "wrapped") -> bytes:
    """A record that is only a body gets the least headers a mail can have."""
    if kind not in ("body_text", "body_html"):
        return data
    subtype = "html" if kind == "body_html" else "plain"
    coded = base64.b64encode(subject.encode()).decode()
    head = (
        f"From: Dora <dora@example.org>\nTo: support@example.com\nSubject: =?utf-8?b?{coded}?=\n"
        f"Message-ID: <wrapped@example.org>\nMIME-Version: 1.0\nContent-Type: text/{subtype}; charset=utf-8\n"
        "Content-Transfer-Encoding: base64\n\n"
    )
    return head.encode() + base64.encodebytes(data)


def read_record(record: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Our reading of one record and the CPU seconds it took."""
    subject = record["expect"].get("outer_subject", "wrapped")
    raw = wrapped((CORPORA / record["file"]).read_bytes(), record["kind"], subject)
    started = time.process_time()
    try:
        got = explain(raw)
    except Exception as error:  # a crash is a result here
        got = {"crashed": True, "error": repr(error)}
    return got, time.process_time() - started


def score_all(chosen: list[dict[str, Any]]) -> list[Result]:
    """(record, reading, scores, seconds) for each record."""
    module = scorer()
    with ProcessPoolExecutor() as pool:
        read = pool.map(read_record, chosen, chunksize=16)
        return [
            (record, got, module.score(record["expect"], got, record["kind"]), seconds)
            for record, (got, seconds) in zip(chosen, read, strict=True)
        ]


def totals(results: list[Result], half: str) -> Scores:
    """(met, asked) for each key over one half, or over 'all'."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for record, _, scores, _ in results:
        if half not in ("all", half_of(record["file"])):
            continue
        for key, value in scores.items():
            if value is not None:
                met, asked = value if isinstance(value, tuple) else (int(value), 1)
                sums[key][0] += met
                sums[key][1] += asked
    return {key: (met, asked) for key, (met, asked) in sums.items()}


def print_table(results: list[Result]) -> None:
    """Key by key: tuning half, checking half, all."""
    halves = {half: totals(results, half) for half in ("tune", "check", "all")}
    print(f"{'key':<28}{'tuning':>16}{'checking':>16}{'all':>16}")
    for key in sorted(halves["all"], key=lambda name: -halves["all"][name][1]):
        cells = (halves[half].get(key, (0, 0)) for half in ("tune", "check", "all"))
        print(f"{key:<28}" + "".join(_cell(met, asked) for met, asked in cells))
    slowest = max(results, key=lambda result: result[3])
    crashed = sum(bool(got.get("crashed")) for _, got, _, _ in results)
    print(f"\n{len(results)} mails, {crashed} crashed, slowest {slowest[3]:.2f} s ({slowest[0]['file']}),")
    print(f"{sum(result[3] for result in results):.1f} s of CPU in all")


def _cell(met: int, asked: int) -> str:
    return f"{met}/{asked} {100 * met / asked:5.1f}%".rjust(16) if asked else " " * 16


def print_failures(results: list[Result], key: str) -> None:
    """What was expected and what we read, for one key."""
    for record, got, scores, _ in results:
        value = scores.get(key)
        if value is False or (isinstance(value, tuple) and value[0] < value[1]):
            plain = key.split(".")[0].replace("_contains", "").replace("_equals", "").replace("_includes", "")
            print(f"== {record['file']}  {record['expect'].get('notes', '')}")
            print("  want", json.dumps(record["expect"].get(key.split(".")[0]), ensure_ascii=False)[:1200])
            shown = got.get(
                {"reply_not": "reply_text", "reply": "reply_text"}.get(plain, plain), got.get(plain)
            )
            print("  got ", json.dumps(shown, ensure_ascii=False)[:1200])


def main() -> None:
    """Read the arguments, score, print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--half", choices=("tune", "check", "all"), default="all")
    options.add_argument("--failures", metavar="KEY", action="append", default=[])
    options.add_argument("--source", default="")
    given = options.parse_args()
    if not CORPORA.is_dir():
        sys.exit(f"{CORPORA} is not here: the corpora lie beside the project, not in it")
    chosen = [record for record in records() if given.half in ("all", half_of(record["file"]))]
    results = score_all([record for record in chosen if record["file"].startswith(given.source)])
    for key in given.failures:
        print_failures(results, key)
    if not given.failures:
        print_table(results)


if __name__ == "__main__":
    main()
