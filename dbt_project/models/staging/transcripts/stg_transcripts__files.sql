with
source as (
    select *
    from {{ source('transcripts', 'raw_files') }}
),

final as (
    select
        -- keys
        content_hash,
        path_id,
        -- facts
        file_name,
        source,
        byte_count,
        line_count,
        blank_line_count,
        comment_line_count,
        object_count,
        glued_object_count,
        bad_piece_count,
        set_aside_object_count,
        surrogate_count,
        first_cli_version,
        last_cli_version,
        parser_version,
        -- booleans
        has_final_newline,
        is_sidechain,
        -- times
        earliest_at,
        latest_at,
        archived_at,
        cast(session_date as date) as archived_date
    from source
)

select *
from final
