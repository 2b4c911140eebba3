"""The command line: options in, exit code out; data on stdout, progress on stderr.

Exit codes: 0 done or verified, 1 differences found, 2 could not run.
"""

from __future__ import annotations

import click

from xlgpt2._version import __version__
from xlgpt2.cli.bake import bake
from xlgpt2.cli.build import build
from xlgpt2.cli.diff import diff
from xlgpt2.cli.doctor import doctor
from xlgpt2.cli.exit_codes import exit_codes
from xlgpt2.cli.run import run
from xlgpt2.cli.show import show
from xlgpt2.cli.verify import verify


@click.group(
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


for _command in (build, run, verify, show, doctor, bake, diff):
    cli.add_command(_command)


def main() -> None:
    """Run a command; errors become one line, a hint and exit code 2."""
    with exit_codes():
        cli.main(prog_name="xlgpt2", standalone_mode=False)
