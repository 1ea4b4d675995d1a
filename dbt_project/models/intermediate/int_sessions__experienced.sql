with

sessions as (
    select * from {{ ref('int_sessions__surfaced') }}
),

files as (
    select * from {{ ref('stg_transcripts__files') }}
),

agents as (
    select
        source,
        min(agent) as agent
    from sessions
    group by source
),

-- A source is one agent's, so no file is repeated.
archives as (
    select
        agents.agent,
        min(files.archived_at) as first_archived_at
    from files
    inner join agents on files.source = agents.source
    group by agents.agent
),

-- A person's files may come into the archive later than others': a transcript's name ends in its
-- session's id. A session has several versions of its file; the first counts.
own_archives as (
    select
        sessions.agent,
        sessions.user_id,
        min(files.archived_at) as first_archived_at
    from files
    inner join sessions on right(replace(files.file_name, '.jsonl', ''), 36) = sessions.session_id
    where sessions.user_id is not null
    group by sessions.agent, sessions.user_id
),

-- Experience is with an agent: that with another one is not counted. Headless runs are a program's
-- experience, not a person's. Ties of the start go by id.
numbered as (
    select
        *,
        case
            when user_id is not null
                then
                    sum(case when is_interactive then 1 else 0 end) over (
                        partition by agent, user_id order by started_at, session_id
                        rows between unbounded preceding and current row
                    ) - case when is_interactive then 1 else 0 end
        end as prior_session_count,
        min(started_at) over (partition by agent, user_id) as user_first_started_at,
        min(ended_at) over (partition by agent, user_id) as user_first_ended_at
    from sessions
),

-- Whoever was at work when archiving began may have had earlier sessions that the agent's clean-up
-- had removed by then: before the first file of the agent, or over a day before the first of the
-- person's own (a backlog; as archiving runs, files come within a day). A session that ended more
-- than the retention period before and is still there shows that nothing was removed. The start of
-- a session shows nothing: one that was taken up again outlives its neighbours.
final as (
    select
        numbered.session_id,
        numbered.user_id,
        numbered.agent,
        numbered.surface,
        cast(numbered.prior_session_count as bigint) as prior_session_count,
        numbered.is_session,
        numbered.is_interactive,
        numbered.is_in_study_c_frame,
        case
            when numbered.user_id is not null
                then
                    (
                        numbered.user_first_started_at < archives.first_archived_at
                        or numbered.user_first_ended_at
                        < {{ dateadd(
                            'day', -1,
                            'coalesce(own_archives.first_archived_at, archives.first_archived_at)'
                        ) }}
                    )
                    and numbered.user_first_ended_at
                    >= {{ dateadd(
                        'day', -1 * var('retention_days', 30),
                        'coalesce(own_archives.first_archived_at, archives.first_archived_at)'
                    ) }}
        end as is_history_truncated,
        numbered.started_at,
        {{ local_date('numbered.started_at') }} as started_local_date,
        {{ local_period('week', 'numbered.started_at') }} as started_week,
        {{ local_period('month', 'numbered.started_at') }} as started_month
    from numbered
    left join archives on numbered.agent = archives.agent
    left join own_archives
        on numbered.agent = own_archives.agent and numbered.user_id = own_archives.user_id
)

select *
from final
