"""A workbook that stays open in an engine for any number of inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.engines import Engine
from xlgpt2.xlsx.reading.workbook import open_workbook


class OpenWorkbook:
    """A workbook in an engine; each call applies other inputs to the file's contents.

    The engine starts and reads the file once, so that thousands of texts take minutes.
    """

    def __init__(self, engine: Engine, path: Path, names: Sequence[str] | None) -> None:
        self.inputs: Inputs = {}
        self.count = 0
        self._readings = engine.recalculate(open_workbook(path), self._inputs(), names)

    def _inputs(self) -> Iterator[Inputs]:
        while True:
            yield self.inputs

    def read(self, inputs: Inputs) -> Readings:
        """The readings of the workbook with these inputs."""
        self.inputs = inputs
        self.count += 1
        return next(self._readings)

    def token_ids(self, text: str) -> list[int]:
        """The token ids of a prompt; "token_ids" must be among the names."""
        ids = self.read({"prompt": [[text]]}).values["token_ids"][:, 0]
        return [int(token_id) for token_id in ids if token_id != ""]
