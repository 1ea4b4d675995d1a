with

final as (
    {%- for table in label_tables() if not table.is_items %}
    select
        -- keys
        unit_id,
        session_id,
        fingerprint,
        input_hash,
        request_id,
        batch_id,
        -- facts
        unit_kind,
        classifier,
        version,
        rendering,
        labeller,
        model,
        status,
        cast({{ table.answer_label or 'null' }} as {{ type_string() }}) as answer_label,
        cast({{ table.answer_score or 'null' }} as {{ type_double() }}) as answer_score,
        evidence_record_ids,
        cited_evidence_count,
        rejected_evidence_count,
        coverage,
        replicate,
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        cost_usd,
        -- booleans
        is_stale,
        -- times
        labelled_at,
        cast(session_date as date) as session_date
    from {{ source('labels', table.name) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select *
from final
