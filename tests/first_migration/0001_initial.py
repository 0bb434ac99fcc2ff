"""The first migration, as it stands in `migrations`."""

from importlib import import_module

Migration = import_module("migrations.0001_initial").Migration
