"""The library in the formats of other libraries: written here, seen through access as elsewhere."""
