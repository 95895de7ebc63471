"""Territories met by shocks, with and without cooperation: the evidence and its report."""
