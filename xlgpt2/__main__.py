"""`python -m xlgpt2`: the same as the command `xlgpt2`."""

from xlgpt2.cli import main

main()
