"""What the doctor finds: one line a matter, with what to do about it and the exact records to publish."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`ok`; `warning`: the desk works, and something will be missed; `trouble`: mail or data is at stake."""

    OK = "ok"
    WARNING = "warning"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class DnsRecord:
    """A record to paste into a zone; `name` is whole, without the last dot."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One matter of one area. `mend` says what to do, '' where nothing is to be done."""

    area: str
    level: Level
    says: str
    mend: str = ""
    records: tuple[DnsRecord, ...] = ()


@dataclass(frozen=True)
class Area:
    """Makes findings of one area: `yield area.ok("…")`."""

    name: str

    def ok(self, says: str) -> Finding:
        return Finding(self.name, Level.OK, says)

    def warning(self, says: str, mend: str, *records: DnsRecord) -> Finding:
        return Finding(self.name, Level.WARNING, says, mend, records)

    def trouble(self, says: str, mend: str, *records: DnsRecord) -> Finding:
        return Finding(self.name, Level.TROUBLE, says, mend, records)


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is in trouble; warnings are no illness."""
    return all(finding.level is not Level.TROUBLE for finding in findings)


def lines_of(finding: Finding) -> Iterator[str]:
    """The finding as a terminal shows it."""
    yield f"{finding.level:<8} {finding.area:<10} {finding.says}"
    if finding.mend:
        yield f"{'':19} → {finding.mend}"
    for record in finding.records:
        yield f"{'':21} {record.name}.  {record.kind}  {record.value}"
