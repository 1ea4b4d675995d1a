{%- set overall = 'cast(null as date)' -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set periods = [('overall', overall), ('quarter', quarter), ('month', 'started_month')] -%}
{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set cells = [
    ('overall', overall, 'all', "'all'", "''"),
    ('overall', overall, 'goal_complexity', 'goal_complexity', "''"),
] -%}
{#- Rates per turn (A10): name, what is counted, turns that it is of, turns that may be. Those
    outside plan mode are not cut by complexity: the few turns in plan mode would hide both. -#}
{%- set outside = 'not is_in_plan_mode' -%}
{%- set no_mode = 'is_in_plan_mode is null' -%}
{%- set rates = [
    ('agent_asked_rate', 'has_question', 'true', 'false'),
    ('human_interrupted_rate', 'is_interrupted', 'true', 'false'),
    ('agent_asked_rate_outside_plan_mode', 'has_question', outside, no_mode),
    ('human_interrupted_rate_outside_plan_mode', 'is_interrupted', outside, no_mode),
] -%}
{#- Reasons (A11, A12): label, and turns that it is asked of. A stop that awaits nobody is no stop
    of A11: it is outside the denominator. -#}
{%- set reasons = [
    ('stop_reason', "end_reason in ('completed', 'question', 'plan_approval', 'error')"),
    ('interrupt_reason', "end_reason = 'interrupted' and is_interrupted"),
    ('question_usefulness', "end_reason = 'question'"),
] -%}
{#- Questions to the person (METHODS 7.2): useful ones, and interruptions for what the agent never
    asked for. Name, what is counted, turns that it is of, turns that may be. -#}
{%- set useful = "('changed_plan', 'supplied_missing')" -%}
{%- set is_useful = 'coalesce(question_usefulness in ' ~ useful ~ ', false)' -%}
{%- set is_known = "end_reason = 'question' and question_usefulness is not null" -%}
{%- set may_be_useful = "end_reason = 'question' and question_usefulness is null" -%}
{%- set is_stopped = "end_reason = 'interrupted' and is_interrupted" -%}
{%- set is_unasked = is_stopped ~ ' and not has_question_so_far' -%}
{%- set is_missed = is_unasked ~ " and interrupt_reason = 'correction_or_context'" -%}
{%- set is_needed = '(' ~ is_useful ~ ' or coalesce(' ~ is_missed ~ ', false))' -%}
{%- set may_be = may_be_useful ~ ' or ' ~ is_unasked ~ ' and interrupt_reason is null' -%}
{%- set questions = [
    ('question_precision', is_useful, is_known, may_be_useful),
    ('question_precision_outside_plan_mode', is_useful, is_known ~ ' and ' ~ outside,
        may_be_useful ~ " or end_reason = 'question' and " ~ no_mode),
    ('question_recall', is_useful, is_needed, may_be),
    ('question_recall_outside_plan_mode', is_useful, is_needed ~ ' and ' ~ outside,
        may_be ~ ' or ' ~ is_needed ~ ' and ' ~ no_mode),
] -%}
{%- set cells_of_questions = [
    ('overall', overall, 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', overall, 'goal_complexity', 'goal_complexity', "'+' || goal_complexity_by"),
] %}
{%- set awaits_nobody = "in ('done', 'error_or_limit')" %}

with

turns as (
    select * from {{ ref('int_turns__judged') }}
),

vocabulary as (
    select * from {{ ref('label_vocabulary') }}
),

observations as (
    {{ observations_in(cells, 'turns', [
        'session_id', 'user_id', 'labeller', 'goal_complexity_by', 'has_question', 'is_interrupted',
        'is_in_plan_mode',
    ]) }}
),

question_observations as (
    {{ observations_in(cells_of_questions, 'turns', [
        'session_id', 'user_id', 'labeller', 'question_usefulness_by', 'interrupt_reason_by',
        'end_reason', 'question_usefulness', 'interrupt_reason', 'is_interrupted',
        'has_question_so_far', 'is_in_plan_mode',
    ]) }}
),

-- Every turn that a reason is asked of, once per kind of reason and period.
reasoned as (
    {%- for field, among in reasons %}
    {%- for period_kind, period_start in periods %}
    select
        agent,
        labeller,
        user_id,
        session_id,
        '{{ field }}' as field,
        {{ field }}_by as fingerprint,
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        {{ field }} as known_reason
    from turns
    where
        {{ field }}_by is not null
        and {{ among }}
        and not coalesce({{ field }} {{ awaits_nobody }}, false)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

of_users as (
    select
        agent,
        labeller,
        user_id,
        field,
        fingerprint,
        period_kind,
        period_start,
        count(known_reason) as known_count,
        {{ count_if('known_reason is null') }} as unknown_count
    from reasoned
    group by agent, labeller, user_id, field, fingerprint, period_kind, period_start
),

possible as (
    select
        field,
        label
    from vocabulary
    where
        classifier = field
        and label <> 'not_inferable'
        and not label {{ awaits_nobody }}
),

-- Every user once per possible reason: a user without it has turns that are not of it.
shares as (
    select
        of_users.agent,
        of_users.field || '_share' as metric_name,
        'share' as metric_kind,
        of_users.period_kind,
        of_users.period_start,
        of_users.field as segment_name,
        possible.label as segment_value,
        of_users.labeller,
        of_users.fingerprint,
        of_users.user_id,
        cast(count(reasoned.known_reason) as {{ type_double() }}) as numerator,
        cast(of_users.known_count as {{ type_double() }}) as denominator,
        count(distinct reasoned.session_id) as session_count,
        of_users.unknown_count
    from of_users
    inner join possible on of_users.field = possible.field
    left join reasoned
        on
            of_users.agent = reasoned.agent and of_users.labeller = reasoned.labeller
            and of_users.user_id is not distinct from reasoned.user_id
            and of_users.field = reasoned.field and of_users.period_kind = reasoned.period_kind
            and of_users.period_start is not distinct from reasoned.period_start
            and possible.label = reasoned.known_reason
    group by
        of_users.agent, of_users.field, of_users.period_kind, of_users.period_start, possible.label,
        of_users.labeller, of_users.fingerprint, of_users.user_id, of_users.known_count,
        of_users.unknown_count
),

final as (
    select * from shares
    {%- for name, counted, among, unknown in rates %}
    union all
    {%- set cut = '' if among == 'true' else " and segment_name = 'all'" %}
    {{ user_sums_of('observations where goal_complexity_by is not null' ~ cut, {
        'name': name,
        'sessions': 'count(distinct case when ' ~ among ~ ' then session_id end)',
        'numerator': 'case when ' ~ among ~ ' and ' ~ counted ~ ' then 1 else 0 end',
        'denominator': 'case when ' ~ among ~ ' then 1 else 0 end',
        'unknown': unknown,
        'labeller': 'labeller',
        'fingerprint': 'goal_complexity_by',
    }) }}
    {%- endfor %}
    {%- for name, counted, among, unknown in questions %}
    union all
    {%- set of_recall = 'recall' in name %}
    {%- set asked = 'question_usefulness_by is not null and segment_by is not null'
        ~ (' and interrupt_reason_by is not null' if of_recall else '')
        ~ (" and segment_name = 'all'" if 'outside' in name else '') %}
    {{ user_sums_of('question_observations where ' ~ asked, {
        'name': name,
        'sessions': 'count(distinct case when ' ~ among ~ ' then session_id end)',
        'numerator': 'case when ' ~ among ~ ' and ' ~ counted ~ ' then 1 else 0 end',
        'denominator': 'case when ' ~ among ~ ' then 1 else 0 end',
        'unknown': unknown,
        'labeller': 'labeller',
        'fingerprint': 'question_usefulness_by'
            ~ (" || '+' || interrupt_reason_by" if of_recall else '') ~ ' || segment_by',
    }) }}
    {%- endfor %}
)

select *
from final
