"""Sessions as other libraries and other programs read them."""
