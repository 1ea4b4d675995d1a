with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

surfaces as (
    select * from {{ ref('surfaces') }}
),

-- The seed is unique by surface and a test holds it to what sources may say, so no session is lost.
final as (
    select
        sessions.session_id,
        sessions.user_id,
        sessions.agent,
        sessions.source,
        sessions.surface,
        surfaces.is_session,
        surfaces.is_interactive,
        surfaces.is_in_study_c_frame,
        sessions.started_at,
        sessions.ended_at
    from sessions
    inner join surfaces on sessions.surface = surfaces.surface
)

select *
from final
