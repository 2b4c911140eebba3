"""The command line: options in, exit code out; data on stdout, progress on stderr.

Exit codes: 0 done or verified, 1 differences found, 2 could not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from xlgpt2._version import __version__
from xlgpt2.cli.exit_codes import exit_codes

#: The commands in the order of use, each in a module of its name, and how their helps begin.
COMMANDS: Mapping[str, str] = {
    "build": "Write a checkpoint as a workbook.",
    "lessons": "Write a workbook of lessons: how a language model works, with exercises.",
    "run": "Recalculate a workbook in an engine and print what it predicts.",
    "verify": "Recalculate a workbook and compare every named range with the numpy reference.",
    "show": "Print the plan of a workbook without building it: all tabs, or the ranges of one.",
    "diff": "List the tabs, named ranges, formulas and weights that differ between two workbooks.",
    "bake": "Recalculate a workbook in an engine and store the results as cached values.",
    "doctor": "List the installed engines, their versions, and how to install missing ones.",
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

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - what a command returns
        """Run a command; a usage error without a context gets that of the command.

        click gives an option without its value no context, from which the hint takes its command.
        """
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.invoked_subcommand
            command = self.get_command(ctx, name) if name else None
            if error.ctx is None and command is not None:
                error.ctx = click.Context(command, parent=ctx, info_name=name)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, in their order."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


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
