{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set overall = 'cast(null as date)' -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set tier = "coalesce(nullif(difficulty_tier, 'not_inferable'), 'unknown')" -%}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', overall, 'work_mode', "coalesce(work_mode, 'unknown')", "'+' || work_mode_by"),
    ('overall', overall, 'expertise', "coalesce(expertise, 'unknown')", "'+' || expertise_by"),
    ('overall', overall, 'difficulty_tier', tier, "'+' || difficulty_tier_by"),
    ('overall', overall, 'control_of_execution', 'control_of_execution', "''"),
    ('overall', overall, 'control_of_planning', 'control_of_planning', "''"),
    ('overall', overall, 'fifth_of_user_planning', "coalesce(fifth_of_user_planning, 'unknown')", "''"),
] -%}
{#- Name, kind, what is summed, its sessions, those not settled, what it rests on, segments. -#}
{%- set usual = ['all', 'work_mode', 'expertise'] -%}
{%- set tiers = ['all', 'difficulty_tier'] -%}
{#- Interventions (A5) and steering (B5) are of the sessions whose prompts are labelled, so that the
    parts add up. An act counts once in the kind that it is of. -#}
{%- set steered = 'steered_prompt_count is not null' -%}
{%- set not_steered = 'steered_prompt_count is null' -%}
{%- set acts = 'interrupt_count + denial_count + steered_prompt_count' -%}
{%- set metrics = [
    ('interventions_per_session', 'mean', acts, steered, not_steered, 'steering_by', tiers),
    ('interrupts_per_session', 'mean', 'interrupt_count', steered, not_steered, 'steering_by', tiers),
    ('denials_per_session', 'mean', 'denial_count', steered, not_steered, 'steering_by', tiers),
    ('steered_prompts_per_session', 'mean', 'steered_prompt_count', steered, not_steered, 'steering_by',
        tiers),
    ('intervened_session_share', 'rate', 'case when ' ~ acts ~ ' > 0 then 1 else 0 end', steered,
        not_steered, 'steering_by', tiers),
    ('steered_session_share', 'rate', 'case when steered_prompt_count > 0 then 1 else 0 end', steered,
        not_steered, 'steering_by', tiers),
    ('code_mode_has_code_change', 'rate', 'case when has_code_change then 1 else 0 end',
        'is_code_mode and has_code_change is not null',
        'is_code_mode is null or is_code_mode and has_code_change is null', 'work_mode_by', usual),
    ('code_change_has_code_mode', 'rate', 'case when is_code_mode then 1 else 0 end',
        'has_code_change and is_code_mode is not null',
        'has_code_change is null or has_code_change and is_code_mode is null', 'work_mode_by',
        ['all']),
    ('user_planning_share_mean', 'mean', 'user_planning_share', 'user_planning_share is not null',
        'user_planning_share is null', 'decisions_by', usual),
    ('user_execution_share_mean', 'mean', 'user_execution_share', 'user_execution_share is not null',
        'user_execution_share is null', 'decisions_by', usual),
    ('actions_per_turn', 'mean', 'cast(tool_call_count as ' ~ type_double() ~ ') / worked_turn_count',
        'worked_turn_count > 0', 'false', 'decisions_by',
        ['control_of_execution', 'control_of_planning']),
    ('actions_per_prompt_by_planning', 'mean', 'actions_per_prompt', 'actions_per_prompt is not null',
        'false', 'decisions_by', ['fifth_of_user_planning']),
] %}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

-- Who makes over 80 % of the decisions of a kind (C10), and the fifth of the person's share.
controlled as (
    select
        *,
        case
            when user_execution_share is null then 'unknown'
            when user_execution_share > 0.8 then 'user_over_80'
            else 'user_up_to_80'
        end as control_of_execution,
        case
            when user_planning_share is null then 'unknown'
            when user_planning_share < 0.2 then 'agent_over_80'
            else 'agent_up_to_80'
        end as control_of_planning,
        case
            when user_planning_share < 0.2 then '0-20'
            when user_planning_share < 0.4 then '20-40'
            when user_planning_share < 0.6 then '40-60'
            when user_planning_share < 0.8 then '60-80'
            when user_planning_share is not null then '80-100'
        end as fifth_of_user_planning,
        case
            when user_execution_share < 0.2 then '0-20'
            when user_execution_share < 0.4 then '20-40'
            when user_execution_share < 0.6 then '40-60'
            when user_execution_share < 0.8 then '60-80'
            when user_execution_share is not null then '80-100'
        end as fifth_of_user_execution
    from judged
),

observations as (
    {{ observations_in(cells, 'controlled', [
        'user_id', 'labeller', 'work_mode_by', 'decisions_by', 'is_code_mode', 'has_code_change',
        'user_planning_share', 'user_execution_share', 'tool_call_count', 'worked_turn_count',
        'actions_per_prompt', 'interrupt_count', 'denial_count', 'steered_prompt_count', 'steering_by',
    ]) }}
),

-- Every session once per fifth: a fifth's share is of all sessions whose decisions are known.
sessions_of_fifths as (
    {%- for kind in ['planning', 'execution'] %}
    {%- for fifth in ['0-20', '20-40', '40-60', '60-80', '80-100'] %}
    select
        agent,
        'overall' as period_kind,
        {{ overall }} as period_start,
        'fifth_of_user_{{ kind }}' as segment_name,
        '{{ fifth }}' as segment_value,
        user_id,
        labeller,
        decisions_by,
        user_{{ kind }}_share is not null as is_known,
        coalesce(fifth_of_user_{{ kind }} = '{{ fifth }}', false) as is_inside
    from controlled
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
        'fingerprint': fingerprint ~ (" || segment_by" if segments in (usual, tiers) else ''),
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
