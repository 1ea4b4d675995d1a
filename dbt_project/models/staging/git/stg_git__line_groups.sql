with
source as (
    select *
    from {{ source('git', 'line_groups') }}
),

final as (
    select
        -- keys
        repository_id,
        git_commit_id,
        path_id,
        note_agent,
        note_session_id,
        match_kind,
        match_session_id,
        unrelated_session_id,
        -- facts
        line_count,
        survived_30d_count,
        reverted_30d_count,
        rewritten_30d_count,
        incident_30d_count,
        survived_90d_count,
        reverted_90d_count,
        rewritten_90d_count,
        incident_90d_count,
        alive_count,
        -- booleans
        has_note
    from source
)

select *
from final
