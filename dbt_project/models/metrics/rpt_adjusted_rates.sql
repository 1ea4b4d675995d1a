with

adjusted_rates as (
    select * from {{ ref('stg_estimates__adjusted_rates') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('adjusted_rates') }}

select *
from estimates
