with

agreement as (
    select * from {{ ref('stg_estimates__labeller_agreement') }}
    where metric_name = 'label_agreement'
),

published_values as (
    select * from {{ ref('published_values') }}
),

{{ estimates_from('agreement') }}

select *
from estimates
