{#- The comparable series reads forced labels, `_opt_out` those with not_inferable among them. -#}
{%- set series = ['', '_opt_out'] -%}

with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

reviewed as (
    select * from {{ ref('int_labels__reviewed') }}
),

answers as (
    select * from {{ ref('stg_labels__answers') }}
),

-- The labels that speak for a session: the current ones of a labeller, the first reviewer's of
-- people. There is at most one per session, classifier and labeller.
speaking as (
    select
        unit_id,
        labeller,
        classifier,
        fingerprint,
        replicate,
        labelled_at
    from labels
    where is_current and unit_kind = 'session' and status = 'ok'
    union all
    select
        unit_id,
        labeller,
        classifier,
        fingerprint,
        replicate,
        labelled_at
    from reviewed
    where is_first_replicate and not is_stale
),

-- A label without items has one value per field.
answered as (
    select
        speaking.unit_id as session_id,
        speaking.labeller,
        speaking.labelled_at,
        answers.classifier || '.' || answers.field as question,
        answers.value_text,
        answers.value_number
    from speaking
    inner join answers
        on
            speaking.classifier = answers.classifier
            and speaking.unit_id = answers.unit_id
            and speaking.fingerprint = answers.fingerprint
            and speaking.replicate = answers.replicate
    where answers.item_number is null
),

-- `max` picks the one value of a session, labeller and question; it sums nothing. People are asked
-- for the label alone: it is the forced one too unless it is the opt-out.
picked as (
    select
        session_id,
        labeller,
        coalesce(
            max(case when question = 'work_mode.forced_work_mode' then value_text end),
            max(
                case
                    when question = 'work_mode.work_mode' then nullif(value_text, 'not_inferable')
                end
            )
        ) as work_mode,
        max(case when question = 'work_mode.work_mode' then value_text end) as work_mode_opt_out,
        coalesce(
            max(
                case
                    when question = 'codebase_relation.forced_codebase_relation' then value_text
                end
            ),
            max(
                case
                    when question = 'codebase_relation.codebase_relation'
                        then nullif(value_text, 'not_inferable')
                end
            )
        ) as codebase_relation,
        max(case when question = 'decisions.user_planning_share' then value_number end)
            as user_planning_share,
        max(case when question = 'decisions.user_execution_share' then value_number end)
            as user_execution_share,
        max(case when question = 'expertise.expertise' then value_text end) as expertise,
        max(case when question = 'expertise.expertise_level' then value_number end)
            as expertise_level,
        max(case when question = 'expertise_first_prompt.expertise' then value_text end)
            as first_prompt_expertise,
        max(case when question = 'expertise_first_prompt.expertise_level' then value_number end)
            as first_prompt_expertise_level,
        max(case when question = 'user_occupation.user_occupation' then value_text end)
            as user_occupation,
        coalesce(
            max(case when question = 'work_occupation.forced_work_occupation' then value_text end),
            max(
                case
                    when question = 'work_occupation.work_occupation'
                        then nullif(value_text, 'not_inferable')
                end
            )
        ) as work_occupation,
        max(case when question = 'work_occupation.work_occupation' then value_text end)
            as work_occupation_opt_out,
        coalesce(
            max(case when question = 'outcome.forced_outcome' then value_text end),
            max(case when question = 'outcome.outcome' then nullif(value_text, 'not_inferable') end)
        ) as outcome,
        max(case when question = 'outcome.outcome' then value_text end) as outcome_opt_out,
        max(case when question = 'success_evidence.success_score' then value_number end)
            as success_score,
        max(case when question = 'failure_evidence.failure_score' then value_number end)
            as failure_score,
        max(case when question = 'success_rating.success_rating' then value_number end)
            as success_rating,
        max(case when question = 'failure_rating.failure_rating' then value_number end)
            as failure_rating,
        max(case when question = 'task_value.price_tier' then value_text end) as price_tier,
        max(case when question = 'task_value.price_usd' then value_number end) as price_usd,
        max(case when question = 'goal_complexity.goal_complexity' then value_text end)
            as goal_complexity,
        max(case when question = 'human_time.hours_p50' then value_number end) as human_hours,
        max(case when question = 'steering.steering_share' then value_number end) as steering_share,
        {% for kind in ['correct', 'redirect', 'take_over'] -%}
        max(case when question = 'steering.{{ kind }}_count' then value_number end)
            as {{ kind }}_prompt_count,
        {% endfor -%}
        max(case when question = 'difficulty_tier.difficulty_tier' then value_text end)
            as difficulty_tier,
        max(case when question = 'new_work.new_work' then value_text end) as new_work,
        max(labelled_at) as last_labelled_at
    from answered
    group by session_id, labeller
),

final as (
    select
        -- keys
        session_id,
        labeller,
        -- facts
        work_mode,
        work_mode_opt_out,
        codebase_relation,
        user_planning_share,
        user_execution_share,
        expertise,
        expertise_level,
        first_prompt_expertise,
        first_prompt_expertise_level,
        user_occupation,
        work_occupation,
        work_occupation_opt_out,
        outcome,
        outcome_opt_out,
        success_score,
        failure_score,
        success_rating,
        failure_rating,
        price_tier,
        price_usd,
        goal_complexity,
        human_hours,
        steering_share,
        correct_prompt_count + redirect_prompt_count + take_over_prompt_count
            as steered_prompt_count,
        difficulty_tier,
        new_work,
        -- booleans
        {% for of in series -%}
        {% set has_goal = "outcome" ~ of ~ " in ('succeeded', 'partially_succeeded', 'failed')" -%}
        case
            when outcome{{ of }} = 'no_clear_goal' then false
            when {{ has_goal }} then true
        end as has_clear_goal{{ of }},
        case when {{ has_goal }} then outcome{{ of }} = 'succeeded' end
            as is_judged_success{{ of }},
        case when {{ has_goal }} then outcome{{ of }} <> 'failed' end
            as is_at_least_partial{{ of }},
        case when {{ has_goal }} then outcome{{ of }} = 'failed' end
            as is_judged_failure{{ of }},
        case
            when {{ has_goal }} and success_score is not null
                then outcome{{ of }} = 'succeeded' and success_score in (4, 5)
        end as is_verified_success{{ of }},
        case
            when {{ has_goal }} and failure_score is not null
                then outcome{{ of }} = 'failed' and failure_score in (4, 5)
        end as is_verified_failure{{ of }},
        case when outcome{{ of }} <> 'no_clear_goal' then failure_score > 3 end
            as is_in_trouble_above_3{{ of }},
        case when outcome{{ of }} <> 'no_clear_goal' then failure_score >= 3 end
            as is_in_trouble_from_3{{ of }},
        {% endfor -%}
        work_mode in ('build', 'fix', 'test', 'orchestrate') as is_code_mode,
        case
            when user_occupation <> 'not_inferable'
                then user_occupation = 'computer_and_mathematical'
        end as is_software_user,
        -- times
        last_labelled_at
    from picked
)

select *
from final
