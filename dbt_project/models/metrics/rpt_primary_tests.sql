with

primary_tests as (
    select * from {{ ref('stg_estimates__primary_tests') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('primary_tests') }}

select *
from estimates
