{%- set metrics = [
    {
        'name': 'task_value_mean_usd',
        'population': 'price_usd is not null',
        'unknown': 'price_usd is null',
        'fingerprint': 'task_value_by',
        'segments': ['all', 'work_mode', 'expertise', 'occupation_group', 'occupation'],
    },
    {
        'name': 'troubled_task_value_mean_usd',
        'population': 'is_in_trouble_above_3 and price_usd is not null',
        'unknown': 'coalesce(has_clear_goal, true) and coalesce(is_in_trouble_above_3, true)'
            ~ ' and (is_in_trouble_above_3 is null or price_usd is null)',
        'fingerprint': "task_value_by || '+' || outcome_by || '+' || failure_evidence_by",
        'segments': ['all', 'expertise'],
    },
] -%}
{%- set overall = 'cast(null as date)' -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)", 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', overall, 'work_mode', 'work_mode_segment', "'+' || work_mode_by"),
    ('overall', overall, 'expertise', 'expertise_segment', "'+' || expertise_by"),
    ('overall', overall, 'occupation_group', 'occupation_group_segment', "'+' || user_occupation_by"),
    ('overall', overall, 'occupation', 'occupation_segment', "'+' || user_occupation_by"),
] -%}
{%- set both = 'judged inner join segmented on judged.session_id = segmented.session_id'
    ~ ' and judged.labeller = segmented.labeller' -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

segmented as (
    select * from {{ ref('int_sessions__segmented') }}
),

-- One row of segments per session and labeller, so that none is repeated.
observations as (
    {{ observations_in(cells, both, [
        'user_id', 'judged.labeller', 'task_value_by', 'outcome_by', 'failure_evidence_by',
        'price_usd', 'has_clear_goal', 'is_in_trouble_above_3',
    ]) }}
),

-- A session without an occupation is in no such cell. A labeller that was not asked has the cell of
-- all, in which everything is unknown: the table says so where nobody was.
final as (
    {%- for metric in metrics %}
    {%- set fingerprint = metric.fingerprint ~ ' || segment_by' %}
    {{ user_sums_of(
        "observations where segment_name in ('" ~ metric.segments | join("', '") ~ "')"
        ~ " and segment_value is not null and (" ~ fingerprint ~ " is not null"
        ~ " or period_kind = 'overall' and segment_name = 'all')",
        {
            'name': metric.name,
            'kind': 'mean',
            'population': metric.population,
            'numerator': 'case when ' ~ metric.population ~ ' then price_usd else 0 end',
            'denominator': 'case when ' ~ metric.population ~ ' then 1 else 0 end',
            'unknown': metric.unknown,
            'labeller': 'labeller',
            'fingerprint': 'coalesce(' ~ fingerprint ~ ", 'not_asked')",
        },
    ) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
