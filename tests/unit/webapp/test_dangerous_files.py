"""Files that do something when they are opened, and what we never do with any file (mail-safety H-116, H-118, H-126)."""

import pytest

from tests.sources import program
from models.message import Attachment
from models.scanner import Scan
from webapp.inbox.dangerous_files import danger_in, danger_of

UNPACKERS = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "rarfile", "py7zr"}
READERS = {"docx", "openpyxl", "pypdf", "PyPDF2", "pdfminer", "fitz", "pytesseract", "PIL", "textract", "xlrd"}
STORES = {"models.blobs", "models.object_blobs"}
READ_BY_OTHERS = {"models/search_index.py", "models/search_words.py", "models/queries/matters.py", "jobs/prompt.py", "jobs/drafting.py"}
OUR_OWN_ARCHIVES = {"models/queries/person_data.py", "postroom/backup/archive.py"}  # they pack what is ours, and unpack only that


@pytest.mark.parametrize("name", [
    "setup.exe", "SETUP.EXE", "run.bat", "x.js", "x.vbs", "photo.scr", "link.lnk", "disk.iso", "disk.img", "page.hta", "page.html", "drawing.svg",
    "sums.xlsm", "letter.docm", "old.doc", "notes.one", "pack.zip", "pack.7z", "app.jar", "x.exe.", "x.exe ", "x.ps1", "x.mht", "x.desktop", "a.b.cmd",
])  # fmt: skip
def test_what_acts_when_it_is_opened_is_marked(name: str) -> None:
    """H-118."""
    assert danger_of(name)


@pytest.mark.parametrize("name", ["paper.pdf", "photo.png", "notes.txt", "letter.docx", "sums.xlsx", "README", "exe", "talk.mp3", "", "x.executable"])
def test_what_only_shows_something_is_not_marked(name: str) -> None:
    assert danger_of(name) == ""


@pytest.mark.parametrize("name", ["invoice.pdf.exe", "photo.JPG.scr", "letter.docx.js", "x.pdf .exe"])
def test_a_program_that_pretends_to_be_a_paper_is_called_one(name: str) -> None:
    assert "pretends" in danger_of(name)


def test_a_program_with_dots_in_its_name_pretends_nothing() -> None:
    assert "pretends" not in danger_of("setup.2.1.exe")


def test_nothing_of_ours_unpacks_or_reads_into_a_file_that_came() -> None:
    """H-116, H-126: a bomb is only dangerous to whoever opens it, so nobody here does."""
    opening = {source.where for source in program() for each in source.imports() if each.top in UNPACKERS | READERS}
    assert opening <= OUR_OWN_ARCHIVES


def test_neither_the_search_nor_a_model_gets_at_the_bytes_of_a_file() -> None:
    """H-126: there is no reading of files' text to switch on; whoever builds it meets this test first."""
    looking = {source.where: {each.module for each in source.imports()} for source in program() if source.where in READ_BY_OTHERS}
    assert set(looking) == READ_BY_OTHERS
    assert [where for where, modules in looking.items() if modules & STORES] == []


def file(name: str, scan: Scan | None = None) -> Attachment:
    return Attachment(id=1, filename=name, scan=scan, malware="Eicar" if scan is Scan.INFECTED else "")


def test_what_a_scanner_found_is_called_by_its_name() -> None:
    assert "Eicar" in danger_in(file("plan.txt", Scan.INFECTED), has_scanner=True)


def test_a_scanner_answers_for_what_is_packed_and_not_for_what_acts() -> None:
    assert danger_in(file("photos.zip", Scan.CLEAN), has_scanner=True) == ""
    assert "program" in danger_in(file("setup.exe", Scan.CLEAN), has_scanner=True)


def test_what_nobody_has_looked_into_is_not_called_well() -> None:
    assert "no malware scanner" in danger_in(file("plan.txt"), has_scanner=True)
    assert "could not look into" in danger_in(file("plan.txt", Scan.UNSCANNABLE), has_scanner=True)


def test_where_there_is_no_scanner_nobody_waits_for_one() -> None:
    assert danger_in(file("plan.txt"), has_scanner=False) == ""
