"""The canary: a few forms of secrets that redaction always removes, looked for once more in the text.

Not a second redaction: few, anchored, without false alarms (a false one stops a date), and written
apart from `orchestration/ingest/redaction/redact.py`, so that one fault does not blind both.
"""

SECRET_PATTERNS: dict[str, str] = {
    "anthropic_key": r"\bsk-ant-[a-z]{3}[0-9]{2}-[A-Za-z0-9_-]{80,}",
    "aws_access_key": r"\b(AKIA|ASIA)[A-Z2-7]{16}\b",
    "github_token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "github_fine_grained_token": r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
    "google_api_key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "slack_token": r"\bxox[abp]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{20,}",
    "stripe_live_key": r"\b[sr]k_live_[A-Za-z0-9]{24,}",
    "private_key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(\\n|\s)+[A-Za-z0-9+/]{40}",
}


def secret_found_sql(column: str) -> str:
    """Expression: whether any pattern is found in the text; null where the text is null."""
    pattern = "|".join(f"({form})" for form in SECRET_PATTERNS.values()).replace("'", "''")
    return f"regexp_matches({column}, '{pattern}')"
