{#- Classifiers of sessions. -#}
{%- set classifiers = [
    'outcome', 'success_evidence', 'failure_evidence', 'work_mode', 'codebase_relation', 'decisions',
    'expertise', 'expertise_first_prompt', 'user_occupation', 'work_occupation', 'task_value',
    'goal_complexity', 'difficulty_tier', 'steering', 'human_time',
] -%}

with

classifiers as (
    select * from {{ ref('dim_classifiers') }}
),

-- One current fingerprint per classifier and labeller: `max` picks it.
final as (
    select
        -- keys
        labeller,
        -- facts
        {% for classifier in classifiers -%}
        max(case when classifier = '{{ classifier }}' then fingerprint end) as {{ classifier }}_by,
        {% endfor -%}
        -- times
        max(last_labelled_at) as last_labelled_at
    from classifiers
    where is_current
    group by labeller
)

select *
from final
