"""The command `evaluate`: the catalog's cases judge the rules and, with a key and a budget, Claude.

Claude's answers on cases go through the same requests, ledger and evidence check as labels, in a ledger of
their own: a second evaluation of the same prompts costs nothing. Cases are regression tests, not validation:
how far Claude agrees with them is kept in the home, and decides only where no person has reviewed.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from classifiers.answers.answer import Answer
from classifiers.asking.questionnaire import Questionnaire, chosen_classifiers
from classifiers.asking.session_asks import SessionAsking
from classifiers.asking.step_answers import answer_of
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.evaluation.agreement import Estimate, Rate
from classifiers.evaluation.case_agreement import (
    CaseAgreement,
    agreement_rows,
    read_rows,
    read_rules_rows,
    rows_as_json,
)
from classifiers.evaluation.cases import Case, read_cases
from classifiers.evaluation.evaluate import Evaluation, evaluate
from classifiers.evaluation.observed_values import answered_by_rules, rules_observed
from classifiers.label_rows.evidence_check import check_evidence
from classifiers.label_rows.record_facts import record_facts
from classifiers.ledger.ledger import Ledger
from classifiers.rules.labeller import RULES_CLASSIFIERS
from classifiers.send import ask_now, open_client
from classifiers.subject.session_subjects import SessionSubjects
from orchestration.failures import RunStoppedError
from orchestration.labelling.choices import (
    budget_of,
    client_options_of,
    evaluation_ledger,
    limits_of,
    questionnaire_of,
    redactor_of,
    send_limits_of,
)
from orchestration.progress import reporter_for
from orchestration.settings import Settings, has_api_key

CLAUDE = "claude"
EVALUATION_FILE = "evaluation.json"
SPLITS = ("dev", "test", "both")
ROUNDS = 3
PLAIN_WIDTH = 140
"""Columns of the tables where the output is no terminal."""


def evaluate_labellers(settings: Settings, console: Console, *, names: Sequence[str], split: str) -> None:
    """Print how far each labeller agrees with the cases, per classifier and per class."""
    if split not in SPLITS:
        raise RunStoppedError(f"split is {split!r}; choose one of {', '.join(SPLITS)}.")
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    chosen = chosen_classifiers(CATALOG, names)
    cases = {one: _cases(one, split) for one in chosen}
    by_rules = [
        evaluate(one, rules_observed(one, own), cases=own)
        for one in chosen
        if one in RULES_CLASSIFIERS
        for own in [answered_by_rules(one, cases[one])]
    ]
    _print(console, "Rules", by_rules)
    if not has_api_key(settings) or not settings.budget_usd:
        console.print(
            "Claude is not asked: set ANTHROPIC_API_KEY and give a budget with --budget-usd (make: "
            "BUDGET_USD=).",
            highlight=False,
        )
        return
    with reporter_for(console).task("Asking Claude about the cases") as advance:
        by_claude = []
        for done, one in enumerate(chosen, start=1):
            by_claude.append(evaluate(one, _ask_claude(settings, one, cases[one]), cases=cases[one]))
            advance(done, len(chosen))
    _print(console, settings.label_model, by_claude)
    if split != "dev":
        _keep(settings, by_claude, chosen)


def kept_on_cases(settings: Settings) -> tuple[CaseAgreement, ...]:
    """How far the labellers agree with the cases: the rules as shipped, Claude as last evaluated here."""
    return (*read_rules_rows(), *read_rows(settings.home / EVALUATION_FILE))


def _keep(settings: Settings, by_claude: Sequence[Evaluation], chosen: Sequence[Classifier]) -> None:
    """Keep the figures of the evaluated questions in place of earlier ones; prompts saw the dev cases."""
    path = settings.home / EVALUATION_FILE
    names = tuple(one.name for one in chosen)
    prints = questionnaire_of(settings, names=names).fingerprints
    rows = [row for row in read_rows(path) if row.classifier not in names]
    for one, found in zip(chosen, by_claude, strict=True):
        rows += agreement_rows(one, found, labeller=CLAUDE, fingerprint=prints[one])
    partial = path.with_suffix(".partial")
    partial.write_bytes(rows_as_json(rows))
    partial.replace(path)


def _cases(classifier: Classifier, split: str) -> tuple[Case, ...]:
    return tuple(case for case in read_cases(classifier) if split in ("both", case.split))


def _ask_claude(
    settings: Settings, classifier: Classifier, cases: Sequence[Case]
) -> dict[str, Answer | None]:
    """Claude's answer on every case, its evidence checked; None where there is none that can be used."""
    questionnaire = questionnaire_of(
        settings.model_copy(
            update={"label_quiet_hours": 0, "label_replicate_share": 0.0, "label_study_c_share": 0.0}
        ),
        names=(classifier.name,),
    )
    run_id = f"evaluation-{uuid4().hex[:12]}"
    with evaluation_ledger(settings) as ledger:
        for _ in range(ROUNDS):
            requests = [
                request
                for case in cases
                for request in _asking(settings, questionnaire, ledger, case)
                .asks(case.frame, now=case.session.ended_at + timedelta(days=1))
                .requests
            ]
            if not requests:
                break
            with (
                ledger.sending(run_id, budget_of(settings)),
                open_client(client_options_of(settings)) as client,
            ):
                limits = send_limits_of(settings, request_count=len(requests))
                asyncio.run(ask_now(requests, client=client, ledger=ledger, run_id=run_id, limits=limits))
        return {case.case_id: _answer(ledger, questionnaire, classifier, case) for case in cases}


def _asking(settings: Settings, questionnaire: Questionnaire, ledger: Ledger, case: Case) -> SessionAsking:
    (classifier,) = questionnaire.classifiers
    subjects = SessionSubjects(
        case.frame,
        redactor=redactor_of(settings),
        limits=limits_of(settings),
        turn_ends=classifier.turn_ends,
    )
    rows = list(ledger.requests_of([case.session.session_id]))
    return SessionAsking(questionnaire, subjects, rows, day=case.session.ended_at.date())


def _answer(
    ledger: Ledger, questionnaire: Questionnaire, classifier: Classifier, case: Case
) -> Answer | None:
    """The newest answer to the question itself, as it is after the evidence check."""
    own = questionnaire.fingerprints[classifier]
    rows = [
        row
        for row in ledger.requests_of([case.session.session_id])
        if row.fingerprint == own and row.unit_id == case.unit_id(classifier) and row.state == "answered"
    ]
    steps = {step.name: step for step in classifier.steps}
    answers = {row.step: answer_of(steps[row.step], classifier, row) for row in rows}
    last = answers.get(classifier.steps[-1].name)
    if last is None:
        return None
    earlier = [one for step in classifier.steps[:-1] if (one := answers.get(step.name)) is not None]
    facts = record_facts(case.session)
    return check_evidence(classifier, last, rows[-1].record_ids, facts, earlier=earlier).answer


def _print(console: Console, labeller: str, evaluations: Sequence[Evaluation]) -> None:
    table = Table(title=f"{labeller} on the cases (95 % intervals)", title_justify="left")
    for heading in ("classifier", "field", "cases right", "adversarial", "kappa", "weighted kappa"):
        table.add_column(heading)
    classes = Table(title=f"{labeller}, by class", title_justify="left")
    for heading in ("classifier", "field", "class", "n", "precision", "recall", "F1"):
        classes.add_column(heading)
    for one in evaluations:
        for field in one.fields:
            agreement = field.agreement
            table.add_row(
                one.classifier,
                field.field,
                _rate(one.right),
                _rate(one.adversarial),
                _estimate(agreement.kappa),
                _estimate(agreement.weighted_kappa),
            )
            for each in agreement.classes:
                scores = (_rate(each.precision), _rate(each.recall), _estimate(each.f1))
                classes.add_row(one.classifier, field.field, each.label, str(each.support), *scores)
    console.print(table)
    console.print(classes)
    for one in evaluations:
        for miss in one.misses:
            console.print(
                f"  {miss.case_id}: {miss.field} is {miss.observed}, expected {miss.expected}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )


def _rate(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "none"
    return f"{rate.value:.2f} [{rate.low:.2f} – {rate.high:.2f}]"


def _estimate(estimate: Estimate | None) -> str:
    if estimate is None:
        return "undefined"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} [{estimate.low:.2f} – {estimate.high:.2f}]"
