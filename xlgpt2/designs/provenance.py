"""Provenance: what a workbook says about how it was built, besides its model."""

from __future__ import annotations

import hashlib
import re

from xlgpt2._version import __version__
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.constants.sizes import Sizes
from xlgpt2.designs.options import options_of
from xlgpt2.formula.dialect import IN_ARRAYS, IN_CELLS
from xlgpt2.stages.templates import Templates
from xlgpt2.stages.variant import Variant

#: What only the file itself knows: another version may verify it, and its templates may be gone.
STATED = ("xlgpt2_version", "template_sha256", "formula_dialect")


def provenance(
    sizes: Sizes, precision: Precision, variant: Variant, templates: Templates
) -> dict[str, str]:
    """The Guide's statements by range name: version, options, templates, dialect."""
    return {
        "xlgpt2_version": __version__,
        "build_options": options_of(sizes, precision, variant).text(),
        "template_sha256": template_fingerprint(templates),
        "formula_dialect": formula_dialect(),
    }


def template_fingerprint(templates: Templates) -> str:
    """The sha256 of the templates: names and texts of all files, whatever their line breaks."""
    digest = hashlib.sha256()
    for path in sorted(templates.files, key=lambda path: path.name):
        text = re.sub("\r\n?", "\n", path.read_text("utf-8"))
        digest.update(f"{path.name}\n{len(text)}\n{text}\n".encode())
    return digest.hexdigest()


def formula_dialect() -> str:
    """The dialect of formulas in a few words."""
    return f"{len(IN_CELLS | IN_ARRAYS)} functions of Excel 2013, array formulas as in Excel 2007"
