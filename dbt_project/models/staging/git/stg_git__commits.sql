with
source as (
    select *
    from {{ source('git', 'commits') }}
),

final as (
    select
        -- keys
        repository_id,
        git_commit_id,
        commit_sha,
        project_id,
        user_id,
        landing_commit_id,
        copy_of_commit_id,
        reverts_commit_id,
        sha_session_id,
        copy_session_id,
        pull_request_session_id,
        note_session_id,
        match_session_id,
        time_session_id,
        session_id,
        -- facts
        author_key,
        author_known_by,
        agent_trailer,
        co_author_count,
        pull_request_number,
        file_count,
        lines_added,
        lines_removed,
        moved_line_count,
        merged_line_count,
        matchable_line_count,
        unfiltered_merged_line_count,
        noted_line_count,
        matched_line_count,
        session_known_by,
        -- booleans
        is_bot_author,
        is_merge,
        is_landing,
        is_reverted,
        is_session_disputed,
        -- times
        authored_at,
        committed_at,
        landed_at,
        reverted_at
    from source
)

select *
from final
