"""Entry point of `python -m web`, equivalent to the command `living-history`."""

from web.cli import main

main()
