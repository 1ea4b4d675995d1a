{#- Classifiers of sessions. -#}
{%- set classifiers = [
    'outcome', 'success_evidence', 'failure_evidence', 'work_mode', 'codebase_relation', 'decisions',
    'expertise', 'expertise_first_prompt', 'user_occupation', 'work_occupation', 'task_value',
    'goal_complexity', 'difficulty_tier', 'steering', 'human_time',
] -%}

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
        {% for classifier in classifiers -%}
        max(case when classifier = '{{ classifier }}' then fingerprint end) as {{ classifier }}_by,
        {% endfor -%}
        -- times
        max(last_labelled_at) as last_labelled_at
    from classifiers
    group by agent, labeller
)

select *
from final
