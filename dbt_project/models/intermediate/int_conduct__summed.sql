{#- (name, kind, what is summed, rows it concerns, rows not settled, what it rests on, segments) -#}
{%- set usual = ['all', 'work_mode', 'expertise'] -%}
{%- set metrics = [
    ('code_mode_has_code_change', 'rate', 'case when is_code_producing then 1 else 0 end',
        'is_code_mode', 'is_code_mode is null', 'work_mode_by', usual),
    ('code_change_has_code_mode', 'rate', 'case when is_code_mode then 1 else 0 end',
        'is_code_producing and is_code_mode is not null', 'is_code_producing and is_code_mode is null',
        'work_mode_by', ['all']),
    ('user_planning_share_mean', 'mean', 'user_planning_share', 'user_planning_share is not null',
        'user_planning_share is null', 'decisions_by', usual),
    ('user_execution_share_mean', 'mean', 'user_execution_share', 'user_execution_share is not null',
        'user_execution_share is null', 'decisions_by', usual),
    ('actions_per_turn', 'mean', 'cast(tool_call_count as double) / worked_turn_count',
        'worked_turn_count > 0', 'false', 'decisions_by', ['control_of_execution', 'control_of_planning']),
    ('actions_per_prompt_by_planning', 'mean', 'actions_per_prompt', 'actions_per_prompt is not null',
        'false', 'decisions_by', ['fifth_of_user_planning']),
] -%}
{%- set overall = 'cast(null as date)' -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', overall, 'work_mode', "coalesce(work_mode, 'unknown')", "'+' || work_mode_by"),
    ('overall', overall, 'expertise', "coalesce(expertise, 'unknown')", "'+' || expertise_by"),
    ('overall', overall, 'control_of_execution', side_over_80('user', 'user_execution_share'), "''"),
    ('overall', overall, 'control_of_planning', side_over_80('agent', 'user_planning_share'), "''"),
    ('overall', overall, 'fifth_of_user_planning',
        "coalesce(" ~ fifth_of('user_planning_share') ~ ", 'unknown')", "''"),
] -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

observations as (
    {{ observations_in(cells, 'judged', [
        'user_id', 'labeller', 'work_mode_by', 'decisions_by', 'is_code_mode', 'is_code_producing',
        'user_planning_share', 'user_execution_share', 'tool_call_count', 'worked_turn_count',
        'actions_per_prompt',
    ]) }}
),

-- Every session once per fifth: a fifth's share is of all sessions whose decisions are known.
sessions_of_fifths as (
    {%- for kind in ['planning', 'execution'] %}
    {%- for fifth in fifths() %}
    select
        agent,
        'overall' as period_kind,
        cast(null as date) as period_start,
        'fifth_of_user_{{ kind }}' as segment_name,
        '{{ fifth }}' as segment_value,
        user_id,
        labeller,
        decisions_by,
        user_{{ kind }}_share is not null as is_known,
        coalesce({{ fifth_of('user_' ~ kind ~ '_share') }} = '{{ fifth }}', false) as is_inside
    from judged
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    {%- for name, kind, summed, population, unknown, fingerprint, segments in metrics %}
    {{ user_sums_of("observations where segment_name in ('" ~ segments | join("', '") ~ "')", {
        'name': name, 'kind': kind,
        'population': population,
        'numerator': 'case when ' ~ population ~ ' then ' ~ summed ~ ' else 0 end',
        'denominator': 'case when ' ~ population ~ ' then 1 else 0 end',
        'unknown': unknown,
        'labeller': 'labeller',
        'fingerprint': fingerprint ~ (" || segment_by" if segments == usual else ''),
    }) }}
    union all
    {%- endfor %}
    {{ user_sums_of('sessions_of_fifths', {
        'name': 'user_decisions_share',
        'kind': 'share',
        'population': 'is_inside',
        'numerator': 'case when is_inside then 1 else 0 end',
        'denominator': 'case when is_known then 1 else 0 end',
        'unknown': 'not is_known',
        'labeller': 'labeller',
        'fingerprint': 'decisions_by',
    }) }}
)

select *
from final
where fingerprint is not null
