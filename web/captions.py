"""A transcript as WebVTT (W3C), for the player's captions."""

from library.exports.webvtt import captions as webvtt

__all__ = ["webvtt"]
