"""`python -m web`: the same as `living-history`."""

from web.cli import main

main()
