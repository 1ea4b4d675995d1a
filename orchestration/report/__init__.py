"""The report of a release: one page that opens without a server, made from `metrics.duckdb` alone."""

REPORT, PAGE = "report", "index.html"
"""Folder and file of the page in a release."""
