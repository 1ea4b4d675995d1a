{#- Rows of a session that a record can be, the closest to what the labeller read first. -#}
{%- set kinds = [
    ('human_act', 'stg_transcripts__human_acts', 'coalesce(record_id, act_id)', 'acted_at', 'true'),
    ('tool_result', 'stg_transcripts__tool_calls', 'coalesce(result_record_id, record_id)', 'resulted_at', 'has_result'),
    ('tool_call', 'stg_transcripts__tool_calls', 'record_id', 'called_at', 'has_call'),
    ('response', 'stg_transcripts__responses', 'record_id', 'responded_at', 'true'),
    ('event', 'stg_transcripts__events', 'coalesce(record_id, event_id)', 'occurred_at', 'true'),
    ('harness_text', 'stg_transcripts__harness_texts', 'harness_text_id', 'written_at', 'true'),
    ('turn', 'stg_transcripts__turns', 'turn_id', 'started_at', 'true'),
] -%}

with

labels as (
    select * from {{ ref('fct_labels') }}
),

evidenced as (
    select * from {{ ref('int_labels__evidenced') }}
),

cited as (
    select
        evidenced.label_id,
        evidenced.record_id,
        evidenced.item_count,
        labels.session_id
    from evidenced
    inner join labels on evidenced.label_id = labels.label_id
),

records as (
    {%- for kind, model, record_id, at, condition in kinds %}
    select
        session_id,
        {{ record_id }} as record_id,
        turn_id,
        {{ at }} as recorded_at,
        {{ loop.index }} as kind_number
    from {{ ref(model) }}
    where {{ condition }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- Most records are cited by nobody, and are let go before anything is sorted.
cited_records as (
    select distinct
        session_id,
        record_id
    from cited
),

ranked as (
    select
        records.session_id,
        records.record_id,
        records.turn_id,
        records.recorded_at,
        records.kind_number,
        row_number() over (
            partition by records.session_id, records.record_id
            order by
                records.kind_number, records.turn_id nulls last, records.recorded_at nulls last
        ) as row_in_record
    from records
    inner join cited_records
        on
            records.session_id = cited_records.session_id
            and records.record_id = cited_records.record_id
),

-- One row per record, whatever it is: a record can be an act and a result at once.
found as (
    select * from ranked
    where row_in_record = 1
),

final as (
    select
        -- keys
        {{ hash("cited.label_id || '|' || cited.record_id") }} as evidence_id,
        cited.label_id,
        cited.record_id,
        labels.unit_id,
        labels.session_id,
        found.turn_id,
        labels.fingerprint,
        -- facts
        labels.agent,
        labels.unit_kind,
        labels.classifier,
        labels.version,
        labels.labeller,
        case found.kind_number
            {%- for kind, model, record_id, at, condition in kinds %}
            when {{ loop.index }} then '{{ kind }}'
            {%- endfor %}
        end as record_kind,
        cited.item_count,
        -- booleans
        labels.is_current,
        labels.is_stale,
        -- times
        found.recorded_at,
        labels.labelled_at,
        labels.session_date
    from cited
    inner join labels on cited.label_id = labels.label_id
    left join found on cited.session_id = found.session_id and cited.record_id = found.record_id
)

select *
from final
