with
source as (
    select *
    from {{ source('git', 'commit_files') }}
),

final as (
    select
        -- keys
        repository_id,
        git_commit_id,
        path_id,
        -- facts
        file_extension,
        exclusion,
        lines_added,
        lines_removed,
        moved_line_count
    from source
)

select *
from final
