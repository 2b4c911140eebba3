"""The tables of docs/benchmarks.md, from the last run of the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

OUTPUT = Path(__file__).parent.parent / "output"
WRITING = OUTPUT / "benchmark-writing.json"
LIBREOFFICE = OUTPUT / "benchmark-libreoffice.json"
ROWS = OUTPUT / "benchmark-rows.json"
GENERATION = OUTPUT / "benchmark-generation.json"

GIB_IN_GB = 1.073741824

Figure = dict[str, Any]


def figures(path: Path) -> list[Figure]:
    """The figures of a benchmark."""
    result: list[Figure] = json.loads(path.read_text("utf-8"))
    return result


def writing_table() -> str:
    """Size, time and memory in each precision, compared with other writers and the floor."""
    rows = [
        {
            "writer": figure["writer"],
            "million cells/s": f"{figure['million_cells_per_second']:.2f}",
            "bytes per weight": _number(figure["bytes_per_weight"], ".2f"),
            "seconds": f"{figure['seconds']:.1f}" if figure["peak_megabytes"] else "",
            "peak memory": _number(figure["peak_megabytes"], ",.0f", " MB"),
        }
        for figure in figures(WRITING)
    ]
    return pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)


def libreoffice_table() -> str:
    """The times of opening and computing in LibreOffice."""
    rows = [
        {
            "model": f"{figure['model']} (L = {figure['n_layer']}, C = {figure['n_embd']})",
            "capacity": figure["capacity"],
            "step": figure["step"],
            "tokens": figure["tokens"],
            "seconds": f"{figure['seconds']:.1f}",
            "peak memory": f"{figure['peak'] * GIB_IN_GB:.2f} GB",
        }
        for figure in figures(LIBREOFFICE)
    ]
    return pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)


def generation_table() -> str:
    """The times of new tokens, and of a changed seed, number or prompt."""
    rows = [
        {
            "model": f"{figure['model']} (L = {figure['n_layer']}, C = {figure['n_embd']})",
            "step": figure["step"],
            "tokens of the prompt": figure["prompt_tokens"],
            "new tokens": figure["new_tokens"],
            "seconds": f"{figure['seconds']:.2f}",
        }
        for figure in figures(GENERATION)
    ]
    return pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)


def rows_table() -> str:
    """The times with one formula per row and with one per matrix."""
    rows = [
        {
            "engine": figure["engine"],
            "step": figure["step"],
            "tokens": figure["tokens"],
            "one formula per row": f"{figure['rows_seconds']:.2f} s",
            "one formula per matrix": f"{figure['whole_seconds']:.2f} s",
            "ratio": f"{figure['ratio']:.1f}",
        }
        for figure in figures(ROWS)
        if figure["model"] == "small"
    ]
    return pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"
