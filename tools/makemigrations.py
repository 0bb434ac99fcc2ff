"""Write the migration that leads from the last one to the models: `make migration NAME=what_changes`."""

import asyncio
import sys
from pathlib import Path

from tortoise.context import TortoiseContext, _current_context
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import format_migration_name

from fedi.db import tortoise_config


async def main(name: str) -> None:
    """Compare the models with the state after all migrations and write what is missing."""
    config = tortoise_config(Path(":memory:"), migrating=True)
    config["apps"]["fedi"]["migrations"] = "migrations"
    context = TortoiseContext()
    _current_context.set(context)
    await context.init(config=config, init_connections=False)
    writers = await MigrationAutodetector(context.apps, config["apps"]).changes()
    for writer in writers:
        if name:
            writer.name = format_migration_name(int(writer.name.split("_", 1)[0]), name)
        print(writer.write())
    if not writers:
        print("The models are as the migrations left them.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
