"""Train the styles that ship with fedi. Nothing here runs on a server; `fedi` never imports it."""
