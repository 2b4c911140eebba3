"""The program: the command line in an environment that is the same wherever it is installed."""

import os


def main() -> None:
    """The entry point of `xlgpt2` and of `python -m xlgpt2`."""
    # Where lxml is installed openpyxl would write by it, and what a full disk leaves half written
    # would fail once more when Python throws it away, with a traceback that nobody can catch.
    os.environ.setdefault("OPENPYXL_LXML", "False")

    from xlgpt2.cli import main as command_line  # noqa: PLC0415 - openpyxl looks at it once, when it is imported

    command_line.main()


if __name__ == "__main__":
    main()
