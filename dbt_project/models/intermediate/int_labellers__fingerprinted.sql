with

classifiers as (
    select * from {{ ref('int_classifiers__asked') }}
),

-- One current fingerprint per agent, classifier and labeller: `max` picks it.
final as (
    select
        -- keys
        agent,
        labeller,
        -- facts
        max(case when classifier = 'outcome' then fingerprint end) as outcome_by,
        max(case when classifier = 'success_evidence' then fingerprint end) as success_evidence_by,
        max(case when classifier = 'failure_evidence' then fingerprint end) as failure_evidence_by,
        max(case when classifier = 'success_rating' then fingerprint end) as success_rating_by,
        max(case when classifier = 'failure_rating' then fingerprint end) as failure_rating_by,
        max(case when classifier = 'work_mode' then fingerprint end) as work_mode_by,
        max(case when classifier = 'codebase_relation' then fingerprint end)
            as codebase_relation_by,
        max(case when classifier = 'decisions' then fingerprint end) as decisions_by,
        max(case when classifier = 'expertise' then fingerprint end) as expertise_by,
        max(case when classifier = 'expertise_first_prompt' then fingerprint end)
            as expertise_first_prompt_by,
        max(case when classifier = 'user_occupation' then fingerprint end) as user_occupation_by,
        max(case when classifier = 'work_occupation' then fingerprint end) as work_occupation_by,
        max(case when classifier = 'task_value' then fingerprint end) as task_value_by,
        max(case when classifier = 'goal_complexity' then fingerprint end) as goal_complexity_by,
        max(case when classifier = 'difficulty_tier' then fingerprint end) as difficulty_tier_by,
        max(case when classifier = 'steering' then fingerprint end) as steering_by,
        max(case when classifier = 'human_time' then fingerprint end) as human_time_by,
        max(case when classifier = 'stop_reason' then fingerprint end) as stop_reason_by,
        max(case when classifier = 'interrupt_reason' then fingerprint end) as interrupt_reason_by,
        max(case when classifier = 'question_usefulness' then fingerprint end)
            as question_usefulness_by,
        -- times
        max(last_labelled_at) as last_labelled_at
    from classifiers
    group by agent, labeller
)

select *
from final
