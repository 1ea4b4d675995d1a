{#- In team mode agreement with people is shown where enough of them have reviewed sessions. -#}
{%- set is_shown -%}
    (
        reference <> 'people'
        or '{{ var("mode") }}' = 'personal'
        or (n_users >= {{ var('min_users') }} and top_user_share <= 0.5)
    )
{%- endset -%}

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
        case when {{ is_shown }} then kappa end as kappa,
        case when {{ is_shown }} then interval_low end as interval_low,
        case when {{ is_shown }} then interval_high end as interval_high,
        case when {{ is_shown }} then n_units end as n_units,
        standing,
        shown_as,
        case when {{ is_shown }} then reason end as reason,
        -- booleans
        not {{ is_shown }} as is_suppressed
    from standings
)

select *
from final
