"""Files that do something when they are opened: named by their ending, so that an agent is told before (H-113, H-118)."""

ACTS = {
    "a program, which runs when it is opened": (
        "exe com scr pif cpl msi msp msc gadget bat cmd ps1 psm1 vb vbs vbe js jse mjs ws wsf wsh hta jar lnk url scf inf reg app"
        " command sh bash desktop apk dmg pkg deb rpm bin run py pyw pl php asp jsp action workflow appimage appref-ms application"
    ),
    "a page or drawing that can hold programs": "html htm xhtml xht shtml mht mhtml svg svgz xml xsl xslt swf chm hlp",
    "a document that can hold programs (macros)": (
        "docm dotm xlsm xltm xlam xlsb xll pptm potm ppam ppsm sldm doc dot xls xlt xla ppt pot pps mdb accdb accde ade adp one onepkg slk iqy"
        " rtf wps odb"
    ),
    "a disk or folder in a file, in which programs can hide": "iso img vhd vhdx wim cab ace arj lzh",
    "a packed folder: nothing has looked into it": "zip rar 7z tar gz tgz bz2 xz zst",
}
WORDS_BY_ENDING = {ending: words for words, endings in ACTS.items() for ending in endings.split()}
HIDDEN_BEHIND = frozenset("pdf doc docx xls xlsx ppt pptx jpg jpeg png gif txt csv zip mp3 mp4 htm html".split())


def danger_of(filename: str) -> str:
    """What opening the file may do, as the end of the sentence 'This is …'; '' where nothing is known against it.

    Endings are read as the system that opens the file reads them: dots and blanks at the end count for nothing.
    """
    *stem, ending = filename.lower().rstrip(". \t").split(".")
    if not stem or ending not in WORDS_BY_ENDING:
        return ""
    words = WORDS_BY_ENDING[ending]
    if len(stem) > 1 and stem[-1].strip() in HIDDEN_BEHIND and words.startswith("a program"):
        return f"{words}, and its name pretends to be something else"
    return words
