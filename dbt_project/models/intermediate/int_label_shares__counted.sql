{#- Read once, by one table of metrics: rows for all users and labels need not be stored. The forced
    labels are in no distribution. -#}
{{ config(materialized='view') }}
{%- set fields = [
    'work_mode', 'codebase_relation', 'expertise', 'user_occupation', 'work_occupation', 'price_tier',
    'difficulty_tier',
] -%}
{%- set of_user = 'field, period_kind, period_start, agent, labeller, user_id' %}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

classifiers as (
    select * from {{ ref('int_classifiers__asked') }}
),

vocabulary as (
    select * from {{ ref('label_vocabulary') }}
),

-- The labels of each question that a labeller was asked of an agent; one current fingerprint each.
asked as (
    select
        vocabulary.field,
        vocabulary.label,
        classifiers.agent,
        classifiers.labeller,
        classifiers.fingerprint
    from classifiers
    inner join vocabulary on classifiers.classifier = vocabulary.classifier
    where
        vocabulary.label <> 'not_inferable'
        and vocabulary.classifier = replace(vocabulary.field, 'price_tier', 'task_value')
),

labelled as (
    {%- for field in fields %}
    {%- for kind, period in [('overall', 'cast(null as date)'), ('month', 'started_month')] %}
    select
        '{{ field }}' as field,
        '{{ kind }}' as period_kind,
        {{ period }} as period_start,
        agent,
        labeller,
        user_id,
        nullif({{ field }}, 'not_inferable') as known_label,
        count(*) as session_count
    from judged
    group by {{ period ~ ', ' if kind == 'month' }}agent, labeller, user_id, {{ field }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Every user's sessions are below the line of every label, also of one that the user has none of.
answered as (
    select
        {{ of_user }},
        sum(case when known_label is null then 0 else session_count end) as known_count,
        sum(case when known_label is null then session_count else 0 end) as unknown_count
    from labelled
    group by {{ of_user }}
),

-- `asked` has a row per agent, question, label and labeller, `labelled` per user and known label.
final as (
    select
        -- keys
        answered.agent,
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
    inner join asked
        on
            answered.field = asked.field and answered.agent = asked.agent
            and answered.labeller = asked.labeller
    left join labelled
        on
            answered.field = labelled.field and answered.period_kind = labelled.period_kind
            and answered.period_start is not distinct from labelled.period_start
            and answered.agent = labelled.agent and answered.labeller = labelled.labeller
            and answered.user_id is not distinct from labelled.user_id
            and asked.label = labelled.known_label
)

select *
from final
