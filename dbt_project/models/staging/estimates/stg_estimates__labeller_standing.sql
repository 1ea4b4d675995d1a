with

source as (
    select * from {{ source('estimates', 'labeller_standing') }}
),

final as (
    select
        -- keys
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
    from source
)

select *
from final
