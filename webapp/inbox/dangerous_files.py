"""Files that do something when they are opened: named by their ending, so that an agent is told before (H-113, H-118)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.message import Attachment
from models.scanner import Scan

PROGRAMS = frozenset(
    "exe com scr pif cpl msi msp msc gadget bat cmd ps1 psm1 vb vbs vbe js jse mjs ws wsf wsh hta jar lnk url scf inf reg app"
    " command sh bash desktop apk dmg pkg deb rpm bin run py pyw pl php asp jsp action workflow appimage appref-ms application".split()
)
PAGES = frozenset("html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt swf chm hlp".split())
DOCUMENTS = frozenset(
    "docm dotm xlsm xltm xlam xlsb xll pptm potm ppam ppsm sldm doc dot xls xlt xla ppt pot pps mdb accdb accde ade adp one onepkg slk iqy"
    " rtf wps odb".split()
)
DISKS = frozenset("iso img vhd vhdx wim cab ace arj lzh".split())
PACKED = frozenset("zip rar 7z tar gz tgz bz2 xz zst".split())

WORDS = (
    (PROGRAMS, _l("a program, which runs when it is opened")),
    (PAGES, _l("a page or drawing that can hold programs")),
    (DOCUMENTS, _l("a document that can hold programs (macros)")),
    (DISKS, _l("a disk in a file, in which programs can hide")),
    (PACKED, _l("a packed folder: nothing has looked into it")),
)
HIDDEN_BEHIND = frozenset("pdf doc docx xls xlsx ppt pptx jpg jpeg png gif txt csv zip mp3 mp4 htm html".split())


def danger_in(file: Attachment, *, has_scanner: bool) -> str:
    """What is to be feared of the file, as the end of 'This is …': what a scanner says of it, then what its name does."""
    if file.scan == Scan.INFECTED:
        return _("malware: the scanner found %(malware)s, and the file is not handed out", malware=file.malware)
    danger = danger_of(file.filename)
    if file.scan == Scan.CLEAN:
        return "" if ending_of(file.filename) in PACKED else danger  # the scanner has looked into it
    if file.scan == Scan.UNSCANNABLE:
        return danger or _("a file that the malware scanner could not look into")
    return danger or (_("a file that no malware scanner has looked into yet") if has_scanner else "")


def ending_of(filename: str) -> str:
    """As the system that opens the file reads it: dots and blanks at the end count for nothing."""
    return filename.lower().rstrip(". \t").rpartition(".")[2]


def danger_of(filename: str) -> str:
    """What opening the file may do, as the end of the sentence 'This is …'; '' where nothing is known against it.

    Endings are read as the system that opens the file reads them: dots and blanks at the end count for nothing.
    """
    *stem, ending = filename.lower().rstrip(". \t").split(".")
    if not stem:
        return ""
    if ending in PROGRAMS and len(stem) > 1 and stem[-1].strip() in HIDDEN_BEHIND:
        return _("a program whose name pretends to be something else")
    return next((str(words) for endings, words in WORDS if ending in endings), "")
