with

work_by_expertise as (
    select * from {{ ref('stg_estimates__work_by_expertise') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('work_by_expertise') }}

select *
from estimates
