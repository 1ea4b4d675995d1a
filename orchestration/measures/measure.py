"""The types of the catalogue of measurements: a measure, its metrics, its published values.

Belongs here: what a catalogue file may say, and what would contradict itself. Not here: the files
(catalog), reading them (registry), what is made of them (published_values, metrics_page).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
MartName = Annotated[str, StringConstraints(pattern=r"^rpt_[a-z0-9_]+$")]

Study = Literal["A", "B", "C", "own"]
Grade = Literal["same", "similar", "context"]
Source = Literal["page", "caption", "figure", "appendix", "secondary"]
Quantity = Literal[
    "count", "share", "mean", "median", "typical", "quantile", "daily_quantile", "geometric_mean", "curve",
    "adjusted_share", "coefficient", "slope", "change_per_level", "difference", "trend", "change_of_mean",
    "agreement", "rank", "rule", "range_over_levels", "ratio",
]  # fmt: skip
"""What kind of number a value is: what it is computed as, whatever it is of."""

Kind = Literal["rate", "share", "mean", "count", "quantile", "estimate"]
Unit = Literal[
    "share",
    "per_1000",
    "count",
    "relative_usd",
    "usd",
    "hours",
    "seconds",
    "tokens",
    "words",
    "score",
    "ratio",
]

FigureKind = Literal["intervals", "levels", "months", "pairs"]
CellPart = Literal["metric", "statistic", "specification", "population", "segment"]
"""What a figure can set its cells apart by."""

STUDIED_AGENT = "claude_code"
"""The agent that a published value stands beside; others only where the value names them (`beside`). Values
of the organisation as a whole stand beside its figures."""

ORGANISATION = "organisation"
"""Stands where an agent does in figures of tables that the organisation supplies: they are of no agent."""

OF_THE_ORGANISATION = frozenset(
    {
        "rpt_pull_requests",
        "rpt_retrospective_reviews",
        "rpt_review_times",
        "rpt_survey",
        "rpt_survey_medians",
    }
)
"""Tables whose figures are of the organisation, and of no agent."""

COUNTED = {
    "rpt_merged_lines": "commit",
    "rpt_pull_requests": "pull request",
    "rpt_repositories": "observation",
    "rpt_retrospective_reviews": "change",
    "rpt_review_times": "pull request",
    "rpt_survey": "answer",
    "rpt_survey_medians": "answer",
}
"""Table → what its column n_sessions counts, where these are no sessions; their descriptions say it too."""

SEGMENT_NEEDS: dict[str, tuple[str, ...]] = {
    "work_mode": ("work_mode",),
    "codebase_relation": ("codebase_relation",),
    "expertise": ("expertise",),
    "first_prompt_expertise": ("expertise_first_prompt",),
    "value_band": ("task_value",),
    "occupation_group": ("user_occupation",),
    "occupation": ("user_occupation",),
    "work_occupation": ("work_occupation",),
    "goal_complexity": ("goal_complexity",),
    "difficulty_tier": ("difficulty_tier",),
    "new_work": ("new_work",),
    "stop_reason": ("stop_reason",),
    "interrupt_reason": ("interrupt_reason",),
    "question_usefulness": ("question_usefulness",),
    "success_score": ("success_evidence",),
    "failure_score": ("failure_evidence",),
    "success_rating": ("success_rating",),
    "failure_rating": ("failure_rating",),
    "control_of_execution": ("decisions",),
    "control_of_planning": ("decisions",),
    "domain": ("domain",),
    "call_goal_complexity": ("call_goal_complexity",),
    "execution_context": ("execution_context",),
    "safeguard": ("safeguards",),
    "fifth_of_user_planning": ("decisions",),
    "fifth_of_user_execution": ("decisions",),
}
"""What a cut by a segment rests on besides the metric's own classifiers; a cut by anything else: nothing."""

POPULATION_NEEDS: dict[str, tuple[str, ...]] = {
    "in_trouble_above_3": ("failure_evidence",),
    "in_trouble_from_3": ("failure_evidence",),
    "without_evaluations": ("execution_context",),
}
"""What a population of an estimate rests on besides the metric's own classifiers."""

CIRCULAR_SEGMENTS = frozenset({"success_score", "failure_score"})
"""Cuts of the outcome that repeat the rules' own conclusion from signals, and so have none of their rows."""


class Entry(BaseModel):
    """A part of a catalogue file: read once, never changed, and nothing in it goes unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PrimaryTest(Entry):
    """The cell of an estimate that is declared in advance to be tested, for Benjamini–Hochberg."""

    metric_name: Name
    statistic: Name
    specification: Name | None = None
    population: Text = "all"
    segment_name: Name = "all"
    segment_value: Text = "all"


class Metric(Entry):
    """A metric as it stands in a mart: `name` is its metric_name there, `column` what holds the figure.

    `statistics`: of a table of estimates, what of the metric is estimated; empty for tables of rates.
    `needs`: classifiers, where they are others than the measure's. `is_optional`: rows come only where
    the data has what they are about (a status, a kind of claim), so that their absence is no fault.
    `is_circular_by_rules`: labels by rules would make it so, and have no rows.
    """

    name: Name
    mart: MartName
    column: Name = "estimate"
    kind: Kind = "rate"
    unit: Unit = "share"
    numerator: Text
    denominator: Text | None = None
    exclusions: Text | None = None
    statistics: tuple[Name, ...] = ()
    needs: tuple[Name, ...] | None = None
    is_optional: bool = False
    is_circular_by_rules: bool = False
    primary: tuple[PrimaryTest, ...] = ()

    @model_validator(mode="after")
    def _is_complete(self) -> "Metric":
        if self.kind in ("rate", "share", "mean") and self.denominator is None:
            raise ValueError(f"a {self.kind} has a denominator")
        if self.kind in ("count", "quantile") and self.denominator is not None:
            raise ValueError(f"a {self.kind} has no denominator")
        if any(test.metric_name != self.name for test in self.primary):
            raise ValueError(f"a primary test under {self.name} names another metric")
        if any(test.statistic not in self.statistics for test in self.primary):
            raise ValueError("a primary test names a statistic that is not listed under `statistics`")
        return self

    @property
    def is_primary(self) -> bool:
        """Whether a cell of the metric is among the declared primary tests."""
        return bool(self.primary)


class SameAs(Entry):
    """The study's own words for what its value is of, where one's own figure is said to be the same."""

    definition: Text
    population: Text


class Beside(Entry):
    """An agent whose figures a published value stands beside: the grade there, and a note of its own."""

    agent: Name
    grade: Grade
    note: Text | None = None


class PublishedValue(Entry):
    """A value that a study published, with the cell of a mart that it stands beside.

    The cell: `metric_name`, segment, and in tables of estimates `statistic`, `specification` and
    `population`; a value stands beside no figure of another specification. `measured_as` says in the study's
    terms which statistic the number is, `quantity` in ours; `window` when it was observed; `baseline` what
    a change or a ratio is measured from. `same_as` defends the grade `same` (grades). `grade` and `note` are
    of the studied agent; `beside` names others whose figures the value stands beside, each with its own.
    """

    id: Text | None = None
    metric_name: Name
    statistic: Name | None = None
    specification: Name | None = None
    population: Text | None = None
    segment_name: Name = "all"
    segment_value: Text = "all"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    text: Text
    measured_as: Text
    window: Text
    baseline: Text | None = None
    quantity: Quantity | None = None
    grade: Grade
    same_as: SameAs | None = None
    source: tuple[Source, ...] = Field(min_length=1)
    note: Text | None = None
    beside: tuple[Beside, ...] = ()

    @model_validator(mode="after")
    def _is_one_range(self) -> "PublishedValue":
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if self.source == ("figure",) and {place.grade for place in self.places} != {"context"}:
            raise ValueError("a value read from a figure is context: the page's words are the reference")
        if len({place.agent for place in self.places}) < len(self.places):
            raise ValueError("a published value stands beside an agent once, with one grade")
        if self.specification is not None and self.statistic is None:
            raise ValueError("a rate has no specification: name the `statistic` of the estimate")
        return self

    @property
    def places(self) -> tuple[Beside, ...]:
        """Every agent whose figures it stands beside, the studied one first."""
        return (Beside(agent=STUDIED_AGENT, grade=self.grade, note=self.note), *self.beside)

    @property
    def cell(self) -> tuple[str, ...]:
        """The key of the cell; empty where a table of rates has no such column, the specification last."""
        named = () if self.specification is None else (self.specification,)
        return (
            self.metric_name, self.statistic or "", self.population or "", self.segment_name,
            self.segment_value, *named,
        )  # fmt: skip


class DrawnFigure(Entry):
    """A figure as the study draws it: which cells of a mart it is of, and how they are set apart.

    `kind`: intervals below one another, `levels` of a segment side by side, lines over `months`, or `pairs`:
    two metrics of one segment as points, the first across and the second upwards. An empty
    choice of statistics, specifications or populations is every one; a population of a cut (`work_mode:fix`)
    is chosen by the cut's name. `series`: what has a colour of its own; `panels`: what has a small panel of
    its own. A figure by project is of a personal home alone, where projects have names.
    """

    kind: FigureKind
    title: Text
    mart: MartName
    metrics: tuple[Name, ...] = Field(min_length=1)
    statistics: tuple[Name, ...] = ()
    specifications: tuple[Name, ...] = ()
    populations: tuple[Name, ...] = ()
    segment: Name = "all"
    series: CellPart | None = None
    panels: CellPart | None = None

    @model_validator(mode="after")
    def _has_levels(self) -> "DrawnFigure":
        if self.kind in ("levels", "pairs") and self.segment == "all":
            raise ValueError(f"{self.kind} are of values of a segment")
        if self.panels is not None and (self.kind in ("intervals", "pairs") or self.series is not None):
            raise ValueError("panels are of lines or levels, and hold one series each")
        if self.kind == "pairs" and (len(self.metrics) != 2 or self.series is not None):
            raise ValueError("a pair is of two metrics, and its points are no series")
        return self


class Measure(Entry):
    """One measurement of a study, or one of ours: what it means, where it stands, what was published.

    `needs` names the classifiers it rests on. `parameters`: thresholds and the like, by name.
    `metrics_of`: other measures whose metrics it is cut from (a gap between groups, a share of some), so
    that a metric is defined once. Where there are neither, `not_measured` says why. `figures`: those that the
    page draws as the study does; everything else of a measure has a figure that follows from its rows.
    `is_asked_apart`: rests on answers of Claude that are no labels, and on no classifier.
    """

    id: Text
    name: Text
    study: Study
    unit: Text
    definition: Text
    exclusions: Text
    caveat: Text
    needs: tuple[Name, ...] = ()
    is_asked_apart: bool = False
    parameters: dict[str, str | int | float] = {}
    metrics: tuple[Metric, ...] = ()
    metrics_of: tuple[Text, ...] = ()
    published: tuple[PublishedValue, ...] = ()
    not_measured: Text | None = None
    question: Text | None = None
    figures: tuple[DrawnFigure, ...] = ()

    @model_validator(mode="after")
    def _is_measured_or_says_why_not(self) -> "Measure":
        if bool(self.metrics or self.metrics_of) == (self.not_measured is not None):
            raise ValueError("a measure has metrics (its own or those of others), or says why `not_measured`")
        return self

    def needs_of(self, metric: Metric) -> tuple[str, ...]:
        """Classifiers that a metric of this measure rests on."""
        return self.needs if metric.needs is None else metric.needs
