{#- Columns of a label's answer as text and as a number, by classifier. -#}
{%- set answers = {
    'work_mode': ('work_mode', 'null'),
    'codebase_relation': ('codebase_relation', 'null'),
    'decisions': ('null', 'user_planning_share'),
    'expertise': ('expertise', 'expertise_level'),
    'expertise_first_prompt': ('expertise', 'expertise_level'),
    'user_occupation': ('user_occupation', 'null'),
    'work_occupation': ('work_occupation', 'null'),
    'outcome': ('outcome', 'null'),
    'success_evidence': ('null', 'success_score'),
    'failure_evidence': ('null', 'failure_score'),
    'task_value': ('price_tier', 'price_usd'),
    'goal_complexity': ('goal_complexity', 'null'),
    'human_time': ('null', 'hours_p50'),
    'steering': ('null', 'steering_share'),
    'difficulty_tier': ('difficulty_tier', 'null'),
    'stop_reason': ('stop_reason', 'null'),
    'interrupt_reason': ('interrupt_reason', 'null'),
} -%}

with

{% for classifier, (answer_label, answer_score) in answers.items() -%}
{{ classifier }} as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        cast({{ answer_label }} as {{ type_string() }}) as answer_label,
        cast({{ answer_score }} as double) as answer_score
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
