with

occupation_gaps as (
    select * from {{ ref('stg_estimates__occupation_gaps') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('occupation_gaps') }}

select *
from estimates
