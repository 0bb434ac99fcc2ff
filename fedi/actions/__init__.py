"""What people and peers do: one verb of a noun a function, each in one transaction."""
