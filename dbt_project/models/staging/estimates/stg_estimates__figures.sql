with

source as (
    select * from {{ source('estimates', 'figures') }}
),

final as (
    select
        -- keys
        table_name,
        metric_name || '|' || agent || '|' || coalesce(statistic, '') || '|'
        || coalesce(specification, '') || '|' || coalesce(population, '') || '|'
        || coalesce(labeller, '') || '|' || coalesce(fingerprint, '') || '|' || period_kind || '|'
        || coalesce(cast(period_start as {{ type_string() }}), '') || '|' || segment_name || '|'
        || segment_value as figure_id,
        agent,
        metric_name,
        metric_kind,
        statistic,
        specification,
        population,
        labeller,
        fingerprint,
        standing,
        period_kind,
        period_start,
        baseline_start,
        segment_name,
        segment_value,
        merged_values,
        -- facts
        numerator,
        denominator,
        estimate,
        user_weighted_estimate,
        standard_error,
        interval_low,
        interval_high,
        n_sessions,
        n_users,
        n_effective,
        top_user_share_band,
        unknown_share,
        p_value,
        p_value_adjusted,
        withheld_reason,
        suppressed_reason,
        -- booleans
        is_imprecise,
        suppressed_reason is not null as is_suppressed
    from source
)

select *
from final
