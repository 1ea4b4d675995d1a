with

source as (
    select *
    from {{ source('supplied', 'wages') }}
),

final as (
    select
        -- keys
        occupation,
        -- facts
        hourly_wage_usd,
        wage_source
    from source
)

select *
from final
