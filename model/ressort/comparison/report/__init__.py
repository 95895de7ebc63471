"""The report of a comparison: one page of HTML and its PDF, in English and French."""
