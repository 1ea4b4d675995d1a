with

changes_over_time as (
    select * from {{ ref('stg_estimates__changes_over_time') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('changes_over_time') }}

select *
from estimates
