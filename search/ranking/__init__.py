"""Ranking of passages for a question: intent, candidates, scores, answerability."""
