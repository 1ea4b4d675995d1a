with

corrected_rates as (
    select * from {{ ref('stg_estimates__corrected_rates') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('corrected_rates') }}

select *
from estimates
