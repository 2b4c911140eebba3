"""The kinds of sentences about people and animals: pronouns, adverbs, repeated names."""

from __future__ import annotations

from random import Random

from training.lexicon import (
    ANIMALS,
    COLOURS,
    LETTERS,
    MANNERS,
    MEN,
    NAME_SHAPES,
    PEOPLE,
    THINGS,
    VERBS,
    WOMEN,
    Person,
)
from training.passage import Passage, marked


def adverb(rng: Random) -> Passage:
    """Mike is quick. He moves quickly."""
    person, verb, manner = rng.choice(PEOPLE), rng.choice(VERBS), rng.choice(MANNERS)
    tail = f"is {manner.adjective}. [{person.start}]"
    if rng.random() < 0.75:
        return marked("adverb", f"{person.name} {tail} {verb.third} [{manner.adverb}].")
    question = f"How does {person.name} {verb.plain}? [{person.name}]"
    return marked("adverb", f"{question} {tail} [{verb.third}] [{manner.adverb}].")


def adverb_pair(rng: Random) -> Passage:
    """Mike is quick and calm. He moves quickly and calmly."""
    person, verb = rng.choice(PEOPLE), rng.choice(VERBS)
    first, second = rng.sample(MANNERS, 2)
    return marked(
        "adverb pair",
        f"{person.name} is {first.adjective} and {second.adjective}. [{person.start}] "
        f"{verb.third} [{first.adverb}] [and] [{second.adverb}].",
    )


def adverb_group(rng: Random) -> Passage:
    """Mike and Anna are quick. They move quickly."""
    first, second = rng.sample(PEOPLE, 2)
    verb, manner = rng.choice(VERBS), rng.choice(MANNERS)
    return marked(
        "adverb, group",
        f"{first.name} and {second.name} are {manner.adjective}. [They] {verb.plain} "
        f"[{manner.adverb}].",
    )


def adverb_animal(rng: Random) -> Passage:
    """The dog is quick. It moves quickly."""
    animal, verb, manner = rng.choice(ANIMALS), rng.choice(VERBS), rng.choice(MANNERS)
    return marked(
        "adverb, animal",
        f"The {animal.singular} is {manner.adjective}. [It] {verb.third} [{manner.adverb}].",
    )


def contrast(rng: Random) -> Passage:
    """Mike is quick. Anna is slow. He moves quickly. She moves slowly."""
    pair = [rng.choice(MEN), rng.choice(WOMEN)]
    subjects = [(person.name, person.start) for person in pair]
    if rng.random() < 0.3:
        subjects[rng.randrange(2)] = (f"The {rng.choice(ANIMALS).singular}", "It")
    manners = rng.sample(MANNERS, 2)
    facts = list(zip(subjects, manners, strict=True))
    rng.shuffle(facts)
    ((name_a, _), manner_a), ((name_b, _), manner_b) = facts
    conjunction = rng.choice([". ", ". ", " and ", " but "])
    subject = name_b if conjunction == ". " else name_b.replace("The ", "the ")
    opening = f"{name_a} is {manner_a.adjective}{conjunction}{subject} is {manner_b.adjective}."
    rng.shuffle(facts)
    ((_, pronoun_a), manner_a), ((_, pronoun_b), manner_b) = facts
    verb, other = rng.choice(VERBS), rng.choice(VERBS)
    text = f"{opening} {pronoun_a} {verb.third} [{manner_a.adverb}]."
    if rng.random() < 0.75:
        text += f" [{pronoun_b}] {other.third} [{manner_b.adverb}]."
    return marked("contrast", text)


def mutual(rng: Random) -> Passage:
    """Mike likes Anna and Anna likes Mike. / Mike sees Anna. She sees him."""
    first, second = rng.sample(PEOPLE, 2)
    if rng.random() < 0.5:
        verb = rng.choice(["likes", "knows"])
        return marked(
            "mutual",
            f"{first.name} {verb} {second.name} and [{second.name}] [{verb}] [{first.name}].",
        )
    verb = rng.choice(["sees", "helps"])
    return marked(
        "mutual",
        f"{first.name} {verb} {second.name}. [{second.start}] [{verb}] [{first.him}].",
    )


def possessive(rng: Random) -> Passage:
    """Mike loves his dog. The dog loves him."""
    person, animal = rng.choice(PEOPLE), rng.choice(ANIMALS).singular
    verb = rng.choice(["loves", "feeds"])
    answer = "makes" if verb == "feeds" else "loves"
    end = " happy" if verb == "feeds" else ""
    return marked(
        "possessive",
        f"{person.name} {verb} [{person.his}] {animal}. The [{animal}] [{answer}] "
        f"[{person.him}]{end}.",
    )


def new_name(rng: Random) -> Passage:
    """Tavo is quick. Tavo moves quickly. / Tavo has a red ball. The red ball belongs to Tavo."""
    name = "".join(rng.choice(LETTERS[shape]) for shape in rng.choice(NAME_SHAPES)).capitalize()
    verb, manner = rng.choice(VERBS), rng.choice(MANNERS)
    shape = rng.randrange(3)
    if shape == 0:
        # The pronoun of a name that is not in the list can't be known: it is not marked.
        pronoun = rng.choice(["He", "She"])
        return marked(
            "new name",
            f"{name} is {manner.adjective}. {pronoun} {verb.third} [{manner.adverb}].",
        )
    if shape == 1:
        question = f"How does {name} {verb.plain}? [{name}] is {manner.adjective}."
        return marked("new name", f"{question} [{name}] [{verb.third}] [{manner.adverb}].")
    return owner_of("new name", Person(name, "", "", ""), rng)


def owner_of(kind: str, person: Person, rng: Random) -> Passage:
    """What a person has, then whose it is."""
    thing, colour = rng.choice(THINGS).singular, rng.choice(COLOURS)
    opening = f"{person.name} has a {colour} {thing}."
    if rng.random() < 0.65:
        return marked(kind, f"{opening} The [{colour}] [{thing}] belongs to [{person.name}].")
    question = f"Who has the [{colour}] [{thing}]?"
    return marked(kind, f"{opening} {question} [{person.name}] has the [{colour}] [{thing}].")


def owner(rng: Random) -> Passage:
    """Anna has a red ball. The red ball belongs to Anna."""
    return owner_of("owner", rng.choice(PEOPLE), rng)


def owners(rng: Random) -> Passage:
    """The ball belongs to Anna. The cup belongs to Mike. Who has the cup? Mike has the cup."""
    people = rng.sample(PEOPLE, 2)
    things = [noun.singular for noun in rng.sample(THINGS, 2)]
    pairs = zip(people, things, strict=True)
    opening = " ".join(f"The {thing} belongs to {person.name}." for person, thing in pairs)
    i = rng.randrange(2)
    answer = f"[{people[i].name}] has the [{things[i]}]."
    return marked("owners", f"{opening} Who has the {things[i]}? {answer}")
