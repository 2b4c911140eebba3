"""Measuring how often the most likely token is right where only one word fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import torch
from tokenizers import Encoding, Tokenizer
from transformers import GPT2LMHeadModel

from training.corpus import Corpus, separator
from training.lexicon import MANNERS, PEOPLE, VERBS
from training.passage import Passage
from training.tokenizer import end_of_text_id

POSITIONS = 64
BATCH = 64
CONTEXT_SEED = 1
DEMO_PROMPT = "Mike is quick. He moves"
DEMO_ANSWER = " quickly"


@dataclass
class Score:
    """The numbers of determined tokens and of those that the model predicted, and its mistakes."""

    right: int = 0
    tokens: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """The accuracy, 0 to 1."""
        return self.right / self.tokens


@dataclass(frozen=True)
class Trial:
    """A passage to judge, and the text before it."""

    passage: Passage
    before: str = ""


def load_model(folder: Path) -> GPT2LMHeadModel:
    """Read a model folder with transformers."""
    model: GPT2LMHeadModel = GPT2LMHeadModel.from_pretrained(folder)
    return model


def padded(rows: list[list[int]], padding: int) -> torch.Tensor:
    """Stack rows of token ids into one tensor, padded on the right."""
    width = max(len(row) for row in rows)
    return torch.tensor([row + [padding] * (width - len(row)) for row in rows])


def determined_positions(encoding: Encoding, trial: Trial) -> list[int]:
    """The positions of the tokens that overlap a determined span of the trial's passage."""
    shift = len(trial.before)
    spans = [(start + shift, stop + shift) for start, stop in trial.passage.spans]
    return [
        position
        for position, (left, right) in enumerate(encoding.offsets)
        if any(left < stop and start < right for start, stop in spans)
    ]


def judge(model: GPT2LMHeadModel, tokenizer: Tokenizer, trials: list[Trial]) -> Score:
    """Compare the most likely token with the true one at every determined position."""
    score = Score()
    end = end_of_text_id(tokenizer)
    for first in range(0, len(trials), BATCH):
        batch = trials[first : first + BATCH]
        encodings = [tokenizer.encode(t.before + t.passage.text) for t in batch]
        with torch.no_grad():
            logits = model(padded([e.ids for e in encodings], end)).logits
        best = logits.argmax(-1).tolist()
        for trial, encoding, guesses in zip(batch, encodings, best, strict=True):
            for position in determined_positions(encoding, trial):
                score.tokens += 1
                if guesses[position - 1] == encoding.ids[position]:
                    score.right += 1
                else:
                    prefix = tokenizer.decode(encoding.ids[:position])
                    score.mistakes.append(f"{prefix} ->{tokenizer.decode([guesses[position - 1]])}")
    return score


def with_context(corpus: Corpus, tokenizer: Tokenizer, passages: list[Passage]) -> list[Trial]:
    """Put as many training passages before each passage as fit."""
    rng = Random(CONTEXT_SEED)
    pool = [passage for kind in corpus.training.values() for passage in kind]
    trials = []
    for passage in passages:
        before = ""
        while True:
            longer = rng.choice(pool).text + separator(rng) + before
            if len(tokenizer.encode(longer + passage.text).ids) > POSITIONS:
                break
            before = longer
        trials.append(Trial(passage, before))
    return trials


def next_probabilities(
    model: GPT2LMHeadModel, tokenizer: Tokenizer, prompts: list[str]
) -> torch.Tensor:
    """The probabilities of the token after each prompt, one row per prompt."""
    rows = [tokenizer.encode(prompt).ids for prompt in prompts]
    with torch.no_grad():
        logits: torch.Tensor = model(padded(rows, end_of_text_id(tokenizer))).logits
    ends = torch.tensor([len(row) - 1 for row in rows])
    return logits[torch.arange(len(rows)), ends].softmax(-1)


def demo_probability(model: GPT2LMHeadModel, tokenizer: Tokenizer) -> float:
    """The probability of " quickly" after the prompt in the documentation."""
    row = next_probabilities(model, tokenizer, [DEMO_PROMPT])[0]
    return float(row[tokenizer.token_to_id(f"Ġ{DEMO_ANSWER.strip()}")])


def lowest_adverb_probability(model: GPT2LMHeadModel, tokenizer: Tokenizer) -> tuple[float, str]:
    """The lowest probability of the right adverb, over all names and verbs, with its prompt."""
    lowest = (1.0, "")
    for manner in MANNERS:
        answer = tokenizer.token_to_id(f"Ġ{manner.adverb}")
        prompts = [
            f"{person.name} is {manner.adjective}. {person.start} {verb.third}"
            for person in PEOPLE
            for verb in VERBS
        ]
        column = next_probabilities(model, tokenizer, prompts)[:, answer]
        worst = int(column.argmin())
        lowest = min(lowest, (float(column[worst]), prompts[worst]))
    return lowest
