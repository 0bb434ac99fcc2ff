"""The migrations as the first version shipped them: tests start from its databases."""
