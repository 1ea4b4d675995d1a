{#- Whether lines were added (C31) or changed (C5); null where none are and some call may have. -#}
{%- set has_lines = 'case when sessions.lines_added > 0 then true'
    ~ ' when sessions.unknown_line_call_count > 0 then null else false end' -%}
{%- set has_changed_lines = 'case when sessions.lines_added > 0 or sessions.lines_removed > 0'
    ~ ' then true'
    ~ ' when sessions.unknown_line_call_count > 0 then null else false end' -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

sampled as (
    select * from {{ ref('int_sessions__sampled') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
),

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
    where classifier = 'failure_rating'
),

steering_eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
    where classifier = 'steering'
),

-- Every session of study C's frame once per labeller of its agent's sessions: what has no label is
-- unknown, and what is outside the labeller's sample is not there. The person's occupation is for
-- aggregates: no release holds this schema.
final as (
    select
        -- keys
        sessions.session_id,
        labellers.labeller,
        sessions.user_id,
        sessions.project_id,
        sessions.agent,
        labellers.outcome_by,
        labellers.success_evidence_by,
        labellers.failure_evidence_by,
        labellers.success_rating_by,
        labellers.failure_rating_by,
        labellers.work_mode_by,
        labellers.codebase_relation_by,
        labellers.decisions_by,
        labellers.expertise_by,
        labellers.expertise_first_prompt_by,
        labellers.user_occupation_by,
        labellers.work_occupation_by,
        labellers.task_value_by,
        labellers.difficulty_tier_by,
        labellers.steering_by,
        -- facts
        labelled.outcome,
        labelled.outcome_opt_out,
        labelled.success_score,
        labelled.failure_score,
        labelled.success_rating,
        labelled.failure_rating,
        labelled.work_mode,
        labelled.work_mode_opt_out,
        labelled.codebase_relation,
        labelled.expertise,
        labelled.expertise_level,
        labelled.first_prompt_expertise_level,
        labelled.work_occupation,
        labelled.work_occupation_opt_out,
        labelled.price_usd,
        labelled.price_tier,
        labelled.goal_complexity,
        labelled.difficulty_tier,
        labelled.new_work,
        labelled.user_planning_share,
        labelled.user_execution_share,
        labelled.user_occupation,
        sessions.human_prompt_count,
        sessions.interrupt_count,
        sessions.denial_count,
        -- Without a second prompt there is none that could steer: a zero, not an unknown.
        case
            when steering_eligibility.reason = 'too_few_prompts' then 0
            else labelled.steered_prompt_count
        end as steered_prompt_count,
        sessions.worked_turn_count,
        sessions.tool_call_count,
        sessions.agent_word_count,
        sessions.tool_input_word_count,
        sessions.lines_added,
        sessions.lines_removed,
        cast(sessions.tool_call_count as {{ type_double() }})
        / nullif(sessions.human_prompt_count, 0) as actions_per_prompt,
        cast(sessions.agent_word_count + sessions.tool_input_word_count as {{ type_double() }})
        / nullif(sessions.human_prompt_count, 0) as words_per_prompt,
        -- booleans
        {% for of in ['', '_opt_out'] -%}
        labelled.has_clear_goal{{ of }},
        labelled.is_judged_success{{ of }},
        labelled.is_at_least_partial{{ of }},
        labelled.is_judged_failure{{ of }},
        labelled.is_verified_success{{ of }},
        labelled.is_verified_failure{{ of }},
        labelled.is_in_trouble_above_3{{ of }},
        labelled.is_in_trouble_from_3{{ of }},
        case
            when labelled.is_judged_failure{{ of }} is not null
                then labelled.is_judged_failure{{ of }} and not {{ has_lines }}
        end as is_failed_without_lines{{ of }},
        {% endfor -%}
        -- Ratings are of a random half of the sessions; the others are left out, not unknown.
        coalesce(eligibility.reason, '') <> 'not_sampled' as is_rated,
        case
            when labelled.has_clear_goal and labelled.success_rating is not null
                then labelled.is_judged_success and labelled.success_rating in (4, 5)
        end
            as is_rated_verified_success,
        case when labelled.outcome <> 'no_clear_goal' then labelled.failure_rating > 3 end
            as is_rated_trouble_above_3,
        case when labelled.outcome <> 'no_clear_goal' then labelled.failure_rating >= 3 end
            as is_rated_trouble_from_3,
        labelled.is_code_mode,
        {{ has_lines }} as is_code_producing,
        {{ has_changed_lines }} as has_code_change,
        labelled.is_software_user,
        -- times
        sessions.started_at,
        sessions.started_local_date,
        sessions.started_week,
        sessions.started_month
    from sessions
    inner join labellers on sessions.agent = labellers.agent
    left join labelled
        on sessions.session_id = labelled.session_id and labellers.labeller = labelled.labeller
    left join sampled
        on sessions.session_id = sampled.session_id and labellers.labeller = sampled.labeller
    left join eligibility
        on
            sessions.session_id = eligibility.unit_id and labellers.labeller = eligibility.labeller
            and labellers.failure_rating_by = eligibility.fingerprint
    left join steering_eligibility
        on
            sessions.session_id = steering_eligibility.unit_id
            and labellers.labeller = steering_eligibility.labeller
            and labellers.steering_by = steering_eligibility.fingerprint
    where sessions.is_in_study_c_frame and coalesce(sampled.is_in_sample, true)
)

select *
from final
