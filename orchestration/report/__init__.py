"""The report of a release: one page that opens without a server, made from `metrics.duckdb` alone."""
