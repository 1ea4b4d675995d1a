{%- set overall = 'cast(null as date)' -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}
{%- set tier = "coalesce(nullif(difficulty_tier, 'not_inferable'), 'unknown')" -%}
{%- set judged_cells = [
    ('overall', overall, 'difficulty_tier', tier, 'difficulty_tier_by'),
    ('overall', overall, 'outcome', "coalesce(outcome, 'unknown')", 'outcome_by'),
] -%}
{%- set columns = [
    'session_id', 'user_id', 'followed_commit_count', 'unsettled_commit_count', 'landed_commit_count',
    'landed_followed_commit_count', 'kept_commit_count', 'cost_usd', 'merged_line_count',
    'survived_30d_line_count', 'is_in_study_c_frame', 'is_landed', 'is_landed_and_kept', 'is_overwritten',
    'is_followed_14_days', 'is_followed_44_days',
] -%}
{#- Name, what is true of a session, whether it is known, of sessions of the study's frame. -#}
{%- set rates = [
    ('landed_session_share', 'is_landed', 'true'),
    ('landed_and_kept_session_share', 'is_landed_and_kept', 'true'),
    ('overwritten_session_share', 'is_overwritten', 'merged_line_count > 0'),
] -%}
{#- Name, days for which a session must have been followed, the lines. -#}
{%- set costs = [
    ('cost_usd_per_merged_line', 'is_followed_14_days', 'merged_line_count'),
    ('cost_usd_per_surviving_line', 'is_followed_44_days', 'survived_30d_line_count'),
] %}

with

landed as (
    select * from {{ ref('int_sessions__landed') }}
),

judged as (
    select
        landed.*,
        judged.labeller,
        judged.difficulty_tier,
        judged.difficulty_tier_by,
        judged.outcome,
        judged.outcome_by
    from landed
    inner join {{ ref('int_sessions__judged') }} as judged on landed.session_id = judged.session_id
),

observations as (
    {{ observations_in(cells, 'landed', columns) }}
),

judged_observations as (
    {{ observations_in(judged_cells, 'judged', columns + ['labeller']) }}
),

-- Rules find the outcome from commits among others, so their outcome would be compared with itself.
checked_observations as (
    select * from judged_observations
    where segment_by is not null and not (segment_name = 'outcome' and labeller = 'rules')
),

final as (
    {%- for name, is_true, population in rates %}
    {%- for rows in ['observations', 'checked_observations'] %}
    {%- set metric = {
        'name': name,
        'numerator': 'case when ' ~ is_true ~ ' then 1 else 0 end',
        'denominator': 'case when ' ~ is_true ~ ' is not null then 1 else 0 end',
        'population': is_true ~ ' is not null',
        'unknown': is_true ~ ' is null',
    } -%}
    {%- set by_labeller = {'labeller': 'labeller', 'fingerprint': 'segment_by'} -%}
    {%- set of_labeller = {} if loop.first else by_labeller %}
    {{ user_sums_of(
        rows ~ ' where is_in_study_c_frame and ' ~ population,
        dict(metric, **of_labeller),
    ) }}
    union all
    {%- endfor %}
    {%- endfor %}
    {{ user_sums_of('observations', {
        'name': 'landed_commit_share',
        'numerator': 'landed_commit_count',
        'denominator': 'followed_commit_count',
        'population': 'followed_commit_count > 0',
        'unsettled': 'cast(sum(unsettled_commit_count) as bigint)',
    }) }}
    union all
    {{ user_sums_of('observations', {
        'name': 'kept_commit_share',
        'numerator': 'kept_commit_count',
        'denominator': 'landed_followed_commit_count',
        'population': 'landed_followed_commit_count > 0',
        'unsettled': 'cast(sum(landed_commit_count - landed_followed_commit_count) as bigint)',
    }) }}
    {%- for name, is_followed, lines in costs %}
    union all
    {{ user_sums_of('observations where ' ~ is_followed, {
        'name': name, 'kind': 'mean', 'summed': 'coalesce(sum(cost_usd), 0)',
        'counted': 'sum(case when cost_usd is not null then ' ~ lines ~ ' else 0 end)',
        'sessions': 'count(cost_usd)',
        'unsettled': 'cast(sum(case when cost_usd is null then ' ~ lines ~ ' else 0 end) as bigint)',
    }) }}
    {%- endfor %}
)

select *
from final
where session_count > 0 or unknown_count > 0
