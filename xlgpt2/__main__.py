"""The program: the command line, with the same behaviour whatever else is installed."""

import os


def main() -> None:
    """The entry point of `xlgpt2` and of `python -m xlgpt2`."""
    # If lxml is installed openpyxl writes with it, and after a write to a full disk a second error
    # in its destructor would print a traceback that can't be caught.
    os.environ.setdefault("OPENPYXL_LXML", "False")

    from xlgpt2.cli import main as command_line  # noqa: PLC0415 - openpyxl reads the variable when it is imported

    command_line.main()


if __name__ == "__main__":
    main()
