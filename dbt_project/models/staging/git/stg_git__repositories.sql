with
source as (
    select *
    from {{ source('git', 'repositories') }}
),

final as (
    select
        -- keys
        repository_id,
        project_id,
        -- facts
        project_name,
        status,
        reason,
        commit_count,
        merge_commit_count,
        landing_count,
        copied_commit_count,
        forgotten_commit_count,
        noted_commit_count,
        unreadable_note_count,
        -- booleans
        is_rewritten,
        -- times
        first_committed_at,
        last_landed_at,
        observed_until
    from source
)

select *
from final
