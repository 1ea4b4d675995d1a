with

sessions as (
    select * from {{ ref('stg_transcripts__set_aside_sessions') }}
),

pieces as (
    select * from {{ ref('stg_transcripts__quarantined_lines') }}
),

items as (
    select
        source,
        'session' as item_kind,
        reason,
        coalesce(rule_ids, error_type) as cause,
        object_count,
        session_date as set_aside_date
    from sessions
    union all
    select
        source,
        'piece_of_a_file' as item_kind,
        reason,
        record_type as cause,
        case when is_object then 1 else 0 end as object_count,
        archived_date as set_aside_date
    from pieces
),

final as (
    select
        -- keys
        source || '|' || item_kind || '|' || reason || '|' || coalesce(cause, '') || '|'
        || cast(set_aside_date as {{ type_string() }}) as set_aside_id,
        -- facts
        source,
        item_kind,
        reason,
        cause,
        count(*) as item_count,
        cast(sum(object_count) as bigint) as object_count,
        -- times
        set_aside_date
    from items
    group by source, item_kind, reason, cause, set_aside_date
)

select *
from final
