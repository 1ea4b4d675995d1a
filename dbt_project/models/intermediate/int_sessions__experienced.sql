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
        min(files.archived_at) as first_archived_at,
        {{ dateadd('day', -1 * var('retention_days', 30), 'min(files.archived_at)') }}
            as oldest_retained_at
    from files
    inner join agents on files.source = agents.source
    group by agents.agent
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
        case when user_id is not null then min(started_at) over (partition by agent, user_id) end
            as user_first_started_at
    from sessions
),

-- A first session inside the last retention period before archiving of the agent's files began may
-- have had earlier ones that the agent's clean-up removed. One before it shows that nothing was
-- removed; one after it was archived as it came.
final as (
    select
        numbered.session_id,
        numbered.user_id,
        numbered.agent,
        numbered.surface,
        cast(numbered.prior_session_count as bigint) as prior_session_count,
        numbered.is_interactive,
        numbered.is_in_study_c_frame,
        case
            when numbered.user_id is not null
                then
                    numbered.user_first_started_at < archives.first_archived_at
                    and numbered.user_first_started_at >= archives.oldest_retained_at
        end as is_history_truncated,
        numbered.started_at,
        {{ local_date('numbered.started_at') }} as started_local_date,
        {{ local_period('week', 'numbered.started_at') }} as started_week,
        {{ local_period('month', 'numbered.started_at') }} as started_month
    from numbered
    left join archives on numbered.agent = archives.agent
)

select *
from final
