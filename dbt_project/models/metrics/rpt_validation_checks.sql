with

checks as (
    select * from {{ ref('stg_estimates__validation_checks') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('checks') }}

select *
from estimates
