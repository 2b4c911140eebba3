"""The model card: the model's data, size and measured results, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from pathlib import Path

from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from training.corpus import HELD_OUT_PERCENT, Corpus
from training.lexicon import LARGEST_DIGITS, NUMBERS
from training.measure import (
    DEMO_ANSWER,
    DEMO_PROMPT,
    POSITIONS,
    Score,
    Trial,
    demo_probability,
    judge,
    lowest_adverb_probability,
    with_context,
)
from training.tokenizer import BYTES

FILES = ("model.safetensors", "vocab.json", "merges.txt", "config.json")


@dataclass(frozen=True)
class Run:
    """The settings of a training run, and its final loss."""

    folder: Path
    steps: int
    seed: int
    threads: int
    loss: float


@dataclass
class Results:
    """Scores by kind: of the passages alone, and after as many others as fit."""

    alone: dict[str, Score]
    after_others: dict[str, Score]


def measure(corpus: Corpus, model: GPT2LMHeadModel, tokenizer: Tokenizer) -> Results:
    """Judge every held-out passage alone and after others."""
    results = Results({}, {})
    for kind, passages in corpus.held_out.items():
        trials = [Trial(passage) for passage in passages]
        results.alone[kind] = judge(model, tokenizer, trials)
        trials = with_context(corpus, tokenizer, passages)
        results.after_others[kind] = judge(model, tokenizer, trials)
    return results


def percent(scores: list[Score]) -> str:
    """The accuracy over several scores, never rounded up to 100 %."""
    right = sum(score.right for score in scores)
    tokens = sum(score.tokens for score in scores)
    return f"{right * 10_000 // tokens / 100:.2f} %"


def probability(value: float) -> str:
    """Four decimals, never rounded up to 1."""
    return f"{floor(value * 10_000) / 10_000:.4f}"


def data_section(corpus: Corpus) -> str:
    """The kinds, examples and numbers of passages."""
    rows = "\n".join(
        f"| {kind} | {held_out[0].text} | {len(set(corpus.training[kind])):,} | {len(held_out):,} |"
        for kind, held_out in corpus.held_out.items()
    )
    trained = sum(len(set(passages)) for passages in corpus.training.values())
    measured = sum(len(passages) for passages in corpus.held_out.values())
    return f"""## Data

Sentences made by a seeded generator, `training/corpus.py`, from short lists of words. A passage
is one or more sentences of one kind; a document is one to five passages, joined by spaces and
sometimes new lines, and ends with `<|endoftext|>`. Every training window begins where a document
begins and is at most {POSITIONS} tokens long.

{HELD_OUT_PERCENT} % of the passages, picked by a checksum of their text, are held out: they are
never trained on, nor is any document that contains one. Their words do occur in training, in
other combinations. A fact that stands alone, such as "The opposite of hot is cold.", and a bare
row of numbers are never held out, because they cannot be guessed; held out is their combination
with another fact or a name. The examples are held-out passages.

| kind | an example | training passages | held-out passages |
| --- | --- | ---: | ---: |
{rows}
| all | | {trained:,} | {measured:,} |
"""


def size_section(run: Run, model: GPT2LMHeadModel, tokenizer: Tokenizer) -> str:
    """The sizes of the model and the bytes of its files."""
    config = model.config
    vocabulary = tokenizer.get_vocab_size()
    files = "\n".join(
        f"| `{name}`, bytes | {(run.folder / name).stat().st_size:,} |" for name in FILES
    )
    return f"""## Size

| what | number |
| --- | ---: |
| parameters | {sum(p.numel() for p in model.parameters()):,} |
| layers | {config.n_layer} |
| heads | {config.n_head} |
| numbers per token | {config.n_embd} |
| positions | {config.n_positions} |
| vocabulary | {vocabulary:,} |
| of which bytes | {BYTES} |
| of which merges | {vocabulary - BYTES - 1:,} |
{files}
"""


def results_section(
    run: Run, results: Results, model: GPT2LMHeadModel, tokenizer: Tokenizer
) -> str:
    """The final loss and the accuracy on held-out passages."""
    rows = "\n".join(
        f"| {kind} | {score.tokens:,} | {percent([score])} | "
        f"{percent([results.after_others[kind]])} |"
        for kind, score in results.alone.items()
    )
    alone, after = list(results.alone.values()), list(results.after_others.values())
    lowest, prompt = lowest_adverb_probability(model, tokenizer)
    return f"""## Results

Some words of a passage follow from the words before them: the pronoun from the name, the adverb
from the adjective, the next number from the numbers before. The generator marks these words.
Accuracy is the share of the tokens of marked words for which the model's most likely token is the
right one, given the true text before it, over all held-out passages: once with the passage alone,
once after as many training passages as fit {POSITIONS} tokens.

| kind | determined tokens | alone | after others |
| --- | ---: | ---: | ---: |
{rows}
| all | {sum(s.tokens for s in alone):,} | {percent(alone)} | {percent(after)} |

- Mean training loss over the last 100 steps: {run.loss:.3f} nats per token. It cannot come near
  zero, because which name, colour or verb comes next is often sampled at random.
- Probability of "{DEMO_ANSWER}" after "{DEMO_PROMPT}":
  {probability(demo_probability(model, tokenizer))}.
- Lowest probability of the right adverb over every name, adjective and verb:
  {probability(lowest)}, after "{prompt}".
"""


def write_card(run: Run, corpus: Corpus, model: GPT2LMHeadModel, tokenizer: Tokenizer) -> None:
    """Measure the model and write MODEL_CARD.md beside it."""
    results = measure(corpus, model, tokenizer)
    figures, in_words = LARGEST_DIGITS, NUMBERS[-1]
    card = f"""# tiny, the GPT-2 that xlgpt2 ships

A GPT-2 small enough to be read as a spreadsheet, trained from nothing on made-up sentences in
which attention has something visible to do. Same architecture and file layout as the published
GPT-2. License: MIT, like the rest of xlgpt2; no text by others was used.

{data_section(corpus)}
{size_section(run, model, tokenizer)}
{results_section(run, results, model, tokenizer)}
## Training

`python -m training.train --steps {run.steps} --seed {run.seed} --threads {run.threads}`, with
`pip install '.[train]'`. It runs on the CPU in float32 and writes this folder, this card
included. The same versions, seed and number of threads on the same kind of CPU give the same
weights.

## Limits

It knows the words, names and facts of its generator and nothing else: not the world, not grammar
beyond these kinds of sentences. Words it has never seen fall apart into bytes; a new name is often
copied well, any other new word leads to nonsense. It counts up to {figures} in figures and up to
{in_words} in words. It expects text that begins at its first position, and at most {POSITIONS}
tokens.
"""
    (run.folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
