"""To-do items of the signed-in person."""
