"""The command doctor: which engines are installed, and how to install the others."""

from __future__ import annotations

import click

from xlgpt2.engines import ENGINES, get_engine, version_text


@click.command()
def doctor() -> None:
    """List the installed engines, their versions, and how to install missing ones.

    \b
    Example:
      xlgpt2 doctor
    """
    click.echo(engines())


def engines() -> str:
    """Every engine with its version, or how to install it."""
    lines = []
    for name in ENGINES:
        engine = get_engine(name)
        version = engine.version()
        state = version_text(name, version) if version else f"missing: {engine.how_to_install}"
        lines.append(f"{name:<12} {state}")
    return "\n".join(lines)
