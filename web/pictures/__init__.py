"""Pictures of the library: drawn here as SVG, read without a script, with their words beside."""
