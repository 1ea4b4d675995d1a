with

answers as (
    select * from {{ ref('fct_label_answers') }}
),

cited as (
    select
        label_id,
        item_number,
        {{ each_of('evidence_record_ids') }} as record_id
    from answers
),

-- A label cites a record once, however many fields of its answer do.
final as (
    select
        label_id,
        record_id,
        count(distinct item_number) as item_count
    from cited
    group by label_id, record_id
)

select *
from final
