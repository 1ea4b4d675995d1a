with

source as (
    select *
    from {{ source('estimates', 'turn_durations') }}
),

final as (
    select
        -- keys
        agent,
        period_kind,
        cast(period_start as date) as period_start,
        series,
        statistic,
        -- facts
        quantile,
        n_turns,
        n_open_turns,
        n_sessions,
        n_users,
        top_user_share_band,
        estimate_seconds,
        interval_low_seconds,
        interval_high_seconds,
        lower_rank,
        upper_rank,
        needed_turn_count,
        withheld_reason,
        suppressed_reason
    from source
)

select *
from final
