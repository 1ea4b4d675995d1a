{#- Columns of a label's answer as text, as a number and as a second number, by classifier. -#}
{%- set answers = {
    'work_mode': ('work_mode', 'null', 'null'),
    'codebase_relation': ('codebase_relation', 'null', 'null'),
    'decisions': ('null', 'user_planning_share', 'user_execution_share'),
    'expertise': ('expertise', 'expertise_level', 'null'),
    'expertise_first_prompt': ('expertise', 'expertise_level', 'null'),
    'user_occupation': ('user_occupation', 'null', 'null'),
    'work_occupation': ('work_occupation', 'null', 'null'),
    'claims': ('null', 'claim_count', 'null'),
    'outcome': ('outcome', 'null', 'null'),
    'success_evidence': ('null', 'success_score', 'null'),
    'failure_evidence': ('null', 'failure_score', 'null'),
    'task_value': ('price_tier', 'price_usd', 'null'),
    'goal_complexity': ('goal_complexity', 'null', 'null'),
    'human_time': ('null', 'hours_p50', 'null'),
    'steering': ('null', 'steering_share', 'null'),
    'difficulty_tier': ('difficulty_tier', 'null', 'null'),
    'stop_reason': ('stop_reason', 'null', 'null'),
    'interrupt_reason': ('interrupt_reason', 'null', 'null'),
} -%}

with

{% for classifier, (answer_label, answer_score, answer_second_score) in answers.items() -%}
{{ classifier }} as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        cast({{ answer_label }} as {{ type_string() }}) as answer_label,
        cast({{ answer_score }} as double) as answer_score,
        cast({{ answer_second_score }} as double) as answer_second_score
    from {{ ref('stg_labels__' ~ classifier) }}
),

{% endfor -%}

final as (
    {% for classifier in answers -%}
    select * from {{ classifier }}
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
)

select *
from final
