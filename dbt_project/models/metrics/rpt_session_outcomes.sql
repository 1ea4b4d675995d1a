{#- Each metric: rows it concerns, those of them it counts, rows that labels do not settle. -#}
{%- set unsettled = "outcome is null or outcome = 'not_inferable'" -%}
{%- set has_goal = "outcome in ('succeeded', 'partially_succeeded', 'failed')" -%}
{%- set may_have_goal = "outcome is null or outcome <> 'no_clear_goal'" -%}
{%- set trouble = "outcome <> 'no_clear_goal' and failure_score is not null" -%}
{%- set no_trouble_score = "(" ~ may_have_goal
    ~ ") and (outcome is null or failure_score is null)" -%}
{%- set by_success = "outcome_by || '+' || success_by" -%}
{%- set by_failure = "outcome_by || '+' || failure_by" -%}
{%- set metrics = [
    ('judged_success', has_goal, "outcome = 'succeeded'", unsettled, 'outcome_by'),
    ('at_least_partial', has_goal, "outcome <> 'failed'", unsettled, 'outcome_by'),
    ('no_clear_goal_share', 'outcome is not null', "outcome = 'no_clear_goal'",
        'outcome is null', 'outcome_by'),
    ('verified_success', has_goal ~ ' and success_score is not null',
        "outcome = 'succeeded' and success_score in (4, 5)",
        '(' ~ may_have_goal ~ ') and (' ~ unsettled ~ ' or success_score is null)', by_success),
    ('verified_failure', has_goal ~ ' and failure_score is not null',
        "outcome = 'failed' and failure_score in (4, 5)",
        '(' ~ may_have_goal ~ ') and (' ~ unsettled ~ ' or failure_score is null)', by_failure),
    ('trouble_above_3', trouble, 'failure_score > 3', no_trouble_score, by_failure),
    ('trouble_from_3', trouble, 'failure_score >= 3', no_trouble_score, by_failure),
    ('abandoned_of_troubled_above_3', has_goal ~ ' and failure_score > 3',
        "outcome = 'failed' and lines_added = 0",
        "outcome = 'not_inferable' and failure_score > 3 or " ~ no_trouble_score, by_failure),
] -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'work_mode', "coalesce(work_mode, 'unknown')",
        "'+' || work_mode_by"),
] -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

classifiers as (
    select * from {{ ref('dim_classifiers') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

-- One current fingerprint per classifier and labeller: `max` picks it.
labellers as (
    select
        labeller,
        max(case when classifier = 'outcome' then fingerprint end) as outcome_by,
        max(case when classifier = 'success_evidence' then fingerprint end) as success_by,
        max(case when classifier = 'failure_evidence' then fingerprint end) as failure_by,
        max(case when classifier = 'work_mode' then fingerprint end) as work_mode_by
    from classifiers
    where is_current
    group by labeller
),

-- Every interactive session once per labeller, labelled or not: what has no label is unknown.
observations as (
    {{ observations_in(
        cells,
        "sessions cross join labellers left join labelled"
        ~ " on sessions.session_id = labelled.session_id and labellers.labeller = labelled.labeller"
        ~ " where sessions.is_interactive",
        [
            'user_id', 'lines_added', 'labellers.labeller', 'outcome_by', 'success_by', 'failure_by',
            'outcome', 'success_score', 'failure_score',
        ],
    ) }}
),

user_sums as (
    {%- for name, population, counted, unknown, fingerprint in metrics %}
    {{ user_sums_of('observations', {
        'name': name,
        'population': population,
        'numerator': 'case when (' ~ population ~ ') and (' ~ counted ~ ') then 1 else 0 end',
        'denominator': 'case when ' ~ population ~ ' then 1 else 0 end',
        'unknown': unknown,
        'labeller': 'labeller',
        'fingerprint': fingerprint ~ ' || segment_by',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{{ rates_from('user_sums') }}

-- A labeller that was not asked a question has no say in what rests on it.
select *
from rates
where fingerprint is not null
