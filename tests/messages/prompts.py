"""Messages about what is typed: prompts, token ids, and values for cells in general."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from click import UsageError

from tests.messages.case import Case, Cause, Scene, command
from tests.sabotage import sabotaged, substituted
from tests.small_workbooks import write_cells
from xlgpt2.cells.readings import Inputs
from xlgpt2.commands.run import run
from xlgpt2.engines import get_engine
from xlgpt2.errors import PromptError, WorkbookError
from xlgpt2.reference.trace import trace

ALL_CELLS = "give a value, or an empty text, for every cell of the array"
MORE_ROOM = "give another prompt, or build with more room: --capacity N --max-bytes N"

CELLS = {"in!A1": 2, "in!A2": "two", "in!A5:A6": "{=A1*{1;10}}", "in!B1:B3": "{=A1*{1;2;3}}"}
NAMES = {"number": "in!A1", "text": "in!A2", "pair": "in!A1:A2", "array": "in!A5:A6"}


def typed(inputs: Inputs, names: Collection[str] | None = None) -> Cause:
    """Values are typed into a small workbook with a number, a text and an array formula."""

    def cause(scene: Scene) -> None:
        path = write_cells(scene.folder / "book.xlsx", CELLS, NAMES)
        list(get_engine("formulas").recalculate(path, [inputs], names))

    return cause


def prompted(prompt: str) -> Cause:
    """A prompt is typed into the workbook that cases share."""
    return command("run", "FILE", "--prompt", prompt)


def referred(prompt: str, token_ids: Sequence[int] | None = None) -> Cause:
    """A prompt, or token ids beside it, are given to the reference."""

    def cause(scene: Scene) -> None:
        decided = scene.fixture("random_design")
        trace(decided.checkpoint, decided.sizes, prompt, token_ids)

    return cause


def number_in_file(scene: Scene) -> None:
    """A number with a point stands in the file where its prompt should be."""
    change = substituted(r'(<c r="B8"[^>]*?) t="[^"]*"[^>]*>.*?</c>', r"\1><v>1.5</v></c>", 1)
    run(sabotaged(scene.workbook, scene.folder / "b.xlsx", "Prompt", change))


CASES = [
    Case(
        "a number as the prompt of a file",
        number_in_file,
        PromptError,
        "prompt at Prompt!B8: expected a text, got the number 1.5",
        "type it as a text, with an apostrophe in front, or give it with --prompt",
    ),
    Case(
        "an empty prompt",
        prompted(""),
        PromptError,
        "prompt: The prompt is empty: type a text into the yellow cell.",
        "give one with --prompt, or type it into the workbook and save that",
    ),
    Case(
        "more characters than there is room for",
        prompted("x" * 30),
        PromptError,
        "prompt: Too long: the prompt has more than 29 characters, which is all that this workbook takes. Shorten it, or build with --max-bytes 30 or more.",
        MORE_ROOM,
    ),
    Case(
        "more bytes than there is room for",
        prompted("é" * 20),
        PromptError,
        "prompt: Too long: the prompt has 40 bytes and this workbook takes 29. Shorten it, or build with --max-bytes 40.",
        MORE_ROOM,
    ),
    Case(
        "more tokens than there is room for",
        prompted("qxjzvkwpqxjz"),
        PromptError,
        "prompt: Too long: the prompt has 12 tokens and this workbook takes 11. Shorten it, or build with --capacity 12.",
        MORE_ROOM,
    ),
    Case(
        "half a character",
        referred("a\ud83d"),
        PromptError,
        "prompt: character 2: expected a character, got the lone surrogate U+D83D",
        "remove it; it is half of a character that was cut in two",
    ),
    Case(
        "prompt and ids",
        command("run", "FILE", "--prompt", "a", "--token-ids", "1"),
        UsageError,
        "--prompt and --token-ids: expected one of them, got both",
        "run xlgpt2 run --help",
    ),
    Case(
        "ids that are none",
        command("run", "FILE", "--token-ids", "1,two"),
        UsageError,
        "--token-ids: expected whole numbers with commas, got '1,two'",
        "run xlgpt2 run --help",
    ),
    Case(
        "more ids than there is room for",
        command("run", "FILE", "--token-ids", ",".join("1" * 12)),
        PromptError,
        "token ids: expected 1 to 11, which is this workbook's capacity, got 12",
        "give fewer ids, or build with a larger --capacity",
    ),
    Case(
        "an id outside the vocabulary",
        command("run", "FILE", "--token-ids", "1,301"),
        PromptError,
        "token ids: expected 0 to 300, got 301",
        "look ids up on the tab Vocabulary, which lists all tokens",
    ),
    Case(
        "a negative id",
        command("run", "FILE", "--token-ids=-1"),
        PromptError,
        "token ids: expected 0 to 300, got -1",
        "look ids up on the tab Vocabulary, which lists all tokens",
    ),
    Case(
        "no ids for the reference",
        referred("the", []),
        PromptError,
        "token ids: expected 1 to 11 (capacity), got 0",
        "give fewer ids, or make room for them with --capacity",
    ),
    Case(
        "more ids than there is room for in the reference",
        referred("the", [1] * 12),
        PromptError,
        "token ids: expected 1 to 11 (capacity), got 12",
        "give fewer ids, or make room for them with --capacity",
    ),
    Case(
        "a name that is not there",
        typed({"nmber": [[1]]}),
        WorkbookError,
        "workbook book.xlsx: expected a range named 'nmber', got none",
        "give one of its names, such as number",
    ),
    Case(
        "reading a name that is not there",
        typed({}, names=["txt"]),
        WorkbookError,
        "workbook book.xlsx: expected a range named 'txt', got none",
        "give one of its names, such as text",
    ),
    Case(
        "more values than there are cells",
        typed({"number": [[1], [2]]}),
        PromptError,
        "range number: expected at most [1, 1] values, got [2, 1]",
        "give fewer rows or columns",
    ),
    Case(
        "rows of several lengths",
        typed({"pair": [[1], [2, 3]]}),
        PromptError,
        "range pair: expected rows of one length, got several",
        "fill shorter rows up with '', which leaves a cell empty",
    ),
    Case(
        "a number that no cell holds",
        typed({"number": [[float("nan")]]}),
        PromptError,
        "range number: expected a number that a cell can hold, got nan",
        "give a finite number",
    ),
    Case(
        "a text that no cell holds",
        typed({"text": [["x" * 32_768]]}),
        PromptError,
        "range text: expected at most 32,767 characters in a cell, got 32,768",
        "give a shorter text",
    ),
    Case(
        "half a character for a cell",
        typed({"text": [["a\ud83d"]]}),
        PromptError,
        "range text: expected whole characters, got half of one, '\\ud83d'",
        "give a text in the encoding of the terminal, such as UTF-8",
    ),
    Case(
        "part of an array",
        typed({"array": [[1]]}),
        PromptError,
        "cell in!$A$5: expected values for all of in!$A$5:$A$6, which one array formula fills, got some",
        ALL_CELLS,
    ),
]
