"""``python -m rabta``."""

from rabta.cli import main


main()
