"""`python -m classifiers.evaluation` judges the rules by the cases and keeps how far they agree."""

from classifiers.evaluation.case_agreement import RULES_FILE, rows_as_json, rules_rows

if __name__ == "__main__":
    RULES_FILE.write_bytes(rows_as_json(rules_rows()))
