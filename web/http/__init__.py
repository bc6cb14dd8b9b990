"""Request and response: context, parameters, errors, paging, ETags, idempotency."""
