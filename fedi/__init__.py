"""fedi: an ActivityPub server anyone can host, with an art studio inside. ARCHITECTURE.md is the map."""
