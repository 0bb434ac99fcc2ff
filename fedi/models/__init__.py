"""The rows: columns, constraints and what one row knows of itself. No queries, no rendering."""
