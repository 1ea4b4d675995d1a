{%- set items = ['output_multiplier', 'new_work_share', 'deferred_work_share', 'quality_parity'] -%}

with

answers as (
    select * from {{ ref('stg_supplied__survey_answers') }}
),

-- Every answer once per item that was answered, each under its own item.
final as (
    {%- for item in items %}
    select
        'organisation' as agent,
        quarter_start,
        answer_number,
        '{{ item }}' as item,
        {{ item }} as band
    from answers
    where {{ item }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
