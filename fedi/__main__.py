"""`python -m fedi` is `fedi`."""

from fedi.cli.main import main

if __name__ == "__main__":
    main()
