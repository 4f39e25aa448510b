"""Pages and mails, as data; this package only says where its files lie."""

from pathlib import Path

FOLDER: Path = Path(__file__).resolve().parent
