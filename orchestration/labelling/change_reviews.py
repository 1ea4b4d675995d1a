"""The retrospective review by Claude (B8): findings on changes, and whether they name the known bug.

Belongs here: what the reviewer and the judge are shown, asking within the budget, landing. The reviewer sees
the files of the change and nothing else; the judge sees the findings and the bug. Not here: which changes
there are (change_reviews.find_changes), figures (estimates.retrospective_reviews). A change's own id takes
the place of a session's in the ledger, and the lake knows whose it is before anything is asked, so that
deleting a person finds what was asked about their changes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from classifiers.asking.eligibility import is_sampled
from classifiers.asking.envelope import Envelope
from classifiers.asking.plan import Plan
from classifiers.asking.question import fingerprint
from classifiers.asking.questionnaire import REPLICATES, Unit
from classifiers.asking.session_asks import SessionAsks, Stand
from classifiers.change_review.findings import CHANGE_FINDINGS
from classifiers.change_review.findings.labels import ChangeFindingsAnswer
from classifiers.change_review.match import CHANGE_MATCH
from classifiers.change_review.match.labels import ChangeMatchAnswer
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import Ledger, LedgerRequest
from classifiers.subject.safe_text import SafeText, UnsendableSubjectError
from classifiers.subject.subject import RENDERING_VERSION, fenced_blocks
from classifiers.subject.token_estimate import estimated_tokens
from orchestration.change_reviews.find_changes import ChangeSearch, FoundChange
from orchestration.change_reviews.introducing import FileText
from orchestration.change_reviews.rows import CHANGES, ReviewedChange, ReviewStatus
from orchestration.clusters.land_clusters import write_table
from orchestration.forgetting.tombstones import deleted_people
from orchestration.git_history.authors import Author, Authors
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.ingest.redaction.redact import Redactor
from orchestration.labelling.apart_question import ApartQuestion, Asked
from orchestration.labelling.ask_apart import ask_apart, in_rounds, plan_apart
from orchestration.labelling.choices import open_ledger, questionnaire_of, redactor_of
from orchestration.progress import Advance
from orchestration.settings import Settings

ROUNDS = 4
"""Findings, the verdict on them, and a repeat of each after an error."""

CHANGE_RENDERING = "change 1"
"""Raised with every change of what is shown of a change: part of the fingerprints."""

FIX_CHARS = 20_000
"""Characters of a fix that the judge is shown at most."""


@dataclass(frozen=True)
class ReviewQuestions:
    """The two questions; the judge's fingerprint holds the reviewer's."""

    findings: Asked
    match: Asked


def review_questions_of(settings: Settings) -> ReviewQuestions:
    """The questions as the settings have them: who reviews, the labels' model by default."""
    judge = questionnaire_of(settings).default
    model = settings.change_reviewer_model
    findings = _asked(CHANGE_FINDINGS, replace(judge, model=model) if model else judge)
    return ReviewQuestions(findings, _asked(CHANGE_MATCH, judge, findings.fingerprint))


def plan_reviews(settings: Settings) -> Plan:
    """What can be asked now and would cost; verdicts on findings come on top. Nothing is sent."""
    with open_ledger(settings) as ledger:
        return plan_apart(settings, CHANGE_FINDINGS.name, _asks(settings, ledger, _changes(settings)))


def ask_reviews(
    settings: Settings, *, run_id: str, budget_usd: Decimal | None = None, advance: Advance | None = None
) -> int:
    """Ask for findings and for the verdicts on them, within the budget; requests sent.

    Raises what `ask_dates` raises.
    """
    changes = _changes(settings)
    if not changes:
        return 0
    land_reviews(settings)

    rounds = in_rounds(lambda ledger: _asks(settings, ledger, changes), ROUNDS)
    return ask_apart(settings, rounds, run_id=run_id, budget_usd=budget_usd, advance=advance)


def land_reviews(settings: Settings) -> dict[str, int]:
    """Write the reviews that the ledger holds; how many changes there are, by set and status."""
    rows: list[ReviewedChange] = []
    changes = _changes(settings)
    if changes:
        questions, longest = review_questions_of(settings), settings.label_max_prompt_tokens
        with open_ledger(settings) as ledger:
            for change in changes:
                held = list(ledger.requests_of([change.change_id]))
                rows += (
                    _row(_Review(questions, change, replicate), held, longest)
                    for replicate in range(_replicates(settings, change))
                )
    write_table(settings.lake_dir, CHANGES, rows)
    counts = Counter(f"{row.change_set}_{row.status}" for row in rows if row.replicate == 0)
    return dict(counts)


def _changes(settings: Settings) -> list[FoundChange]:
    """The changes to review; none by default, and none of a person whose data was deleted."""
    if not settings.change_review_share or not settings.repositories:
        return []
    pseudonyms = Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
    with deleted_people(settings) as deleted:

        def is_deleted(author: Author) -> bool:
            return deleted is not None and deleted.has_author(author.user_id, author.key)

        search = ChangeSearch(
            settings.lake_dir, settings.repositories, settings.change_review_share, pseudonyms,
            Authors(pseudonyms, settings.users), is_deleted,
        )  # fmt: skip
        return list(search.changes())


def _replicates(settings: Settings, change: FoundChange) -> int:
    repeats = is_sampled(
        settings.label_replicate_share, seed=f"repeat {CHANGE_FINDINGS.name}", unit_id=change.change_id
    )
    return REPLICATES if repeats else 1


def _asks(settings: Settings, ledger: Ledger, changes: Sequence[FoundChange]) -> Iterator[SessionAsks]:
    questions, redactor = review_questions_of(settings), redactor_of(settings)
    for change in changes:
        rows = list(ledger.requests_of([change.change_id]))
        for replicate in range(_replicates(settings, change)):
            review = _Review(questions, change, replicate)
            yield review.asks(rows, redactor, longest=settings.label_max_prompt_tokens)


@dataclass(frozen=True)
class _Review:
    """One review of one change."""

    questions: ReviewQuestions
    change: FoundChange
    replicate: int

    @property
    def findings(self) -> ApartQuestion:
        return self._question(self.questions.findings)

    @property
    def match(self) -> ApartQuestion:
        return self._question(self.questions.match)

    def found(self, rows: Sequence[LedgerRequest]) -> ChangeFindingsAnswer | None:
        answer = self.findings.answer(rows)
        return answer if isinstance(answer, ChangeFindingsAnswer) else None

    def verdict(self, rows: Sequence[LedgerRequest]) -> ChangeMatchAnswer | None:
        answer = self.match.answer(rows)
        return answer if isinstance(answer, ChangeMatchAnswer) else None

    def needs_verdict(self, rows: Sequence[LedgerRequest]) -> bool:
        """Whether there is a bug and anything that could name it."""
        found = self.found(rows)
        return self.change.bug is not None and found is not None and bool(found.findings)

    def asks(self, rows: Sequence[LedgerRequest], redactor: Redactor, *, longest: int) -> SessionAsks:
        """What can be asked now: the review, then the verdict on it."""
        question = self.match if self.needs_verdict(rows) else self.findings
        stand = question.stand(rows)
        stands: list[tuple[Unit, Stand]] = [(question.unit, stand)]
        if stand.step is None:
            return SessionAsks(stands)
        try:
            document = self._judged(rows, redactor) if question.asked is self.questions.match else None
            document = document or self._reviewed(redactor)
        except UnsendableSubjectError:
            return SessionAsks(stands)
        if estimated_tokens(document) > longest:
            return SessionAsks([])
        return SessionAsks(stands, [question.request(stand, document=document)])

    def is_too_long(self, longest: int) -> bool:
        return sum(estimated_tokens(file.text) for file in self.change.files) > longest

    def _reviewed(self, redactor: Redactor) -> str:
        """The files of the change, and nothing else."""
        safe = SafeText(redactor, self.change.change_id)
        return fenced_blocks(
            (f"[d{number}] observed · a changed file", safe.made_safe(_shown(file))[0])
            for number, file in enumerate(self.change.files, start=1)
        )

    def _judged(self, rows: Sequence[LedgerRequest], redactor: Redactor) -> str:
        """The bug with its fix, then the findings."""
        safe = SafeText(redactor, self.change.change_id)
        found = self.found(rows)
        assert found is not None  # a verdict is asked for only where there are findings
        fix = "\n".join(_shown(file) for file in self.change.fix)[:FIX_CHARS]
        bug = "\n\n".join(text for text in (self.change.bug, fix) if text)
        blocks = [("[b1] observed · what is known of a bug", safe.made_safe(bug)[0])]
        blocks += [
            (f"[f{number}] observed · a finding", safe.made_safe(one.finding)[0])
            for number, one in enumerate(found.findings, start=1)
        ]
        return fenced_blocks(blocks)

    def _question(self, asked: Asked) -> ApartQuestion:
        change = self.change
        return ApartQuestion(
            asked, change.change_id, change.change_id, change.committed_at.date(), self.replicate
        )


def _row(review: _Review, rows: Sequence[LedgerRequest], longest: int) -> ReviewedChange:
    change, found, verdict = review.change, review.found(rows), review.verdict(rows)
    blocking = None if found is None else sum(one.severity == "blocks_merge" for one in found.findings)
    is_named = is_named_as_bug = None
    status: ReviewStatus = "reviewed"
    needed = review.match if review.needs_verdict(rows) else review.findings
    if found is None or (needed.asked is review.questions.match and verdict is None):
        standing = needed.stand(rows).standing
        status = "not_asked" if standing in ("ask", "waiting") else "no_answer"
        if found is None and review.is_too_long(longest):
            status = "too_long"
    elif change.bug is not None and not found.findings:
        is_named = is_named_as_bug = False
    elif verdict is not None and verdict.verdict == "not_judgeable":
        status = "not_judgeable"
    elif verdict is not None:
        is_named = verdict.verdict == "named"
        cited = set(verdict.evidence_record_ids)
        as_bugs = {
            f"f{number}"
            for number, one in enumerate(found.findings, start=1)
            if one.severity == "blocks_merge"
        }
        is_named_as_bug = is_named and bool(cited & as_bugs)
    return ReviewedChange(
        change.change_id, change.user_id, change.change_set, change.committed_at, review.replicate,
        review.questions.match.fingerprint, review.questions.findings.envelope.model,
        None if found is None else len(found.findings), blocking, is_named, is_named_as_bug, status,
    )  # fmt: skip


def _shown(file: FileText) -> str:
    return f"{file.path}\n{file.text}"


def _asked(classifier: Classifier, envelope: Envelope, *before: str) -> Asked:
    material = "+".join([CHANGE_RENDERING, *before])
    own = fingerprint(classifier, envelope, rendering_version=RENDERING_VERSION, material=material)
    return Asked(classifier, envelope, own)
