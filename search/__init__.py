"""Search: index, embedding, ranking, results, topic map."""
