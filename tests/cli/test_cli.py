"""The commands: their output on stdout and stderr, and their exit codes."""

import json
import re
import subprocess
import sys

import pytest

from tests.sabotage import replaced, sabotaged
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.cli import main as command_line
from xlgpt2.cli import show
from xlgpt2.cli.run import wrapped
from xlgpt2.commands.run import run
from xlgpt2.designs.model_workbook import design
from xlgpt2.designs.split import split
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command in this process; returns exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["xlgpt2", *map(str, arguments)])
        code = 0
        try:
            command_line.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_build_prints_what_it_wrote(command, tmp_path, random_workbook):
    """Tabs, ranges, formulas, weights, bytes and seconds; the file is the one given with -o."""
    target = tmp_path / "deep" / "a.xlsx"
    line = [
        "build",
        "--model",
        random_workbook[1],
        "--capacity",
        3,
        "--prompt",
        "a",
        "--max-bytes",
        7,
    ]
    code, out, err = command(*line, "-o", target)
    assert (code, err) == (0, "")
    words = [line.split()[0] for line in out.splitlines()]
    assert words == ["wrote", "tabs", "ranges", "formulas", "weights", "bytes", "seconds"]
    assert f"bytes    {target.stat().st_size:,}" in out


def test_build_writes_to_output_by_default(command, tmp_path, monkeypatch, random_workbook):
    """Without -o the file is output/<model>.xlsx under the current folder."""
    monkeypatch.chdir(tmp_path)
    code, _, _ = command("build", "--model", random_workbook[1], "--capacity", 2, "--new-tokens", 1)
    assert code == 0
    assert (tmp_path / "output" / "model.xlsx").is_file()


def test_build_split_writes_a_folder_that_run_takes(command, tmp_path, random_workbook):
    """Build prints a line for each workbook; run predicts with all of them."""
    target = tmp_path / "split"
    line = [
        "build",
        "--model",
        random_workbook[1],
        "--split",
        "--prompt",
        "a",
        "--capacity",
        7,
        "--max-bytes",
        9,
    ]
    code, out, err = command(*line, "-o", target)
    assert (code, err) == (0, "")
    words = [line.split()[0] for line in out.splitlines()]
    files = ["01-text.xlsx", "02-h0.xlsx", "03-h1.xlsx", "04-output.xlsx"]
    assert words == ["wrote", *files, "formulas", "weights", "bytes", "seconds"]
    assert sorted(file.name for file in target.iterdir()) == files
    code, out, _ = command("run", target, "--prompt", "the cat", "--json")
    assert code == 0
    assert json.loads(out)["prompt"] == "the cat"


def test_run_prints_json_with_the_documented_keys(command, random_workbook):
    """Engine, prompt, ids, tokens, next token, candidates, generated tokens and text."""
    file, _ = random_workbook
    code, out, _ = command("run", file, "--prompt", "the cat", "--top", 4, "--json")
    prediction = json.loads(out)
    assert code == 0
    assert list(prediction) == [
        *["engine", "prompt", "token_ids", "tokens"],
        *["next_token_id", "next_token", "top", "generated", "score", "text", "notes"],
    ]
    assert "".join(prediction["tokens"]) == prediction["prompt"] == "the cat"
    assert [list(entry) for entry in prediction["top"]] == [
        ["id", "token", "logit", "probability"]
    ] * 4
    logits = [entry["logit"] for entry in prediction["top"]]
    assert logits == sorted(logits, reverse=True)
    assert prediction["next_token_id"] == prediction["top"][0]["id"]
    assert prediction["text"] == "the cat" + "".join(
        new["token"] for new in prediction["generated"]
    )
    assert [list(new) for new in prediction["generated"]] == [["id", "token", "probability"]] * 3
    assert prediction["score"] is None
    assert prediction["notes"] == []


def test_controls_out_of_range_are_reported(command, random_workbook):
    """With the workbook's messages, on stderr and in the JSON, also by verify."""
    file, model = random_workbook
    notes = [
        "new tokens: expected 0 to 3, got 40. Build with --new-tokens for more.",
        "top-p: expected 0 to 1, got 2; the nearest limit is used.",
    ]
    controls = ["--new-tokens", 40, "--top-p", 2]
    code, out, err = command("run", file, *controls, "--json")
    assert (code, json.loads(out)["notes"]) == (0, notes)
    assert err.splitlines() == [f"note: {note}" for note in notes]
    code, out, _ = command(
        "verify", file, "--model", model, "--engine", "formulas", "--json", *controls
    )
    assert (code, json.loads(out)["notes"]) == (0, notes)


def test_fractions_in_control_cells_are_reported(random_workbook):
    """The options take only whole numbers, the cells any number."""
    file, _ = random_workbook
    controls = {"new_tokens": 1.5, "top_k": 2.5, "seed": 7.25, "score": 0.5}
    assert run(file, "the cat", engine="formulas", controls=controls).notes == (
        "new tokens: expected a whole number, got 1.5; 1 is used.",
        "top-k: expected a whole number, got 2.5; 2 is used.",
        "seed: expected a whole number, got 7.25; 7 is used.",
        "score: expected 0 or 1, got 0.5; 0 is used.",
    )


def test_build_reports_a_prompt_that_does_not_fit(command, tmp_path, random_workbook):
    """The workbook is written anyway; the notes name the options that would be enough."""
    target = tmp_path / "a.xlsx"
    build = ["build", "--model", random_workbook[1], "--new-tokens", 1]
    line = [*build, "--capacity", 3, "--max-bytes", 20]
    code, _, err = command(*line, "--prompt", "the cat sat on the mat", "-o", target)
    assert code == 0
    words = [note.split("; ")[1] for note in err.splitlines()]
    assert words == ["build with --max-bytes 22 or more", f"build with {words[1][11:]}"]
    capacity = words[1].split()[3]
    line = [*build, "--capacity", capacity, "--max-bytes", 22]
    code, _, err = command(*line, "--prompt", "the cat sat on the mat", "-o", target)
    assert (code, err) == (0, "")


def test_force_replaces_other_files(command, tmp_path, random_workbook):
    """A workbook of xlgpt2 and an empty file are replaced without it."""
    file, _ = random_workbook
    for before, force in ((b"", []), (file.read_bytes(), []), (b"mine", ["--force"])):
        target = tmp_path / "a.xlsx"
        target.write_bytes(before)
        code, _, err = command("bake", file, "-o", target, *force)
        assert (code, err) == (0, "")


def test_without_a_command_it_prints_its_help(command):
    """On stdout, because it is not an error."""
    code, out, err = command()
    assert (code, err) == (0, "")
    assert out.startswith("Usage: xlgpt2 [OPTIONS] [COMMAND] [ARGS]...\n")


def test_run_takes_token_ids(command, random_workbook):
    """Overridden ids give the same prediction as their text."""
    file, _ = random_workbook
    _, out, _ = command("run", file, "--prompt", "the cat", "--json")
    from_text = json.loads(out)
    ids = from_text["token_ids"]
    _, out, _ = command("run", file, "--token-ids", ",".join(map(str, ids)), "--json")
    from_ids = json.loads(out)
    assert from_ids["token_ids"] == ids
    assert from_ids["top"] == from_text["top"]
    # The file's prompt is another one; the text continues the ids, not that prompt.
    assert (from_ids["prompt"], from_ids["text"]) == (None, from_text["text"])


def test_run_prints_the_tokens_and_the_next_one(command, random_workbook):
    """Without --json the output is for people."""
    code, out, _ = command("run", random_workbook[0], "--top", 2)
    assert code == 0
    assert "likeliest next token  '" in out
    assert "chosen      '" in out
    assert len(out.split("probability\n")[1].splitlines()) == 2


def test_verify_says_verified_and_writes_a_report(command, tmp_path, random_workbook):
    """A line per stage, the verdict last, exit code 0, and the same results as a page."""
    file, model = random_workbook
    page = tmp_path / "new" / "report.md"
    line = ("verify", file, "--model", model, "--engine", "formulas", "--no-probe")
    code, out, _ = command(*line, "--report", page)
    assert code == 0
    assert out.splitlines()[-1].startswith("verified: ")
    assert "h1 attention" in out
    text = page.read_text("utf-8")
    assert "| formulas | h1 attention |" in " ".join(text.split())


def test_verify_prints_json(command, random_workbook):
    """The same verdict for programs."""
    file, model = random_workbook
    line = ("verify", file, "--model", model, "--engine", "formulas", "--no-probe")
    code, out, _ = command(*line, "--json")
    result = json.loads(out)
    assert (code, result["verified"]) == (0, True)
    agreeing, total = result["next_token_agreement"].split(" of ")
    assert agreeing == total
    assert {stage["outcome"] for stage in result["stages"]} == {"match"}
    assert result["not_in_the_reference"] == []


def test_bake_prints_what_it_stored(command, tmp_path, random_workbook):
    """File, engine, formulas, cells, bytes and seconds; with -o the original does not change."""
    file, _ = random_workbook
    before = file.read_bytes()
    target = tmp_path / "deep" / "baked.xlsx"
    code, out, err = command("bake", file, "-o", target)
    assert (code, err) == (0, "")
    words = [line.split()[0] for line in out.splitlines()]
    assert words == ["baked", "engine", "formulas", "cells", "bytes", "seconds"]
    assert out.startswith(f"baked    {target}\nengine   formulas 1.")
    assert f"bytes    {target.stat().st_size:,}" in out
    assert file.read_bytes() == before


def test_bake_replaces_the_file(command, tmp_path, random_workbook):
    """Without -o; no other file remains."""
    file = tmp_path / "a.xlsx"
    file.write_bytes(random_workbook[0].read_bytes())
    code, out, _ = command("bake", file, "--engine", "formulas")
    assert code == 0
    assert f"baked    {file}" in out
    assert file.read_bytes() != random_workbook[0].read_bytes()
    assert list(tmp_path.iterdir()) == [file]


def test_show_lists_tabs_or_the_formulas_of_one(command, random_workbook):
    """The plan is printed without building: all tabs, or a tab's addresses and formulas."""
    code, out, _ = command("show", "--model", random_workbook[1])
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if line.startswith("h1")] == ["h1"] * 6
    code, out, _ = command("show", "h1 mlp up", "--model", random_workbook[1])
    assert code == 0
    assert "{=IF(Tokens!$J8=1,0.5*" in out
    assert "the tensor h.1.mlp.c_fc.weight of the checkpoint" in out


@pytest.mark.parametrize(
    "options",
    [
        {"lean": False},
        {"lean": True},
        {"precision": Precision("int8")},
        {"precision": Precision("int8"), "lean": True},
        {"split": True},
    ],
)
def test_every_tab_can_be_shown(random_workbook, options):
    """In every variant of the workbook; each range is listed."""
    decided = design(random_workbook[1], 2, 4, new_tokens=1, **options)
    for part in split(decided) if "split" in options else [decided]:
        for tab in part.plan.tabs:
            output = show.plan(part, tab.name)
            assert all(f"\n{placed.range.name} " in output for placed in tab.placed)
    output = show.plan(decided, "Check")
    assert "recorded at the build: the sum of squares of each" in output


def test_diff_exits_with_1_if_something_differs(command, tmp_path, random_workbook):
    """Differences go to stdout, as lines or as JSON; the exit code is 0 for the same contents."""
    file, _ = random_workbook
    other = sabotaged(file, tmp_path / "a.xlsx", "Guide", replaced("<v>1e-05</v>", "<v>1e-06</v>"))
    code, out, err = command("diff", file, other)
    assert (code, err) == (1, "")
    assert out.splitlines()[2:] == ["Guide: layer_norm_epsilon: 1e-05 -> 1e-06"]
    code, out, _ = command("diff", file, other, "--json")
    assert (code, json.loads(out)["same"]) == (1, False)
    again = sabotaged(file, tmp_path / "b.xlsx", "Guide", replaced("</f>", "</f><v>7</v>"))
    code, out, err = command("diff", file, again)
    assert (code, err) == (0, "")
    assert out.endswith("same contents, different bytes: formatting, cached values or the writer\n")


def test_doctor_lists_every_engine(command):
    """A line for each, with its version or how to install it."""
    code, out, _ = command("doctor")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "formulas",
        "libreoffice",
        "ironcalc",
        "cellrune",
        "gnumeric",
        "formulon",
    ]


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_the_list_of_commands_says_what_their_helps_say(name):
    """The list is printed without importing the commands."""
    command = command_line.cli.get_command(None, name)
    assert command.name == name
    assert command.get_short_help_str(limit=1000) == command_line.COMMANDS[name]


def test_commands_are_listed_in_the_order_of_use(command):
    """A reader of the help needs build first; names alone would put bake there."""
    _, out, _ = command("--help")
    listed = re.findall(r"^  ([a-z]+) +[A-Z]", out.partition("Commands:")[2], re.MULTILINE)
    assert listed == ["build", "run", "verify", "show", "diff", "bake", "doctor"]


def test_long_lists_of_tokens_are_wrapped():
    """No line is longer than 100 characters, and each entry is whole."""
    entries = [f"' token' {i} 99.9%" for i in range(20)]
    lines = wrapped("chosen", entries).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line[:12] for line in lines] == ["chosen      ", *[" " * 12] * (len(lines) - 1)]
    assert "  ".join(line[12:] for line in lines) == "  ".join(entries)


#: What takes long to import, and modules of the program that import it.
HEAVY = (
    "numpy",
    "pandas",
    "openpyxl",
    "rich",
    "pydantic",
    "formulas",
    "scipy",
    "xlgpt2.checkpoint",
)


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--version"], HEAVY),
        (["--help"], HEAVY),
        (["nonsense"], HEAVY),
        (["run", "nowhere.xlsx"], ("pandas", "xlgpt2.writer", "xlgpt2.reference", "xlgpt2.diff")),
        (["diff", "nowhere.xlsx", "nowhere.xlsx"], ("pandas", "formulas", "xlgpt2.checkpoint")),
        (["doctor"], ("pandas", "rich", "xlgpt2.checkpoint")),
        (["build", "--model", "nowhere"], ("pandas", "formulas", "xlgpt2.diff")),
    ],
    ids=lambda value: " ".join(value[:1]),
)
def test_a_command_imports_only_what_it_uses(arguments, heavy):
    """Libraries take a second to import, which --version and --help should not."""
    program = (
        "import atexit, sys; from xlgpt2.__main__ import main; sys.argv[0] = 'xlgpt2'; "
        "atexit.register(lambda: print('imported', *sys.modules)); main()"
    )
    line = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    imported = done.stdout.splitlines()[-1].split()
    assert imported[0] == "imported", done.stderr
    assert "xlgpt2.cli.main" in imported
    assert sorted(set(heavy) & set(imported)) == []


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_help_shows_an_example(command, name):
    """Every command's help has an example that calls it."""
    code, out, _ = command(name, "--help")
    assert code == 0
    assert f"Example:\n    xlgpt2 {name}" in out


# what is wrong, the arguments ({file} and {model} are valid), a part of the one-line error
REFUSED = [
    ("no second file", ["diff", "{file}", "nowhere.xlsx"], "nowhere.xlsx: expected an existing file"),
    ("a file that is not a workbook", ["diff", __file__, "{file}"], "test_cli.py: expected an .xlsx file"),
    ("a workbook and a folder", ["diff", "{file}", "{model}"], "expected two files or two folders"),
    ("a folder without workbooks", ["diff", "{model}", "{model}"], "expected workbooks 01-text.xlsx"),
    ("no file to bake", ["bake", "nowhere.xlsx"], "nowhere.xlsx"),
    ("baking a file that is not a workbook", ["bake", __file__, "-o", "/dev/null/a.xlsx"], "test_cli.py"),
    ("baking a folder", ["bake", "{model}"], "expected a file, got a folder"),
    ("baking into a folder", ["bake", "{file}", "-o", "{model}"], "is a directory"),
    ("baking in an unknown engine", ["bake", "{file}", "--engine", "abacus"], "abacus"),
    ("baking to an impossible path", ["bake", "{file}", "-o", "/dev/null/a.xlsx"], "/dev/null/a.xlsx: expected a writable file"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "arguments", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_input_gets_one_line_and_a_hint(command, random_workbook, what, arguments, words):
    names = {"{file}": random_workbook[0], "{model}": random_workbook[1]}
    code, out, err = command(*(names.get(argument, argument) for argument in arguments))
    assert (code, out) == (2, ""), what
    error, blank, hint = err.rstrip("\n").split("\n")
    assert error.startswith("error: ")
    assert blank == ""
    assert hint.startswith("hint: ")
    assert len(hint) > len("hint: ")
    assert words in error, what


@pytest.mark.slow
def test_a_missing_engine_is_an_error_only_if_required(command, random_workbook, monkeypatch):
    """With --engine all every engine must run; by default only the installed ones do."""
    monkeypatch.setattr(LibreOfficeEngine, "version", lambda self: None)
    monkeypatch.setenv("XLGPT2_SOFFICE", "/nowhere/soffice")
    file, model = random_workbook
    line = ("verify", file, "--model", model, "--prompt", "the cat")
    code, out, _ = command(*line, "--engine", "all")
    assert code == 2
    assert "error: engine libreoffice: engine failed: " in out
    code, out, _ = command(*line)
    assert code == 0
    assert "libreoffice" not in out


def test_python_m_is_the_same_command(random_workbook):
    """`python -m xlgpt2` from a shell: data on stdout, exit code 0."""
    line = [sys.executable, "-m", "xlgpt2", "run", str(random_workbook[0]), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["engine"] == "formulas"
