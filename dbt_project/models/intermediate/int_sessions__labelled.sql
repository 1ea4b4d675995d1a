{#- Column: classifier and side of its answer. The person's occupation is for aggregates: no release
    holds this schema. -#}
{%- set answers = {
    'work_mode': ('work_mode', 'answer_label'),
    'codebase_relation': ('codebase_relation', 'answer_label'),
    'user_planning_share': ('decisions', 'answer_score'),
    'user_execution_share': ('decisions', 'answer_second_score'),
    'expertise': ('expertise', 'answer_label'),
    'expertise_level': ('expertise', 'answer_score'),
    'first_prompt_expertise': ('expertise_first_prompt', 'answer_label'),
    'first_prompt_expertise_level': ('expertise_first_prompt', 'answer_score'),
    'user_occupation': ('user_occupation', 'answer_label'),
    'work_occupation': ('work_occupation', 'answer_label'),
    'outcome': ('outcome', 'answer_label'),
    'success_score': ('success_evidence', 'answer_score'),
    'failure_score': ('failure_evidence', 'answer_score'),
    'price_tier': ('task_value', 'answer_label'),
    'price_usd': ('task_value', 'answer_score'),
    'goal_complexity': ('goal_complexity', 'answer_label'),
    'human_hours': ('human_time', 'answer_score'),
    'steering_share': ('steering', 'answer_score'),
    'difficulty_tier': ('difficulty_tier', 'answer_label'),
} -%}

with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

-- One current label at most per session, classifier and labeller: `max` picks it, it sums nothing.
final as (
    select
        -- keys
        unit_id as session_id,
        labeller,
        -- facts
        {% for column, (classifier, answer) in answers.items() -%}
        max(case when classifier = '{{ classifier }}' then {{ answer }} end) as {{ column }},
        {% endfor -%}
        -- times
        max(labelled_at) as last_labelled_at
    from labels
    where is_current and unit_kind = 'session' and status = 'ok'
    group by unit_id, labeller
)

select *
from final
