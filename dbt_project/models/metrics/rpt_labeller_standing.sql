with

standings as (
    select * from {{ ref('stg_estimates__labeller_standing') }}
),

final as (
    select
        -- keys
        agent || '|' || fingerprint as labeller_standing_id,
        agent,
        classifier,
        labeller,
        fingerprint,
        -- facts
        reference,
        measure,
        kappa,
        interval_low,
        interval_high,
        n_units,
        standing,
        shown_as,
        reason,
        -- booleans
        is_suppressed
    from standings
)

select *
from final
