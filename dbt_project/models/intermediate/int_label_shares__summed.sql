{%- set is_of_code =
    'is_verified_success and is_code_producing and is_software_user is not null' -%}
{%- set rates = [
    {
        'name': 'user_occupation_inferred',
        'population': 'user_occupation is not null',
        'counted': "user_occupation <> 'not_inferable'",
        'unknown': 'user_occupation is null',
        'fingerprint': 'user_occupation_by',
    },
    {
        'name': 'other_users_share_of_verified_code_sessions',
        'population': is_of_code,
        'counted': 'not is_software_user',
        'unknown': 'is_code_producing and coalesce(has_clear_goal, true)'
            ~ ' and coalesce(is_verified_success, true)'
            ~ ' and (is_verified_success is null or is_software_user is null)',
        'fingerprint': "outcome_by || '+' || success_evidence_by || '+' || user_occupation_by",
    },
] -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}

with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

shares as (
    select * from {{ ref('int_label_shares__counted') }}
),

observations as (
    {{ observations_in(cells, 'judged', [
        'user_id', 'labeller', 'outcome_by', 'success_evidence_by', 'user_occupation_by',
        'user_occupation', 'has_clear_goal', 'is_verified_success', 'is_code_producing',
        'is_software_user',
    ]) }}
),

final as (
    select
        agent,
        field || '_share' as metric_name,
        'share' as metric_kind,
        period_kind,
        period_start,
        case field
            when 'user_occupation' then 'occupation'
            when 'price_tier' then 'value_band'
            else field
        end as segment_name,
        label as segment_value,
        labeller,
        fingerprint,
        user_id,
        cast(session_count as double) as numerator,
        cast(known_count as double) as denominator,
        session_count,
        unknown_count
    from shares
    {%- for rate in rates %}
    union all
    {{ user_sums_of('observations where ' ~ rate.fingerprint ~ ' is not null', {
        'name': rate.name,
        'population': rate.population,
        'numerator': 'case when ' ~ rate.population ~ ' and ' ~ rate.counted ~ ' then 1 else 0 end',
        'denominator': 'case when ' ~ rate.population ~ ' then 1 else 0 end',
        'unknown': rate.unknown,
        'labeller': 'labeller',
        'fingerprint': rate.fingerprint,
    }) }}
    {%- endfor %}
)

select *
from final
