"""What the customers of the demo desk write, and what they are answered."""

from dataclasses import dataclass

from models.ticket import Priority, Status


@dataclass(frozen=True)
class Line:
    """One thing said: by the customer ('in'), to the customer ('out'), or among the team ('note')."""

    direction: str
    text: str
    by: str = ""  # the agent's user name; '' is the customer
    html: str = ""


@dataclass(frozen=True)
class Story:
    name: str
    address: str
    subject: str
    minutes_ago: int
    lines: tuple[Line, ...]
    agent: str = ""
    status: str = ""
    priority: str = Priority.MEDIUM
    tags: tuple[str, ...] = ()


ORDER_TABLE = """\
<p>Hello,</p><p>our order from Monday came without the <b>filter papers</b>. This is what the parcel held:</p>
<table style="border-collapse: collapse"><tr><th style="padding: 4px; text-align: left">Item</th>
<th style="padding: 4px; text-align: left">Ordered</th><th style="padding: 4px; text-align: left">Came</th></tr>
<tr><td style="padding: 4px">Brewer, glass</td><td style="padding: 4px">2</td><td style="padding: 4px">2</td></tr>
<tr><td style="padding: 4px">Filter papers, 100</td><td style="padding: 4px">6</td><td style="padding: 4px">0</td></tr></table>
<p>Could you send them on?</p><p>Kind regards<br>Rosa Delgado</p>
<img src="https://tracker.example/open.gif?order=1182" width="1" height="1" alt="">
"""

STORIES: tuple[Story, ...] = (
    Story(
        "Dora Vance",
        "dora@vance.example",
        "The grinder stops after ten seconds",
        12,
        (
            Line(
                "in",
                "Hi,\n\nthe grinder I bought from you in May stops after about ten seconds and blinks red. It has done so"
                " since yesterday evening. I have cleaned it as the booklet says.\n\nWhat can I do?\n\nDora",
            ),
        ),
        priority=Priority.HIGH,
        tags=("grinder",),
    ),
    Story(
        "Rosa Delgado",
        "rosa.delgado@cafealba.example",
        "Filter papers missing in order 1182",
        34,
        (
            Line(
                "in",
                "Hello,\n\nour order from Monday came without the filter papers. Could you send them on?\n\nKind regards\n"
                "Rosa Delgado",
                html=ORDER_TABLE,
            ),
        ),
        tags=("shipping",),
    ),
    Story(
        "Jonas Weber",
        "jonas.weber@weber-roesterei.example",
        "Rechnung 2026-0417: falsche Umsatzsteuer-ID",
        95,
        (
            Line(
                "in",
                "Guten Tag,\n\nauf der Rechnung 2026-0417 steht noch unsere alte Umsatzsteuer-ID. Könnten Sie uns bitte eine"
                " berichtigte Rechnung schicken?\n\nMit freundlichen Grüßen\nJonas Weber\n\n-- \nRösterei Weber · Lindenstraße"
                " 4 · 04109 Leipzig",
            ),
            Line("note", "The new ID is in the June contract. Accounts can reissue it today.", by="ben"),
            Line(
                "out",
                "Guten Tag Herr Weber,\n\ndanke für den Hinweis. Die berichtigte Rechnung geht heute an Sie heraus.\n\n"
                "Viele Grüße\nAda",
                by="ada",
            ),
        ),
        agent="ada",
        status=Status.WAITING_ON_CUSTOMER,
        tags=("billing",),
    ),
    Story(
        "Mei Tanaka",
        "mei@tanaka-tea.example",
        "抹茶ミルの在庫について",
        140,
        (
            Line("in", "お世話になっております。\n\n抹茶ミル（小）の在庫はいつ頃入りますでしょうか。20台を検討しております。\n\n田中"),
        ),
        tags=("sales",),
    ),
    Story(
        "Oscar Lindgren",
        "oscar@lindgren.example",
        "Change of delivery address",
        210,
        (
            Line("in", "Please send the subscription to my office from now on:\n\nOscar Lindgren\nStorgatan 12\n211 42 Malmö"),
            Line(
                "out",
                "Hi Oscar,\n\ndone: from the December box on everything goes to Storgatan 12.\n\nBest\nBen",
                by="ben",
            ),
            Line("in", "Perfect, thank you!"),
        ),
        agent="ben",
    ),
    Story(
        "Amélie Fournier",
        "amelie.fournier@atelier-f.example",
        "Demande de remboursement – commande 1127",
        400,
        (
            Line(
                "in",
                "Bonjour,\n\nla bouilloire est arrivée avec une rayure sur le côté. Je préférerais être remboursée plutôt que"
                " de recevoir un remplacement.\n\nMerci d’avance,\nAmélie Fournier",
            ),
            Line("note", "Photo came with the first order too. I would simply refund.", by="ada"),
        ),
        agent="ada",
        priority=Priority.HIGH,
        tags=("refund",),
    ),
    Story(
        "Priya Nair",
        "priya.nair@northwind.example",
        "Can we pay by purchase order?",
        1500,
        (
            Line(
                "in",
                "Hello team,\n\nwe would like to order forty brewers for our offices. Our finance department only works with"
                " purchase orders, thirty days net. Is that possible?\n\nPriya Nair\nNorthwind Facilities",
            ),
            Line(
                "out",
                "Hello Priya,\n\nyes, from twenty brewers on. Please send the order to this address and name the site for each"
                " delivery.\n\nBest regards\nAda",
                by="ada",
            ),
        ),
        agent="ada",
        status=Status.WAITING_ON_CUSTOMER,
        tags=("sales", "billing"),
    ),
    Story(
        "Tomasz Zieliński",
        "tomasz@zielinski.example",
        "Nie mogę zalogować się na konto",
        2900,
        (
            Line("in", "Dzień dobry,\n\npo zmianie hasła nie mogę się zalogować. Proszę o pomoc.\n\nTomasz Zieliński"),
            Line(
                "out",
                "Dzień dobry,\n\nzresetowaliśmy konto. Proszę spróbować jeszcze raz.\n\nPozdrawiam\nBen",
                by="ben",
            ),
            Line("in", "Działa, dziękuję!"),
        ),
        agent="ben",
        status=Status.RESOLVED,
    ),
    Story(
        "Leila Haddad",
        "leila@haddad.example",
        "سؤال عن موعد التوصيل",
        3100,
        (Line("in", "مرحباً،\n\nمتى يصل الطلب رقم 1175؟ كان من المفروض أن يصل يوم الخميس.\n\nشكراً\nليلى حداد"),),
        priority=Priority.URGENT,
        tags=("shipping",),
    ),
    Story(
        "Grace Mbeki",
        "grace.mbeki@hillview.example",
        "Spare lid for the travel mug",
        7300,
        (
            Line("in", "Good morning, do you sell the lid of the travel mug on its own? Mine has cracked.\n\nGrace"),
            Line("out", "Good morning Grace,\n\nwe do: it is in the shop under spare parts, number 118.\n\nBest\nBen", by="ben"),
        ),
        agent="ben",
        status=Status.RESOLVED,
        tags=("spare parts",),
    ),
)
