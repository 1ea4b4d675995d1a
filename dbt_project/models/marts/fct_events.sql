with

events as (
    select * from {{ ref('stg_transcripts__events') }}
),

settled as (
    select * from {{ ref('int_events__settled') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

-- One settled kind and one session per event: no event is repeated. An event whose session is not
-- there stays, without its agent: the test of its relationship says so. What parsing noted of an
-- event is published where it is a mode, a trigger or the name of an error, and never as it is.
final as (
    select
        -- keys
        events.event_id,
        events.session_id,
        events.turn_id,
        events.session_id || '|' || events.tool_use_id || '|'
        || cast(events.occurrence as {{ type_string() }}) as tool_call_id,
        events.user_id,
        events.project_id,
        events.agent_id,
        events.record_id,
        case when '{{ var("mode") }}' = 'personal' then events.commit_sha end as commit_sha,
        case when '{{ var("mode") }}' = 'personal' then events.pull_request_repository end
            as pull_request_repository,
        case when '{{ var("mode") }}' = 'personal' then events.pull_request_number end
            as pull_request_number,
        -- facts
        sessions.agent,
        events.source,
        settled.settled_kind as event_kind,
        events.evidence,
        case when events.event_kind = 'mode_change' then events.detail end as permission_mode,
        case
            when events.event_kind in ('compaction', 'microcompaction') then events.detail
        end as compaction_trigger,
        case when events.event_kind in ('api_error', 'api_retry') then events.detail end
            as error_name,
        events.exit_code,
        events.tests_passed,
        events.tests_failed,
        -- booleans
        events.is_success,
        case
            when
                events.event_kind
                in ('commit', 'push', 'pull_request_opened', 'pull_request_merged')
                then coalesce(events.is_success, true)
            else true
        end as is_counted,
        events.is_sidechain,
        -- times
        events.occurred_at,
        {{ local_date('events.occurred_at') }} as occurred_local_date,
        {{ local_period('week', 'events.occurred_at') }} as occurred_week,
        {{ local_period('month', 'events.occurred_at') }} as occurred_month,
        events.session_date
    from events
    inner join settled on events.event_id = settled.event_id
    left join sessions on events.session_id = sessions.session_id
)

select *
from final
