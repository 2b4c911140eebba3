"""The command doctor: which engines are installed, and how to install the others."""

from __future__ import annotations

import click

from xlgpt2.engines import ENGINES, get_engine


@click.command()
def doctor() -> None:
    """Say which engines are here, their versions, and how to get what is missing.

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
        lines.append(
            f"{name:<12} {version}" if version else f"{name:<12} missing: {engine.how_to_install}"
        )
    return "\n".join(lines)
