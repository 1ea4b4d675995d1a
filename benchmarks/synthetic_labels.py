"""The labels of a synthetic lake: what two labellers say of its sessions, turns and calls.

Belongs here: SQL by column over the sessions, turns and calls of synthetic_population. The larger
labeller answers every question of the catalog, a twentieth of them three times; the rules answer theirs.
Both see what the session is like and now and then another session's truth instead, the rules more often.
"""
# ruff: noqa: S608 - the SQL is put together from texts and names of these modules alone

from collections.abc import Mapping

from benchmarks.synthetic_answers import ANSWERS, ITEMS
from benchmarks.synthetic_population import pick
from benchmarks.synthetic_rows import CALLS, CATEGORY, Rows
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.rules.labeller import RULES_CLASSIFIERS

CLAUDE, RULES = "claude", "rules"
STATUSES: Mapping[str, float] = {
    "ok": 0.985, "refused": 0.005, "truncated": 0.003, "invalid": 0.003, "skipped_budget": 0.004,
}  # fmt: skip
STRAYING = {CLAUDE: 0.1, RULES: 0.2}
"""Share of answers that are another session's; of the larger labeller from the second replicate on."""

ASKED = f"""
create table asked as
select
    '{CLAUDE}' as labeller, n, session_id, session_date, turn_count,
    unnest(range(1, case when u(n, 'replicates') < 0.05 then 4 else 2 end)) as replicate,
    case when replicate > 1 and u(n * 10 + replicate, 'strays') < {STRAYING[CLAUDE]}
        then (n + 1) % (select count(*) from sessions) else n end as m
from sessions
where is_interactive
union all
select
    '{RULES}' as labeller, n, session_id, session_date, turn_count, 1 as replicate,
    case when u(n, 'rules stray') < {STRAYING[RULES]}
        then (n + 1) % (select count(*) from sessions) else n end as m
from sessions
where is_interactive
"""
"""Sessions by labeller and replicate; `m` is the session whose truth the answer tells."""

_TOLD = (
    "(select asked.session_id as unit_id, asked.session_id, asked.session_date, asked.replicate,"
    " asked.n, asked.m, told.* exclude (n, session_id, session_date, turn_count),"
    " cast(1 + hash(m, 'planning') % 5 as bigint) as planning,"
    " cast(1 + hash(m, 'execution') % 7 as bigint) as execution,"
    " cast(round(planning * (0.5 + 0.5 * u(m, 'plans'))) as bigint) as user_planning,"
    " cast(round(execution * 0.4 * u(m, 'executes')) as bigint) as user_execution,"
    " asked.turn_count - 1 as judged_prompts, (m % 3) * judged_prompts // 6 as corrections,"
    " greatest(success_score - 3, 0) as hard_success,"
    " case when success_score between 1 and 3 then 1 else 0 end as soft_success,"
    " greatest(failure_score - 3, 0) as hard_failure,"
    " case failure_score when 3 then 2 when 2 then 1 when 1 then 1 else 0 end as soft_failure"
    " from asked join sessions as told on asked.m = told.n where labeller = '{labeller}'{asked_of})"
)
_TURNS = (
    "(select *, turn_id as unit_id, 1 as replicate, tk as m from turns"
    " where is_interactive and end_reason in ({ends}))"
)
CALL_SHARE = 0.02
"""Share of tool calls that are asked about, of every kind and surface."""
_SETTLED = f"({CATEGORY}) in ('read', 'search', 'edit')"
_DRAWN = (
    "(select *, session_id || '|toolu_' || lpad(cast(ck as varchar), 22, '0') || '|1' as unit_id,"
    f" 1 as replicate, ck as m, {_SETTLED} as is_settled from {CALLS} where u(ck, 'drawn') < {CALL_SHARE})"
)


_SAMPLED = "u(n, 'subsample')"
"""SQL of a session's place in the subsample: one for all questions that ask about a part."""


def fingerprint_of(classifier: Classifier, labeller: str) -> str:
    """SQL of what asked; one fingerprint per question and labeller."""
    return f"left(md5('{labeller} {classifier.name}'), 16)"


def classifiers_of(labeller: str) -> tuple[Classifier, ...]:
    """The questions that a labeller answers."""
    return CATALOG if labeller == CLAUDE else RULES_CLASSIFIERS


def label_rows(classifier: Classifier, labeller: str) -> Rows:
    """The labels of one classifier by one labeller; its answer is null where the status is not ok."""
    status = _status(classifier, labeller)
    answer = {
        name: f"case when {status} = 'ok' then {told} end" for name, told in ANSWERS[classifier.name].items()
    }
    return Rows(_units(classifier, labeller), {**_head(classifier, labeller, status), **answer})


def item_rows(classifier: Classifier, labeller: str) -> Rows:
    """The elements of the lists of one classifier's answers by one labeller."""
    count, columns = ITEMS[classifier.name]
    is_ok = f"{_status(classifier, labeller)} = 'ok'"
    source = f"(select *, unnest(range({count})) as i from {_units(classifier, labeller)} where {is_ok})"
    key = {
        "unit_id": "unit_id",
        "fingerprint": fingerprint_of(classifier, labeller),
        "replicate": "replicate",
        "item_number": "i + 1",
        "record_id": "'record_' || m || '_' || i",
    }
    return Rows(source, {**key, **columns})


def eligibility_rows() -> Rows:
    """Everything that the larger labeller could be asked about, whether it may be or not."""
    by_unit = {kind: [c for c in CATALOG if c.unit_kind == kind] for kind in ("session", "turn", "tool_call")}
    asked = [
        f"select session_id, session_id as unit_id, session_date, is_interactive,"
        f" turn_count >= least_prompts as has_prompts, {_SAMPLED} < sampled as is_sampled, sampled,"
        " 'session' as unit_kind, classifier, fingerprint"
        f" from sessions cross join (values {_values(by_unit['session'])})"
        " as questions (classifier, fingerprint, least_prompts, sampled)"
    ]
    asked += [
        "select session_id, turn_id as unit_id, session_date, is_interactive, true as has_prompts,"
        f" true as is_sampled, 1.0 as sampled, 'turn' as unit_kind, '{classifier.name}' as classifier,"
        f" {fingerprint_of(classifier, CLAUDE)} as fingerprint"
        f" from turns where end_reason in ({_ends(classifier)})"
        for classifier in by_unit["turn"]
    ]
    asked += [
        "select session_id, unit_id, session_date, true as is_interactive,"
        f" not is_settled or {classifier.rule is None} as has_prompts,"
        f" u(ck, 'subsample') < {classifier.subsample_share} as is_sampled,"
        f" {CALL_SHARE * classifier.subsample_share} as sampled, 'tool_call' as unit_kind,"
        f" '{classifier.name}' as classifier, {fingerprint_of(classifier, CLAUDE)} as fingerprint"
        f" from {_DRAWN}"
        for classifier in by_unit["tool_call"]
    ]
    reason = (
        "case when not is_interactive then 'not_interactive'"
        " when not has_prompts and unit_kind = 'tool_call' then 'settled_by_rule'"
        " when not has_prompts then 'too_few_prompts' when not is_sampled then 'not_sampled'"
        " else 'eligible' end"
    )
    names = ("classifier", "fingerprint", "session_id", "unit_id", "unit_kind")
    return Rows(
        f"({' union all '.join(asked)})",
        {
            **{name: name for name in names},
            "labeller": f"'{CLAUDE}'",
            "is_eligible": f"{reason} = 'eligible'",
            "reason": reason,
            "sampling_probability": "sampled",
            "reached_share": "1.0",
            "sampling_place": "u(session_id, 'budget')",
        },
    )


def _units(classifier: Classifier, labeller: str) -> str:
    if classifier.unit_kind == "tool_call":
        is_settled = "is_settled" if labeller == RULES else "not is_settled"
        asked_of = "true" if classifier.rule is None else is_settled
        return (
            f"(select * from {_DRAWN} where {asked_of} and u(ck, 'subsample') < {classifier.subsample_share})"
        )
    if classifier.unit_kind == "turn":
        return _TURNS.format(ends=_ends(classifier))
    asked_of = f" and asked.turn_count >= {classifier.min_prompts}" if classifier.min_prompts else ""
    if classifier.subsample_share < 1:
        asked_of += f" and {_SAMPLED.replace('(n,', '(asked.n,')} < {classifier.subsample_share}"
    return _TOLD.format(labeller=labeller, asked_of=asked_of)


def _status(classifier: Classifier, labeller: str) -> str:
    if labeller == RULES:
        return "'ok'"
    key = {"turn": "tk", "tool_call": "ck"}.get(classifier.unit_kind, "n * 10 + replicate")
    return f"({pick(f'u({key}, $${classifier.name} status$$)', STATUSES)})"


def _head(classifier: Classifier, labeller: str, status: str) -> dict[str, str]:
    """The columns that every label row begins with; rules pay and cite nothing."""
    head = {
        "unit_kind": f"'{classifier.unit_kind}'",
        "unit_id": "unit_id",
        "session_id": "session_id",
        "classifier": f"'{classifier.name}'",
        "version": f"'{classifier.version}'",
        "fingerprint": fingerprint_of(classifier, labeller),
        "rendering": f"'{classifier.rendering}'" if labeller == CLAUDE else "'rows'",
        "labeller": f"'{labeller}'",
        "status": status,
        "input_hash": "md5(unit_id)",
        "replicate": "replicate",
        "labelled_at": "session_date + to_days(5)",
    }
    if labeller == RULES:
        return head
    return head | {
        "model": "'claude-haiku-5-5'",
        "evidence_record_ids": "['record_' || m, 'record_' || m || '_1']",
        "cited_evidence_count": "2",
        "rejected_evidence_count": "case when u(m, 'rejected') < 0.02 then 1 else 0 end",
        "coverage": "1.0",
        "request_id": f"md5('{classifier.name} ' || unit_id || replicate)",
        "input_tokens": "120 + hash(m) % 300",
        "cache_creation_input_tokens": "0",
        "cache_read_input_tokens": "9000 + hash(m, 1) % 9000",
        "output_tokens": "100 + hash(m, 2) % 100",
        "cost_usd": "0.002 + 0.002 * u(m, 'cost')",
    }


def _values(classifiers: list[Classifier]) -> str:
    return ", ".join(
        f"('{c.name}', {fingerprint_of(c, CLAUDE)}, {c.min_prompts}, {c.subsample_share})"
        for c in classifiers
    )


def _ends(classifier: Classifier) -> str:
    return ", ".join(f"'{end}'" for end in sorted(classifier.turn_ends))
