"""``python -m meterstatus``: the same commands as ``meterstatus``."""

from meterstatus.programs import cli

if __name__ == "__main__":
    cli.main()
