{#- Every label table unfolded: one scan of each, a row per column that holds part of an answer. -#}
with

final as (
    {%- for table in label_tables() if table.fields %}
    select
        -- keys
        unit_id,
        fingerprint,
        replicate,
        {{ 'item_number' if table.is_items else 'cast(null as bigint)' }} as item_number,
        -- facts
        '{{ table.classifier }}' as classifier,
        answered.field_name as field,
        case answered.field_name
            {%- for field in table.fields %}
            when '{{ field }}' then cast({{ field }} as {{ type_string() }})
            {%- endfor %}
        end as value_text,
        case answered.field_name
            {%- for field, kind in table.fields.items() if kind != 'text' %}
            when '{{ field }}' then cast({{ field }} as {{ type_double() }})
            {%- endfor %}
            when '' then null
        end as value_number,
        {{ array_construct(['record_id']) if table.is_items else 'evidence_record_ids' }}
            as evidence_record_ids
    from {{ source('labels', table.name) }}
    cross join (
        values
        {%- for field in table.fields %}
        ('{{ field }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as answered (field_name)
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select *
from final
