"""The kinds of sentences about things, facts and numbers."""

from __future__ import annotations

from random import Random

from training.lexicon import (
    ANIMALS,
    CAPITALS,
    COLOURS,
    DAYS,
    LARGEST_DIGITS,
    MANNER_OPPOSITES,
    NUMBERS,
    OPPOSITES,
    PEOPLE,
    THINGS,
)
from training.passage import Passage, marked

SHORTEST_ROW = 6
LONGEST_ROW = 12


def recall(rng: Random) -> Passage:
    """The ball is red. The box is blue. What colour is the ball? The ball is red."""
    count = rng.choice([2, 2, 3])
    things = [noun.singular for noun in rng.sample(THINGS, count)]
    colours = rng.sample(COLOURS, count)
    opening = " ".join(f"The {t} is {c}." for t, c in zip(things, colours, strict=True))
    i = rng.randrange(count)
    question = f"What colour is the {things[i]}?"
    return marked("recall", f"{opening} {question} The [{things[i]}] [is] [{colours[i]}].")


def opposite(rng: Random) -> Passage:
    """The opposite of hot is cold. / The cup is not hot. It is cold."""
    shape = rng.randrange(4)
    if shape >= 2:
        word, thing = rng.choice(list(OPPOSITES)), rng.choice(THINGS).singular
        return marked("opposite", f"The {thing} is not {word}. It is [{OPPOSITES[word]}].")
    pairs = rng.sample(list((OPPOSITES | MANNER_OPPOSITES).items()), 2)
    first, second = (f"The opposite of {word} is [{other}]." for word, other in pairs)
    if shape == 0:
        return marked("opposite", first, only_here=True)
    return marked("opposite", f"{first} {second}")


def capital(rng: Random) -> Passage:
    """The capital of France is Paris. / Where is Paris? Paris is in France."""
    facts = []
    for country, city in rng.sample(list(CAPITALS.items()), 2):
        facts.append(
            rng.choice(
                [
                    f"The capital of {country} is [{city}].",
                    f"The capital of {country} is [{city}].",
                    f"{city} is the capital of [{country}].",
                    f"Where is {city}? [{city}] is in [{country}].",
                    f"What is the capital of {country}? The capital of [{country}] is [{city}].",
                ]
            )
        )
    if rng.random() < 0.5:
        return marked("capital", facts[0], only_here=True)
    return marked("capital", " ".join(facts))


def home(rng: Random) -> Passage:
    """Mike lives in Paris. His home is in France."""
    person = rng.choice(PEOPLE)
    country, city = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.5:
        his = person.his.capitalize()
        return marked("home", f"{person.name} lives in {city}. [{his}] home is in [{country}].")
    return marked(
        "home",
        f"{person.name} lives in the capital of {country}. [{person.start}] lives in [{city}].",
    )


def day(rng: Random) -> Passage:
    """Today is Monday. Tomorrow is Tuesday. / Mike comes on Monday. Anna comes a day later ..."""
    start = rng.randrange(7)
    today, tomorrow = DAYS[start], DAYS[(start + 1) % 7]
    shape = rng.randrange(4)
    if shape == 0:
        return marked("day", f"Today is {today}. Tomorrow is [{tomorrow}].", only_here=True)
    if shape == 1:
        length = rng.randint(4, 7)
        names = [DAYS[(start + i) % 7] for i in range(length)]
        rest = " ".join(f"[{name}]" for name in names[1:])
        return marked("day", f"{names[0]} {rest}", only_here=True)
    first, second = rng.sample(PEOPLE, 2)
    return marked(
        "day",
        f"{first.name} comes on {today}. {second.name} comes a day later, on [{tomorrow}].",
    )


def counting(rng: Random) -> Passage:
    """A row of numbers, "3 4 5 6 7 8", or "Mike counts: nine eight seven six five four"."""
    line = NUMBERS if rng.random() < 0.4 else [str(n) for n in range(1, LARGEST_DIGITS + 1)]
    step = rng.choice([1, 1, 2])
    if rng.random() < 0.35:
        line = line[::-1]
    start = rng.randrange(len(line) - (SHORTEST_ROW - 1) * step)
    row = line[start::step]
    # The first two show the step and the direction; from then on every number is determined.
    # Where the row ends, after the shortest length, is not determined.
    first, second, *rest = row[:SHORTEST_ROW]
    text = " ".join([first, second, *(f"[{number}]" for number in rest)])
    if rng.random() < 0.5:
        return marked("counting", f"{rng.choice(PEOPLE).name} counts: {text}.")
    rest_of_row = row[SHORTEST_ROW : rng.randint(SHORTEST_ROW, LONGEST_ROW)]
    return marked("counting", " ".join([text, *rest_of_row]), only_here=True)


def count_to(rng: Random) -> Passage:
    """Count from three to six: three four five six."""
    in_words = rng.random() < 0.5
    line = NUMBERS if in_words else [str(n) for n in range(1, LARGEST_DIGITS + 1)]
    length = rng.randint(3, 8)
    start = rng.randrange(len(line) - length + 1)
    row = line[start : start + length]
    # The full stop is determined too: it follows the last number requested.
    listed = " ".join(f"[{number}]" for number in row)
    return marked("count to", f"Count from {row[0]} to {row[-1]}: {listed}[.]")


def total(rng: Random) -> Passage:
    """Mike has two cats. Anna has three cats. Together they have five cats."""
    first, second = rng.sample(PEOPLE, 2)
    noun = rng.choice(ANIMALS + THINGS)
    a, b = rng.randint(1, 5), rng.randint(1, 5)

    def counted(number: int) -> str:
        return noun.singular if number == 1 else noun.plural

    return marked(
        "total",
        f"{first.name} has {NUMBERS[a - 1]} {counted(a)}. {second.name} has "
        f"{NUMBERS[b - 1]} [{counted(b)}]. Together they have [{NUMBERS[a + b - 1]}] "
        f"[{noun.plural}].",
    )


def repeat(rng: Random) -> Passage:
    """Mike says: dog lamp red. Anna says: dog lamp red."""
    words = [n.singular for n in ANIMALS + THINGS] + COLOURS + list(OPPOSITES)
    row = rng.sample(words, rng.randint(2, 4))
    first, second = rng.sample(PEOPLE, 2)
    repeated = " ".join(f"[{word}]" for word in row)
    return marked("repeat", f"{first.name} says: {' '.join(row)}. {second.name} says: {repeated}.")
