"""``python -m einklang`` is the ``einklang`` command."""

from einklang.cli import main

main()
