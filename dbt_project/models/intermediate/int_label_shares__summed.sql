{#- Read once, by one table of metrics: rows for all users and labels need not be stored. -#}
{{ config(materialized='view') }}
{#- The forced labels are in no distribution. -#}
{%- set fields = [
    'work_mode', 'codebase_relation', 'expertise', 'user_occupation', 'work_occupation', 'price_tier',
    'difficulty_tier',
] -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

classifiers as (
    select * from {{ ref('dim_classifiers') }}
),

vocabulary as (
    select * from {{ ref('label_vocabulary') }}
),

-- The labels of each question that a labeller was asked; one current fingerprint each.
asked as (
    select
        vocabulary.field,
        vocabulary.label,
        classifiers.labeller,
        classifiers.fingerprint
    from classifiers
    inner join vocabulary on classifiers.classifier = vocabulary.classifier
    where
        classifiers.is_current
        and vocabulary.label <> 'not_inferable'
        and vocabulary.classifier
        = case vocabulary.field when 'price_tier' then 'task_value' else vocabulary.field end
),

labelled as (
    {%- for field in fields %}
    {%- for kind, period in [('overall', 'cast(null as date)'), ('month', 'started_month')] %}
    select
        '{{ field }}' as field,
        '{{ kind }}' as period_kind,
        {{ period }} as period_start,
        labeller,
        user_id,
        nullif({{ field }}, 'not_inferable') as known_label,
        count(*) as session_count
    from judged
    group by {{ period ~ ', ' if kind == 'month' }}labeller, user_id, {{ field }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Every user's sessions are below the line of every label, also of one that the user has none of.
answered as (
    select
        field,
        period_kind,
        period_start,
        labeller,
        user_id,
        sum(case when known_label is null then 0 else session_count end) as known_count,
        sum(case when known_label is null then session_count else 0 end) as unknown_count
    from labelled
    group by field, period_kind, period_start, labeller, user_id
),

-- One row per question, label and labeller in `asked`; one per user and known label in `labelled`.
final as (
    select
        -- keys
        answered.field,
        answered.period_kind,
        answered.period_start,
        asked.label,
        answered.labeller,
        asked.fingerprint,
        answered.user_id,
        -- facts
        coalesce(labelled.session_count, 0) as session_count,
        answered.known_count,
        answered.unknown_count
    from answered
    inner join asked on answered.field = asked.field and answered.labeller = asked.labeller
    left join labelled
        on
            answered.field = labelled.field
            and answered.period_kind = labelled.period_kind
            and answered.period_start is not distinct from labelled.period_start
            and answered.labeller = labelled.labeller
            and answered.user_id is not distinct from labelled.user_id
            and asked.label = labelled.known_label
)

select *
from final
