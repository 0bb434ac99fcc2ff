"""Pictures: recognised, decoded within limits, labelled, and stored."""
