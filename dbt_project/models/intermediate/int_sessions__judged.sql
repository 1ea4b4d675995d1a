{#- What a session's row takes from the fingerprints, its labels and what was counted of it. Whether
  it has lines is null where none are known to be added and some call may have added lines. -#}
{%- set classifiers = [
    'outcome', 'success_evidence', 'failure_evidence', 'work_mode', 'codebase_relation', 'decisions',
    'expertise', 'expertise_first_prompt', 'user_occupation', 'work_occupation', 'task_value',
] -%}
{%- set answers = [
    'outcome', 'success_score', 'failure_score', 'work_mode', 'codebase_relation', 'expertise',
    'expertise_level', 'first_prompt_expertise_level', 'work_occupation', 'price_usd', 'price_tier',
    'goal_complexity', 'difficulty_tier', 'user_planning_share', 'user_execution_share',
    'user_occupation',
] -%}
{%- set counted = ['human_prompt_count', 'worked_turn_count', 'tool_call_count',
    'agent_word_count', 'tool_input_word_count', 'lines_added', 'lines_removed'] -%}
{%- set has_lines = 'case when sessions.lines_added > 0 then true'
    ~ ' when sessions.unknown_line_call_count > 0 then null else false end' -%}
{%- set has_goal = "labelled.outcome in ('succeeded', 'partially_succeeded', 'failed')" -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
),

-- Every session of study C's frame once per labeller of its agent's sessions: what has no
-- label is unknown. The person's occupation is for aggregates: no release holds this schema.
final as (
    select
        -- keys
        sessions.session_id,
        labellers.labeller,
        sessions.user_id,
        sessions.project_id,
        sessions.agent,
        {% for classifier in classifiers -%}
        labellers.{{ classifier }}_by,
        {% endfor -%}
        -- facts
        {% for column in answers -%}
        labelled.{{ column }},
        {% endfor -%}
        {% for column in counted -%}
        sessions.{{ column }},
        {% endfor -%}
        cast(sessions.tool_call_count as double) / nullif(sessions.human_prompt_count, 0)
            as actions_per_prompt,
        cast(sessions.agent_word_count + sessions.tool_input_word_count as double)
        / nullif(sessions.human_prompt_count, 0) as words_per_prompt,
        -- booleans
        case
            when labelled.outcome = 'no_clear_goal' then false
            when {{ has_goal }} then true
        end as has_clear_goal,
        case when {{ has_goal }} then labelled.outcome = 'succeeded' end as is_judged_success,
        case when {{ has_goal }} then labelled.outcome <> 'failed' end as is_at_least_partial,
        case when {{ has_goal }} then labelled.outcome = 'failed' end as is_judged_failure,
        case
            when {{ has_goal }} and labelled.success_score is not null
                then labelled.outcome = 'succeeded' and labelled.success_score in (4, 5)
        end as is_verified_success,
        case
            when {{ has_goal }} and labelled.failure_score is not null
                then labelled.outcome = 'failed' and labelled.failure_score in (4, 5)
        end as is_verified_failure,
        case when labelled.outcome <> 'no_clear_goal' then labelled.failure_score > 3 end
            as is_in_trouble_above_3,
        case when labelled.outcome <> 'no_clear_goal' then labelled.failure_score >= 3 end
            as is_in_trouble_from_3,
        case
            when {{ has_goal }} then labelled.outcome = 'failed' and not {{ has_lines }}
        end as is_failed_without_lines,
        labelled.work_mode in {{ code_modes() }} as is_code_mode,
        {{ has_lines }} as is_code_producing,
        case
            when labelled.user_occupation <> 'not_inferable'
                then labelled.user_occupation = 'computer_and_mathematical'
        end as is_software_user,
        -- times
        sessions.started_at,
        sessions.started_local_date,
        sessions.started_week,
        sessions.started_month
    from sessions
    inner join labellers on sessions.agent = labellers.agent
    left join labelled
        on sessions.session_id = labelled.session_id and labellers.labeller = labelled.labeller
    where sessions.is_in_study_c_frame
)

select *
from final
