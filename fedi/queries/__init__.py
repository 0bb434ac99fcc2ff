"""Every read of rows that needs more than an id: who sees what, lists, posts loaded whole. Writes nothing."""
