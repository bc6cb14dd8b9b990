"""Collections, their members, tree, covers and picks."""
