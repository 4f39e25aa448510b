"""Words the guards of the composer listen for, in the languages in which desks write. To be extended freely."""

import re

# What a letter opens with, before the name.
GREETINGS = (
    "hi hello hey dear hiya greetings good\\smorning good\\safternoon good\\sevening good\\sday "  # English
    "hallo liebe lieber liebes sehr\\sgeehrte sehr\\sgeehrter werte werter guten\\stag guten\\smorgen guten\\sabend moin "
    "servus grüezi grüß\\sgott grüss\\sgott "  # German
    "bonjour bonsoir salut cher chère chers "  # French
    "hola estimado estimada querido querida buenos\\sdías buenas\\stardes buenas\\snoches "  # Spanish
    "ciao buongiorno buonasera salve gentile caro cara egregio "  # Italian
    "olá oi prezado prezada bom\\sdia boa\\starde boa\\snoite "  # Portuguese
    "beste geachte goedemorgen goedemiddag dag "  # Dutch
    "hej hejsan kära käre god\\smorgon god\\sdag hei heisann kjære kære moi terve hyvä "  # Nordic
    "cześć witam witaj dzień\\sdobry drogi droga szanowny szanowna "  # Polish
    "dobrý\\sden ahoj vážený vážená milý milá "  # Czech
    "здравствуйте привет уважаемый уважаемая дорогой дорогая добрый\\sдень "  # Russian
    "merhaba sayın sevgili"  # Turkish
)

# Between the greeting and the name, or in its place: nobody in particular.
NOBODY = frozenset(
    "mr mrs ms miss mx dr prof professor sir madam herr frau hr fr dr. prof. mr. mrs. ms. monsieur madame mademoiselle mme m "
    "señor señora sr sra sr. sra. signor signora signore sig senhor senhora meneer mevrouw mijnheer pan pani pane paní "
    "all everyone everybody team there again folks both friend friends customer customers colleagues together you and und et y e "
    "en og och i alle zusammen kunde kundin kollegen damen herren leute miteinander tous toutes à todos todas a tutti tutte "
    "allen allemaal alla alles nochmal noch einmal client cliente klant kund support help desk beyler hanım bey "
    "thanks thank danke merci gracias grazie for your the this from to my our".split()
)

# An attachment is spoken of as one's own. "your attachment" and "the file you attached" are somebody else's.
ATTACHED = re.compile(
    r"""\b(?:
        (?:i(?:'ve|\ have)?|we(?:'ve|\ have)?|is|are|please\ find|find|see|the)\ (?:also\ |have\ )?attached | attached\ (?:is|are|you|to\ this|please|find)
        | (?:in|see|as)\ (?:the\ |an\ )?attach(?:ment|ments|ed) | enclosed | i\ enclose | i\ attach
        | anbei | (?:im|als|siehe|in\ der)\ (?:anhang|anlage) | angehängt | beigefügt | anliegend | hänge\ ich | füge\ ich
        | ci-joint(?:e|s|es)? | pi[èe]ces?\ jointes? | en\ pj
        | adjunt(?:o|a|os|as|amos|é) | en\ adjunto | en\ el\ archivo\ adjunto
        | allegat(?:o|a|i|e) | in\ allegato | allego
        | em\ anexo | anexo | anexamos | segue\ anexo
        | bijlage | bijgevoegd | in\ de\ bijlage
        | bifog(?:at|ad|ade|ar) | vedhæft(?:et|er) | vedlagt | vedlegg | liitteenä | oheisena
        | w\ załączniku | załącz(?:am|ony|ona|one) | v\ příloze | přikládám
        | во\ вложении | прикреп(?:ил|ила|ляю|лен) | прилагаю
        | ekte | ekli | ektedir
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
THEIRS = re.compile(
    r"\b(?:you(?:'ve|\ have)?\ (?:attached|enclosed)|your\ attach\w*|(?:ihr|ihre|ihrem|ihren|dein|deine|deinem|deinen)\ anh[aä]ng\w*"
    r"|votre\ pi[èe]ce|su\ adjunto|il\ suo\ allegato|uw\ bijlage|(?:not|nothing|no|without|keine?|ohne)\ (?:\w+\ )?(?:attach\w*|anh[aä]ng\w*))",
    re.IGNORECASE,
)

# What says by itself that it is not for a customer.
INTERNAL = re.compile(
    r"""(?<!\w)(?:
        \[(?:internal|intern|internal\ only|nur\ intern|interne|interno|todo|tbd|fixme|xxx|name|customer|kunde)\]
        | internal\ (?:only|note|use\ only) | for\ internal\ use | not\ for\ the\ customer | do\ not\ (?:send|forward)\ (?:this\ )?to\ (?:the\ )?customer
        | nur\ intern | interne\ notiz | nicht\ an\ (?:den\ )?kunden | vertraulich,?\ intern
        | usage\ interne | note\ interne | uso\ interno | nota\ interna
        | TODO: | FIXME | TBD
        | \{\{[^{}\n]{0,60}\}\}
    )""",
    re.IGNORECASE | re.VERBOSE,
)
