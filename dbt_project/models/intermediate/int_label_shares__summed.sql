{#- Questions whose labels are shared out: column of int_sessions__judged, classifier, segment. -#}
{%- set fields = [
    ('work_mode', 'work_mode', 'work_mode'),
    ('codebase_relation', 'codebase_relation', 'codebase_relation'),
    ('expertise', 'expertise', 'expertise'),
    ('user_occupation', 'user_occupation', 'occupation'),
    ('work_occupation', 'work_occupation', 'work_occupation'),
    ('price_tier', 'task_value', 'value_band'),
    ('difficulty_tier', 'difficulty_tier', 'difficulty_tier'),
    ('new_work', 'new_work', 'new_work'),
    ('success_rating', 'success_rating', 'success_rating'),
    ('failure_rating', 'failure_rating', 'failure_rating'),
] -%}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set periods = [
    ('overall', 'cast(null as date)'), ('quarter', quarter), ('month', 'started_month'),
] -%}
{#- Rates: name, sessions counted, sessions they are of, those not settled, what they rest on. The
    three groups of work modes are the study's (C3); its fourth, operating, is a mode of its own. -#}
{%- set rates = [
    ('code_work_share', "work_mode in ('build', 'fix', 'test', 'orchestrate')",
        "work_mode <> 'not_inferable'", "coalesce(work_mode, 'not_inferable') = 'not_inferable'", 'work_mode_by'),
    ('planning_work_share', "work_mode in ('plan', 'understand')", "work_mode <> 'not_inferable'",
        "coalesce(work_mode, 'not_inferable') = 'not_inferable'", 'work_mode_by'),
    ('communication_work_share', "work_mode in ('analyze', 'communicate')", "work_mode <> 'not_inferable'",
        "coalesce(work_mode, 'not_inferable') = 'not_inferable'", 'work_mode_by'),
    ('user_occupation_inferred', "user_occupation <> 'not_inferable'", 'user_occupation is not null',
        'user_occupation is null', 'user_occupation_by'),
    ('other_users_share_of_verified_code_sessions', 'not is_software_user',
        'is_verified_success and is_code_producing and is_software_user is not null',
        'is_code_producing and coalesce(has_clear_goal, true) and coalesce(is_verified_success, true)'
        ~ ' and (is_verified_success is null or is_software_user is null)',
        "outcome_by || '+' || success_evidence_by || '+' || user_occupation_by"),
] %}

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

-- Every session once per question and period, with its label; what is not inferable is unknown.
labelled as (
    {%- for field, classifier, segment in fields %}
    {%- for period_kind, period_start in periods %}
    {%- set is_rating = field in ('success_rating', 'failure_rating') %}
    select
        agent,
        labeller,
        user_id,
        '{{ classifier }}' as classifier,
        '{{ field }}' as field,
        '{{ segment }}' as segment_name,
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        {{ 'cast(cast(' ~ field ~ ' as bigint) as ' ~ type_string() ~ ')' if is_rating
            else "nullif(" ~ field ~ ", 'not_inferable')" }} as known_label
    from judged
    where {{ 'is_rated' if is_rating else 'true' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Counted before they are joined: users have few labels, and the join is of every label.
of_labels as (
    select
        agent,
        labeller,
        user_id,
        classifier,
        field,
        segment_name,
        period_kind,
        period_start,
        known_label,
        count(*) as session_count
    from labelled
    group by
        agent, labeller, user_id, classifier, field, segment_name, period_kind, period_start,
        known_label
),

of_users as (
    select
        agent,
        labeller,
        user_id,
        classifier,
        field,
        segment_name,
        period_kind,
        period_start,
        sum(case when known_label is not null then session_count else 0 end) as known_count,
        sum(case when known_label is null then session_count else 0 end) as unknown_count
    from of_labels
    group by agent, labeller, user_id, classifier, field, segment_name, period_kind, period_start
),

-- One current fingerprint per agent, labeller and classifier, so that no label is repeated.
possible as (
    select
        classifiers.agent,
        classifiers.labeller,
        classifiers.fingerprint,
        vocabulary.classifier,
        vocabulary.field,
        vocabulary.label
    from classifiers
    inner join vocabulary on classifiers.classifier = vocabulary.classifier
    where vocabulary.label <> 'not_inferable'
),

-- Every user once per possible label: a user without the label has sessions that are not of it.
shares as (
    select
        of_users.agent,
        of_users.field || '_share' as metric_name,
        'share' as metric_kind,
        of_users.period_kind,
        of_users.period_start,
        of_users.segment_name,
        possible.label as segment_value,
        of_users.labeller,
        possible.fingerprint,
        of_users.user_id,
        cast(coalesce(of_labels.session_count, 0) as {{ type_double() }}) as numerator,
        cast(of_users.known_count as {{ type_double() }}) as denominator,
        cast(coalesce(of_labels.session_count, 0) as bigint) as session_count,
        cast(of_users.unknown_count as bigint) as unknown_count
    from of_users
    inner join possible
        on
            of_users.agent = possible.agent and of_users.labeller = possible.labeller
            and of_users.classifier = possible.classifier and of_users.field = possible.field
    left join of_labels
        on
            of_users.agent = of_labels.agent and of_users.labeller = of_labels.labeller
            and of_users.user_id is not distinct from of_labels.user_id
            and of_users.field = of_labels.field and of_users.period_kind = of_labels.period_kind
            and of_users.period_start is not distinct from of_labels.period_start
            and possible.label = of_labels.known_label
),

final as (
    select * from shares
    {%- for name, counted, among, unknown, fingerprint in rates %}
    {%- for period_kind, period_start in periods %}
    union all
    select
        agent,
        '{{ name }}' as metric_name,
        'rate' as metric_kind,
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        'all' as segment_name,
        'all' as segment_value,
        labeller,
        {{ fingerprint }} as fingerprint,
        user_id,
        cast({{ count_if('(' ~ among ~ ') and (' ~ counted ~ ')') }} as {{ type_double() }})
            as numerator,
        cast({{ count_if(among) }} as {{ type_double() }}) as denominator,
        {{ count_if(among) }} as session_count,
        {{ count_if(unknown) }} as unknown_count
    from judged
    where {{ fingerprint }} is not null
    group by
        agent, labeller, user_id, outcome_by, success_evidence_by, user_occupation_by,
        work_mode_by{{ ', ' ~ period_start if period_kind != 'overall' }}
    {%- endfor %}
    {%- endfor %}
)

select *
from final
