"""A process that packs parts: it reads them from standard input and writes the packed parts."""

from __future__ import annotations

import pickle
import sys

from xlgpt2.errors import XlGpt2Error
from xlgpt2.xlsx.packing.deflate import pack


def main() -> None:
    """Answer until the input ends."""
    while True:
        try:
            part = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: object = pack(part)
        except XlGpt2Error as error:
            answer = error
        pickle.dump(answer, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
