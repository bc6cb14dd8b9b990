"""Decoding and encoding of media. Only this package imports PyAV."""
