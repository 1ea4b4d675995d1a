"""The operator's choices as the classifiers take them: what is asked, how it is read, sent and paid.

Settings in, values out. Not here: asking (asking, batches), landing (labellers.claude).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from classifiers.answers.domains import own_domains_material
from classifiers.answers.postings import SHIPPED_POSTINGS, calibration_material
from classifiers.asking.envelope import Effort, Envelope
from classifiers.asking.questionnaire import Questionnaire, chosen_classifiers
from classifiers.call_units import CallSample
from classifiers.catalog import CATALOG
from classifiers.catalog.domain import CLASSIFIER as DOMAIN
from classifiers.catalog.task_value import CLASSIFIER as TASK_VALUE
from classifiers.classifier import Classifier
from classifiers.ledger.ledger import Budget, Ledger
from classifiers.send import ClientOptions, SendLimits
from classifiers.subject.parts import Limits
from orchestration.failures import RunStoppedError
from orchestration.ingest.redaction.redact import Redactor
from orchestration.settings import Settings, api_base_url, has_api_key

LONG_PLAN_CANARY = 20
"""Plans of more requests than this begin with one alone: a wrong key or model costs one request."""


def questionnaire_of(settings: Settings, *, names: tuple[str, ...] | None = None) -> Questionnaire:
    """The classifiers to ask; raises UnknownClassifierError and what reading the postings raises."""
    effort: Effort | None = None if settings.label_effort == "none" else settings.label_effort
    return Questionnaire(
        classifiers=_chosen(settings, names),
        default=Envelope(settings.label_model, effort, settings.label_max_output_tokens),
        material={
            TASK_VALUE.name: calibration_material(settings.postings_file or SHIPPED_POSTINGS),
            DOMAIN.name: own_domains_material(settings.domains_file),
        },
        quiet=timedelta(hours=settings.label_quiet_hours),
        replicate_share=settings.label_replicate_share,
        study_c_share=settings.label_study_c_share,
        calls=call_sample_of(settings),
    )


def call_sample_of(settings: Settings) -> CallSample:
    """Which tool calls are labelled, by rules and by Claude."""
    return CallSample(settings.call_sample_share, settings.call_sample_shares)


def _chosen(settings: Settings, names: tuple[str, ...] | None) -> tuple[Classifier, ...]:
    return chosen_classifiers(CATALOG, settings.label_classifiers if names is None else names)


def limits_of(settings: Settings) -> Limits:
    """How much of a session is read at once."""
    return Limits(settings.label_max_prompt_tokens, settings.label_max_prompt_tokens // 3)


def redactor_of(settings: Settings) -> Redactor:
    """The redactor of what is about to leave; the lake's texts have been through one already."""
    return Redactor(home_names=sorted(settings.users))


def send_limits_of(settings: Settings, *, request_count: int) -> SendLimits:
    """How fast requests are sent."""
    return SendLimits(
        concurrency=settings.label_concurrency,
        requests_per_minute=settings.label_requests_per_minute,
        has_canary=request_count > LONG_PLAN_CANARY,
    )


def client_options_of(settings: Settings) -> ClientOptions:
    """Where Claude is reached; raises RunStoppedError where no credentials are set."""
    if not has_api_key(settings):
        raise RunStoppedError(
            "No key is set, so nothing can be asked: export ANTHROPIC_API_KEY, or choose another client with "
            "SESSIONMART_LABEL_CLIENT. Everything else works without one."
        )
    return ClientOptions(kind=settings.label_client, base_url=api_base_url())


def budget_of(settings: Settings, *, run_usd: Decimal | None = None) -> Budget:
    """What a run and a month may spend."""
    return Budget(settings.budget_usd if run_usd is None else run_usd, settings.month_budget_usd)


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of the home, made on first use.

    Where there is none and no key is set, nothing can be asked: it is an empty one that is thrown away. A
    home with a ledger has labels by Claude to report on, and asking for a price would make it such a home.
    """
    with ExitStack() as opened:
        path = settings.ledger_path
        if not path.exists() and not has_api_key(settings):
            path = Path(opened.enter_context(TemporaryDirectory())) / path.name
        yield opened.enter_context(Ledger.open(path, clock=lambda: datetime.now(UTC)))


@contextmanager
def evaluation_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger of answers to cases, apart from that of labels: no case is a unit of the lake."""
    path = settings.home / "evaluation.sqlite"
    with Ledger.open(path, clock=lambda: datetime.now(UTC)) as ledger:
        yield ledger
