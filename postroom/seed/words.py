"""What the people of a synthetic desk say: sentences of five languages, filled with words that follow Zipf's law.

The n-th most frequent word of a language is about n times as rare as the first. So some words stand in every third
message and most in a handful, which is what a search has to cope with.
"""

import itertools
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VOCABULARY = 20_000
ONSETS = "b br c ch d dr f fl g gl h j k kl l m n p pl qu r s sh sk sl sp st t tr v w z".split()
NUCLEI = "a e i o u ai ea ie oa ou".split()
CODAS = ["", *"b ck d g l ll m n nd ng nt p r rk rn s ss st t x".split()]


@dataclass(frozen=True)
class Language:
    """Sentences with `{thing}`, `{word}`, `{order}`, `{day}` in them; and the names of those who speak it."""

    code: str
    share: float
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    subjects: tuple[str, ...]
    greetings: tuple[str, ...]
    asked: tuple[str, ...]
    answered: tuple[str, ...]
    closings: tuple[str, ...]
    things: tuple[str, ...]


ENGLISH = Language(
    "en",
    0.5,
    ("Ann", "Bob", "Carla", "Dean", "Ella", "Frank", "Grace", "Henry", "Iris", "Jack", "Kate", "Liam", "Mia", "Noah"),
    ("Abbott", "Baker", "Carter", "Doyle", "Ellis", "Foster", "Gibson", "Hughes", "Irwin", "Jenkins", "Knight", "Lowe"),
    (
        "Where is order {order}?", "The {thing} does not work", "Question about the {thing}", "Refund for {order}",
        "Invoice for {order} is wrong", "How do I change my address?", "{word} {thing} missing", "Cannot sign in",
        "Thank you for the {thing}", "The {thing} came broken",
    ),
    ("Hello,", "Hi there,", "Good morning,", "Dear team,", "Hi,"),
    (
        "I ordered the {thing} on {day} and it still has not come.", "The {thing} makes a {word} noise when I switch it on.",
        "My order number is {order}.", "Could you tell me how the {word} {word} is meant to fit?",
        "I have tried the {word} as your page says, and nothing happens.", "The invoice names a {word} that I never bought.",
        "Is there a way to get the {thing} with a {word}?", "Please send me a new {thing}, or give me the money back.",
        "My neighbour has the same {word} and his works.", "A photograph of the {word} is attached.",
        "This is the second time I write about {order}.", "It says {word} and then {word}, and then it stops.",
    ),
    (
        "I am sorry about the trouble with the {thing}.", "I have looked up {order}: it left our {word} on {day}.",
        "Please hold the {word} for ten seconds and try again.", "We send you a new {thing} today.",
        "The money for {order} is on its way and should be there by {day}.", "Could you send us a picture of the {word}?",
        "I have asked our workshop about the {word}.", "You find the {word} under the lid, beside the {word}.",
        "A {thing} with {word} is not to be had any more, but the {word} fits as well.",
    ),
    ("Best wishes", "Kind regards", "Thanks", "Many thanks", "Cheers"),
    ("kettle", "lamp", "bicycle", "chair", "radio", "blanket", "toaster", "drill", "tent", "clock"),
)  # fmt: skip

GERMAN = Language(
    "de",
    0.2,
    ("Anna", "Bernd", "Claudia", "Dieter", "Eva", "Felix", "Greta", "Hannes", "Ilse", "Jürgen", "Käthe", "Lukas"),
    ("Albrecht", "Böhm", "Dietz", "Engel", "Fuchs", "Groß", "Hübner", "Jäger", "Köhler", "Lange", "Müller", "Nowak"),
    (
        "Wo bleibt {order}?", "{thing} defekt", "Frage zum {thing}", "Rechnung {order} stimmt nicht",
        "Rücksendung {order}", "Passwort vergessen", "Lieferung unvollständig: {word}",
    ),
    ("Guten Tag,", "Hallo,", "Sehr geehrte Damen und Herren,", "Hallo zusammen,"),
    (
        "ich habe am {day} den {thing} bestellt und noch nichts gehört.", "Meine Bestellnummer ist {order}.",
        "Beim Einschalten macht der {thing} ein Geräusch wie {word}.", "Laut Anleitung gehört das {word} neben das {word}.",
        "Können Sie mir bitte Ersatz schicken?", "Auf der Rechnung steht {word}, das habe ich nicht bestellt.",
        "Das ist nun schon meine zweite Anfrage zu {order}.", "Ein Bild vom {word} hängt an.",
    ),
    (
        "es tut mir leid, dass der {thing} Ärger macht.", "{order} hat am {day} unser Lager verlassen.",
        "Bitte drücken Sie das {word} zehn Sekunden lang.", "Wir schicken Ihnen heute einen neuen {thing}.",
        "Das Geld für {order} ist unterwegs.", "Das {word} liegt unter dem Deckel, neben dem {word}.",
    ),
    ("Mit freundlichen Grüßen", "Viele Grüße", "Danke und Gruß"),
    ("Wasserkocher", "Stuhl", "Bohrer", "Toaster", "Wecker", "Rucksack", "Drucker"),
)  # fmt: skip

FRENCH = Language(
    "fr",
    0.14,
    ("Amélie", "Benoît", "Céline", "Didier", "Élodie", "François", "Gaëlle", "Hugo", "Inès", "Jérôme"),
    ("Aubry", "Bernard", "Chevalier", "Dubois", "Fournier", "Girard", "Lefèvre", "Moreau", "Petit", "Renard"),
    ("Commande {order} non reçue", "Problème avec le {thing}", "Facture {order}", "Question : {word}", "Remboursement {order}"),
    ("Bonjour,", "Bonsoir,", "Madame, Monsieur,"),
    (
        "j'ai commandé un {thing} le {day} et je n'ai rien reçu.", "Mon numéro de commande est {order}.",
        "Le {thing} fait un bruit de {word} à l'allumage.", "Pourriez-vous m'envoyer un autre {thing} ?",
        "La notice parle d'un {word} que je ne trouve pas.", "Une photo du {word} est jointe.",
    ),
    (
        "je suis désolé pour ce souci avec le {thing}.", "{order} a quitté notre entrepôt le {day}.",
        "Appuyez dix secondes sur le {word}, s'il vous plaît.", "Nous vous envoyons un nouveau {thing} aujourd'hui.",
    ),
    ("Cordialement", "Bien à vous", "Merci d'avance"),
    ("vélo", "grille-pain", "réveil", "fauteuil", "sac", "casque"),
)  # fmt: skip

SPANISH = Language(
    "es",
    0.12,
    ("Álvaro", "Beatriz", "Carlos", "Dolores", "Emilio", "Fátima", "Gonzalo", "Inés", "Joaquín", "Lucía"),
    ("Álvarez", "Blanco", "Castro", "Delgado", "Fuentes", "Ibáñez", "Muñoz", "Navarro", "Ortega", "Peña"),
    ("¿Dónde está {order}?", "El {thing} no funciona", "Factura {order}", "Consulta sobre {word}", "Devolución {order}"),
    ("Hola:", "Buenos días:", "Estimados señores:"),
    (
        "pedí un {thing} el {day} y todavía no ha llegado.", "Mi número de pedido es {order}.",
        "El {thing} hace un ruido de {word} al encenderlo.", "¿Podrían enviarme otro {thing}?",
        "Adjunto una foto del {word}.",
    ),
    (
        "siento las molestias con el {thing}.", "{order} salió de nuestro almacén el {day}.",
        "Mantenga pulsado el {word} diez segundos.", "Hoy le enviamos un {thing} nuevo.",
    ),
    ("Un saludo", "Muchas gracias", "Atentamente"),
    ("reloj", "ventilador", "colchón", "teclado", "espejo", "paraguas"),
)  # fmt: skip

JAPANESE = Language(
    "ja",
    0.04,
    ("葵", "健", "さくら", "拓也", "由美", "陽子", "翔", "美咲"),
    ("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"),
    ("{order} が届きません", "{thing}が動きません", "{order} の請求書について", "{word} について"),
    ("お世話になっております。", "はじめまして。"),
    ("{day}に{thing}を注文しましたが、まだ届いていません。", "注文番号は {order} です。", "{thing}から {word} のような音がします。", "写真を添付します。"),
    ("{thing}の件でご迷惑をおかけし、申し訳ございません。", "{order} は{day}に発送いたしました。", "本日、新しい{thing}をお送りします。"),
    ("よろしくお願いいたします。", "敬具"),
    ("時計", "椅子", "自転車", "電気ポット", "傘"),
)  # fmt: skip

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, JAPANESE)


class Vocabulary:
    """Words by Zipf's law; the same for the same random source."""

    def __init__(self, rng: random.Random, size: int = VOCABULARY) -> None:
        self.rng = rng
        self.words = tuple(itertools.islice(invented(random.Random(1)), size))
        self.weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(size)))

    def word(self) -> str:
        return self.words[bisect(self.weights, self.rng.random() * self.weights[-1])]


def invented(rng: random.Random) -> Iterator[str]:
    """Words that no language has and every reader can say, each once; the frequent ones are the short ones."""
    seen: set[str] = set()
    while True:
        syllables = 1 if len(seen) < 400 else 2
        word = "".join(rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(syllables))
        if word not in seen:
            seen.add(word)
            yield word


def sentences(
    rng: random.Random, vocabulary: Vocabulary, patterns: Sequence[str], things: Sequence[str], order: str, number: int
) -> str:
    """So many sentences, none twice in a row."""
    chosen = rng.sample(patterns, min(number, len(patterns)))
    return " ".join(filled(rng, vocabulary, pattern, things, order) for pattern in chosen)


def filled(rng: random.Random, vocabulary: Vocabulary, pattern: str, things: Sequence[str], order: str) -> str:
    """A sentence with its blanks filled; each `{word}` is another one."""
    while "{word}" in pattern:
        pattern = pattern.replace("{word}", vocabulary.word(), 1)
    day = f"{rng.randint(1, 28)}.{rng.randint(1, 12)}."
    return pattern.replace("{thing}", rng.choice(things)).replace("{order}", order).replace("{day}", day)
