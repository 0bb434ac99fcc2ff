"""fedi version."""

from importlib import metadata

import click


@click.command()
def version() -> None:
    """Print the version."""
    print(metadata.version("fedi"))
