"""The families of models that can be built as workbooks, each in a file of its name."""

from __future__ import annotations

from xlgpt2.checkpoint.families.family import ExpectedTensor, Family, ModelConfig
from xlgpt2.checkpoint.families.gpt2 import GPT2

__all__ = ["FAMILIES", "GPT2", "ExpectedTensor", "Family", "ModelConfig"]

#: By model_type in config.json.
FAMILIES: dict[str, Family] = {GPT2.name: GPT2}
