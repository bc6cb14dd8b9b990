"""Automatic speech recognition. Only this package imports faster-whisper."""
