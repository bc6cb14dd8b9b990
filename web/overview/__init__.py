"""Explore page, topic map, unanswered questions and their API resources."""
