"""The words of the corpus.

The lists are short on purpose: every word should become one token of a vocabulary of at most
1,024 entries, because a token is a row of a worksheet.
"""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """A first name and its pronouns."""

    name: str
    he: str
    him: str
    his: str

    @property
    def start(self) -> str:
        """The pronoun as the first word of a sentence."""
        return self.he.capitalize()


class Manner(NamedTuple):
    """An adjective and its adverb."""

    adjective: str
    adverb: str


class Verb(NamedTuple):
    """A verb as in "they move" and "he moves"."""

    plain: str
    third: str


class Noun(NamedTuple):
    """A countable noun in singular and plural."""

    singular: str
    plural: str


def _pairs(text: str) -> list[tuple[str, str]]:
    """The pairs in a text such as "a/b c/d"."""
    return [(left, right) for left, right in (pair.split("/") for pair in text.split())]


MEN = [Person(n, "he", "him", "his") for n in "Mike Tom John Peter David Paul Ben Max Leo".split()]
WOMEN = [
    Person(n, "she", "her", "her") for n in "Anna Mary Lisa Emma Sara Kate Lucy Nina Eva".split()
]
PEOPLE = MEN + WOMEN

# "good/well" is included because it is irregular: no spelling rule gives it.
MANNERS = [
    Manner(*pair)
    for pair in _pairs(
        "quick/quickly slow/slowly quiet/quietly loud/loudly calm/calmly careful/carefully "
        "brave/bravely happy/happily sad/sadly gentle/gently proud/proudly polite/politely "
        "angry/angrily good/well"
    )
]
VERBS = [
    Verb(*pair)
    for pair in _pairs(
        "move/moves walk/walks run/runs talk/talks speak/speaks work/works sing/sings "
        "play/plays eat/eats write/writes read/reads dance/dances"
    )
]
ANIMALS = [
    Noun(*pair)
    for pair in _pairs(
        "dog/dogs cat/cats horse/horses bird/birds mouse/mice cow/cows sheep/sheep duck/ducks "
        "fox/foxes"
    )
]
THINGS = [
    Noun(*pair)
    for pair in _pairs(
        "ball/balls box/boxes book/books cup/cups hat/hats car/cars bag/bags pen/pens "
        "chair/chairs lamp/lamps"
    )
]
COLOURS = "red blue green black white yellow brown pink".split()

# Opposites that apply to things; each pair is used in both directions.
OPPOSITES = dict(
    _pairs(
        "hot/cold big/small old/new long/short full/empty wet/dry hard/soft clean/dirty "
        "open/closed light/dark"
    )
)
OPPOSITES |= {right: left for left, right in OPPOSITES.items()}
# Opposites of manner, which are used only in questions: a cup is neither quick nor slow.
MANNER_OPPOSITES = dict(_pairs("quick/slow slow/quick quiet/loud loud/quiet happy/sad sad/happy"))

CAPITALS = dict(
    _pairs(
        "France/Paris Italy/Rome Spain/Madrid Germany/Berlin Japan/Tokyo China/Beijing "
        "Egypt/Cairo Greece/Athens Poland/Warsaw Austria/Vienna Norway/Oslo Peru/Lima"
    )
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
LARGEST_DIGITS = 30

# Shapes of made-up names, of consonants (c) and vowels (v), so that names outside the list are
# copied too.
NAME_SHAPES = "cvc cvv vcv cvcv cvcvc cvvc vccv cvccv".split()
LETTERS = {"c": "bcdfghjklmnprstvxz", "v": "aeiou"}
