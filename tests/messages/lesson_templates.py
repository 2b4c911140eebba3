"""Messages about templates of lessons: loops, charts, exercises that can't be."""

from __future__ import annotations

import shutil

from tests.messages.case import Case, Cause, Scene
from xlgpt2.commands.lessons import lessons
from xlgpt2.commands.verify import verify
from xlgpt2.errors import PromptError, ShapeError, TemplateError, UnknownNameError
from xlgpt2.stages.template_files import shipped_templates


def changed(old: str, new: str) -> Cause:
    """The shipped lesson BPE training with a change is written."""

    def cause(scene: Scene) -> None:
        folder = scene.folder / "templates"
        shutil.copytree(shipped_templates(), folder)
        path = folder / "lessons" / "02-bpe-training.toml"
        text = path.read_text("utf-8")
        assert old in text, "the case no longer fits the shipped template"
        path.write_text(text.replace(old, new, 1), "utf-8")
        lessons(scene.folder / "a.xlsx", folder)

    return cause


def with_labels_of_a_table(scene: Scene) -> None:
    """A tab whose rows have the names of a model's merges is added."""
    folder = scene.folder / "templates"
    shutil.copytree(shipped_templates(), folder)
    (folder / "lessons" / "03-flow.toml").write_text(
        'tab = "Flow"\ntitle = "Flow"\ngroup = "lab"\n'
        'labels = [{ title = "merge", table = "merge_labels" }]\n'
        '[tolerance]\nrelative = 0\nabsolute = 0\nreason = "counts are exact"\n'
        '[[range]]\nname = "flow"\nindex = 1\nshape = ["3", "1"]\nrole = "lookup"\n',
        "utf-8",
    )
    lessons(scene.folder / "a.xlsx", folder)


def with_a_prompt(scene: Scene) -> None:
    """The lessons are verified with an option for a model."""
    verify(lessons(scene.folder / "lessons.xlsx").path, prompts=["a"])


CASES = [
    Case("a loop that is not there", changed('repeat = "turn"', 'repeat = "round"'), TemplateError),
    Case("rows for what is none", changed('each = "turn"', 'each = "round"'), TemplateError),
    Case("a symbol that Python keeps", changed("turn = ", "pass = "), TemplateError),
    Case("a row that is an unknown symbol", changed("{40+9*turn}", "{40+9*k}"), TemplateError),
    Case("a loop without turns", changed("P = 10", "P = 0"), ShapeError),
    Case("a loop that does not end", changed("P = 10", "P = 1_000_000_000"), ShapeError),
    Case("a row that is 0", changed("{40+9*turn}", "{9*turn}"), TemplateError),
    Case(
        "a first column and a first row",
        changed('left = "1"', 'left = "1"\nfirst = "1"'),
        TemplateError,
    ),
    Case("contents that do not fill an input", changed('["widest"], [""], [""]]', '["widest"], [""]]'), ShapeError),
    Case("an exercise without a lesson", changed('lesson = "bpe_training"\n', ""), TemplateError),
    Case("no wrong answer", changed("not_yet = {", "other = {"), TemplateError),
    Case(
        "a condition on a range that is not there",
        changed("{bpe_own_ties}),0)>0", "{bpe_ties}),0)>0"),
        UnknownNameError,
    ),
    Case("a probe that says nothing", changed('why = "counts', 'what = "counts'), TemplateError),
    Case("a chart of an unknown kind", changed('kind = "line"', 'kind = "pie"'), TemplateError),
    Case(
        "points on a line",
        changed('kind = "line"', 'kind = "line"\npoints = "bpe_row"'),
        TemplateError,
    ),
    Case(
        "limits of categories",
        changed('x_axis = { title = "pass" }', "x_axis = { least = 1 }"),
        TemplateError,
    ),
    Case(
        "limits in the wrong order",
        changed("{ least = 0 }", "{ least = 0, most = -1 }"),
        TemplateError,
    ),
    Case(
        "a name too many in a chart",
        changed('kind = "line"', 'kind = "line"\nnames = ["a", "b"]'),
        TemplateError,
    ),
    Case("a tensor in a lesson", changed("index = 1", 'tensor = "wte.weight"'), UnknownNameError),
    Case(
        "a mark that is not there",
        changed('marked = "bpe_new_symbol"', 'marked = "new"'),
        UnknownNameError,
    ),
    Case(
        "an answer for another tab",
        changed("solution = { bpe_words", "solution = { words"),
        UnknownNameError,
    ),
    Case(
        "an answer that is too long",
        changed('["low"], [""]], bpe_times', '["low"], [""], [""]], bpe_times'),
        ShapeError,
    ),
    Case("labels of a model in a lesson", with_labels_of_a_table, UnknownNameError),
    Case("a prompt for lessons", with_a_prompt, PromptError),
]
