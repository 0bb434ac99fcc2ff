"""What the client API answers with, as structs, each made from rows that are loaded already."""
