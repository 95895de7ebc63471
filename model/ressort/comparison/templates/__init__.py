"""The page of a report: its template and style."""
