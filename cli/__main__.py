"""`python -m cli` is `rumbo`."""

from cli.main import main

main()
