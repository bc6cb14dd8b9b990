"""Consent: releases, release links, proposals, receipts, ledger."""
