"""Lets ``python -m backend.cli`` be the ``openreg`` command where the script is not on the path."""

from backend.cli import main

main()
