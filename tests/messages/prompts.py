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
from xlgpt2.xlsx.reading.workbook import open_workbook

CELLS = {"in!A1": 2, "in!A2": "two", "in!A5:A6": "{=A1*{1;10}}", "in!B1:B3": "{=A1*{1;2;3}}"}
NAMES = {"number": "in!A1", "text": "in!A2", "pair": "in!A1:A2", "array": "in!A5:A6"}


def typed(inputs: Inputs, names: Collection[str] | None = None) -> Cause:
    """Values are typed into a small workbook with a number, a text and an array formula."""

    def cause(scene: Scene) -> None:
        path = write_cells(scene.folder / "book.xlsx", CELLS, NAMES)
        list(get_engine("formulas").recalculate(open_workbook(path), [inputs], names))

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
    change = substituted(r'(<c r="B5"[^>]*?) t="[^"]*"[^>]*>.*?</c>', r"\1><v>1.5</v></c>", 1)
    run(sabotaged(scene.workbook, scene.folder / "b.xlsx", "Prompt", change))


CASES = [
    Case("a number as the prompt of a file", number_in_file, PromptError),
    Case("an empty prompt", prompted(""), PromptError),
    Case("more characters than there is room for", prompted("x" * 30), PromptError),
    Case("more bytes than there is room for", prompted("é" * 20), PromptError),
    Case("more tokens than there is room for", prompted("qxjzvkwpqxjz"), PromptError),
    Case("an unpaired surrogate", referred("a\ud83d"), PromptError),
    Case("prompt and ids", command("run", "FILE", "--prompt", "a", "--token-ids", "1"), UsageError),
    Case("ids that are none", command("run", "FILE", "--token-ids", "1,two"), UsageError),
    Case(
        "more ids than there is room for",
        command("run", "FILE", "--token-ids", ",".join("1" * 12)),
        PromptError,
    ),
    Case(
        "an id outside the vocabulary", command("run", "FILE", "--token-ids", "1,301"), PromptError
    ),
    Case("a negative id", command("run", "FILE", "--token-ids=-1"), PromptError),
    Case("no ids for the reference", referred("the", []), PromptError),
    Case(
        "more ids than there is room for in the reference", referred("the", [1] * 12), PromptError
    ),
    Case("a name that is not there", typed({"nmber": [[1]]}), WorkbookError),
    Case("reading a name that is not there", typed({}, names=["txt"]), WorkbookError),
    Case("more values than there are cells", typed({"number": [[1], [2]]}), PromptError),
    Case("rows of several lengths", typed({"pair": [[1], [2, 3]]}), PromptError),
    Case("a number that no cell holds", typed({"number": [[float("nan")]]}), PromptError),
    Case("a text that no cell holds", typed({"text": [["x" * 32_768]]}), PromptError),
    Case("half a character for a cell", typed({"text": [["a\ud83d"]]}), PromptError),
    Case("part of an array", typed({"array": [[1]]}), PromptError),
]
