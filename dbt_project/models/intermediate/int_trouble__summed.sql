{#- (name, rows it concerns, those it counts, rows that are not settled, what it rests on) -#}
{%- set of_calls = [
    ('error_on_the_way_share', 'true', 'has_error_on_the_way', 'false', none),
    ('verified_last_edit_share', 'is_last_edit_verified is not null', 'is_last_edit_verified',
        'has_edit and is_last_edit_verified is null', none),
] -%}
{%- set ended = 'is_at_least_partial is not null and is_in_trouble_above_3 is not null' -%}
{%- set of_labels = [
    ('trouble_on_the_way_share', 'is_troubled is not null', 'is_troubled', 'is_troubled is null',
        'failure_evidence_by'),
    ('recovered_of_troubled_on_the_way', 'is_troubled and ' ~ ended,
        'is_at_least_partial and not is_in_trouble_above_3',
        'is_troubled is null or is_troubled and not (' ~ ended ~ ')',
        "case when labeller <> 'rules' then failure_evidence_by || '+' || outcome_by end"),
] -%}
{#- The rules read the outcome from the same errors: their recovery would be circular. -#}
{%- set whole = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)", 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}
{%- set segments = [
    ('overall', 'cast(null as date)', 'work_mode', "coalesce(work_mode, 'unknown')",
        "'+' || work_mode_by"),
    ('overall', 'cast(null as date)', 'expertise', "coalesce(expertise, 'unknown')",
        "'+' || expertise_by"),
] -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

checked as (
    select * from {{ ref('int_sessions__checked') }}
),

objected as (
    select * from {{ ref('int_sessions__objected') }}
),

call_observations as (
    {{ observations_in(
        whole,
        'sessions inner join checked on sessions.session_id = checked.session_id'
        ~ ' where sessions.is_in_study_c_frame',
        ['user_id', 'has_edit', 'has_error_on_the_way', 'is_last_edit_verified'],
    ) }}
),

-- A session that nobody searched for objections is not known to have gone smoothly, nor in trouble.
troubled as (
    select
        judged.*,
        case
            when objected.has_objection is not null
                then checked.has_error_on_the_way or objected.has_objection
        end as is_troubled
    from judged
    inner join checked on judged.session_id = checked.session_id
    left join objected
        on judged.session_id = objected.session_id and judged.labeller = objected.labeller
),

label_observations as (
    {{ observations_in(whole + segments, 'troubled', [
        'user_id', 'labeller', 'failure_evidence_by', 'outcome_by', 'is_troubled',
        'is_at_least_partial', 'is_in_trouble_above_3',
    ]) }}
),

final as (
    {%- for name, population, counted, unknown, fingerprint in of_calls + of_labels %}
    {{ user_sums_of('label_observations' if fingerprint else 'call_observations', {
        'name': name,
        'population': population,
        'numerator': 'case when (' ~ population ~ ') and (' ~ counted ~ ') then 1 else 0 end',
        'denominator': 'case when ' ~ population ~ ' then 1 else 0 end',
        'unknown': unknown,
        'labeller': 'labeller' if fingerprint,
        'fingerprint': fingerprint ~ ' || segment_by' if fingerprint,
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
where labeller is null or fingerprint is not null
