"""What is declared in advance is written down: the log of test sets, the rules on the judged cases."""

from classifiers.evaluation.case_agreement import RULES_FILE, read_rules_rows, rows_as_json, rules_rows
from classifiers.rules.labeller import RULES_CLASSIFIERS, rules_fingerprint
from orchestration.measures.primary_set import current_set, declared_sets, hash_of_tests


def test_the_declared_tests_are_those_of_the_newest_line_of_the_log() -> None:
    assert current_set().hash == hash_of_tests()


def test_sets_are_declared_one_after_another_and_each_but_once() -> None:
    days = [one.declared_on for one in declared_sets()]
    assert days == sorted(days)
    assert len({one.hash for one in declared_sets()}) == len(days)


def test_kept_agreement_of_the_rules_is_that_of_the_rules() -> None:
    """Where it is not, `python -m classifiers.evaluation` writes it anew."""
    assert RULES_FILE.read_bytes() == rows_as_json(rules_rows())


def test_every_question_that_rules_answer_is_judged_under_its_fingerprint() -> None:
    judged = {(row.classifier, row.fingerprint) for row in read_rules_rows() if row.kappa is not None}
    assert judged == {(one.name, rules_fingerprint(one.name)) for one in RULES_CLASSIFIERS}
