"""The command line: options in, exit code out; data on stdout, progress on stderr.

Exit codes: 0 done or verified, 1 differences found, 2 could not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from xlgpt2._version import __version__
from xlgpt2.cli.exit_codes import exit_codes

#: The commands, each in a module of its name, and the first sentences of their helps.
COMMANDS: Mapping[str, str] = {
    "bake": "Recalculate a workbook in an engine and store the results as cached values.",
    "build": "Write a checkpoint as a workbook.",
    "diff": "List the tabs, named ranges, formulas and weights that differ between two workbooks.",
    "doctor": "List the installed engines, their versions, and how to install missing ones.",
    "run": "Recalculate a workbook in an engine and print what it predicts.",
    "show": "Print the plan of a workbook without building it: all tabs, or the ranges of one.",
    "verify": "Recalculate a workbook and compare every named range with the numpy reference.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called.

    The list of commands is printed from COMMANDS: the libraries behind them take a second to
    import.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, or None if there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"xlgpt2.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        listed = {name: click.Command(name, help=text) for name, text in COMMANDS.items()}
        click.Group(commands=listed).format_commands(ctx, formatter)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="xlgpt2")
@click.pass_context
def cli(context: click.Context) -> None:
    """GPT-2 as a spreadsheet: build the workbook, run it, verify it.

    \b
    Example:
      xlgpt2 build -o gpt2.xlsx
      xlgpt2 run gpt2.xlsx --prompt "Mike is quick. He moves"
      xlgpt2 verify gpt2.xlsx
      xlgpt2 bake gpt2.xlsx

    Exit codes: 0 done or verified, 1 differences found, 2 could not run; 128 plus the number of
    the signal that stopped it.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> None:
    """Run a command; errors become one line, a hint and exit code 2."""
    with exit_codes():
        cli.main(prog_name="xlgpt2", standalone_mode=False)
