"""The pages: server-rendered HTML for people, usable without JavaScript."""
