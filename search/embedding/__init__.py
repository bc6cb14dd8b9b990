"""Text and speaker models, run by ONNX Runtime or sentence-transformers."""
