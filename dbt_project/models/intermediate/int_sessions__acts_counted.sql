with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

turns as (
    select * from {{ ref('stg_transcripts__turns') }}
),

human_acts as (
    select * from {{ ref('stg_transcripts__human_acts') }}
),

events as (
    select * from {{ ref('int_events__settled') }}
),

permission_modes as (
    select * from {{ ref('permission_modes') }}
),

-- The seed is unique by mode, so no turn is repeated; a mode it does not know stays null. A
-- sub-agent's own turn was opened by no human: its work is counted in the turn that spawned it.
turn_counts as (
    select
        turns.session_id,
        count(*) as turn_count,
        {{ count_if('turns.has_agent_work') }} as worked_turn_count,
        {{ count_if('turns.tool_call_count > 0') }} as tool_bearing_turn_count,
        {{ count_if('turns.tool_call_count > 0 and permission_modes.is_full_auto') }}
            as full_auto_turn_count,
        {{ count_if('turns.tool_call_count > 0 and not permission_modes.is_full_auto') }}
            as approving_turn_count,
        {{ count_if("turns.permission_mode = 'bypassPermissions'") }} as bypassing_turn_count,
        cast(sum(turns.clarification_count) as bigint) as clarification_count,
        cast(sum(turns.agent_word_count) as bigint) as agent_word_count,
        cast(sum(turns.tool_input_word_count) as bigint) as tool_input_word_count
    from turns
    left join permission_modes on turns.permission_mode = permission_modes.permission_mode
    where not turns.is_sidechain
    group by turns.session_id
),

act_counts as (
    select
        session_id,
        count(*) as human_act_count,
        {{ count_if("act_kind in ('prompt', 'steering') and is_typed") }} as human_prompt_count,
        {{ count_if("act_kind = 'steering'") }} as steering_count,
        {{ count_if("act_kind in ('plan_accepted', 'plan_rejected', 'denial_feedback')") }}
            as verdict_count
    from human_acts
    group by session_id
),

event_counts as (
    select
        session_id,
        {{ count_if("settled_kind = 'interrupt'") }} as interrupt_count,
        {{ count_if("settled_kind = 'denial'") }} as denial_count,
        {{ count_if("settled_kind = 'plan_accepted'") }} as accepted_plan_count,
        {{ count_if("settled_kind = 'compaction'") }} as compaction_count,
        {{ count_if("settled_kind = 'commit' and coalesce(is_success, true)") }} as commit_count,
        {{ count_if("settled_kind = 'push' and coalesce(is_success, true)") }} as push_count,
        {{ count_if("settled_kind = 'pull_request_opened' and coalesce(is_success, true)") }}
            as pull_request_count,
        {{ count_if("settled_kind = 'test_run'") }} as test_run_count
    from events
    group by session_id
),

-- A session without such rows has none of them: these zeros are counted, not assumed.
final as (
    select
        sessions.session_id,
        coalesce(verdict_count, 0) + coalesce(accepted_plan_count, 0) as verdict_count,
        {%- for column in [
            'turn_count', 'worked_turn_count', 'tool_bearing_turn_count', 'full_auto_turn_count',
            'approving_turn_count', 'bypassing_turn_count', 'clarification_count',
            'agent_word_count', 'tool_input_word_count', 'human_act_count', 'human_prompt_count',
            'steering_count', 'interrupt_count', 'denial_count',
            'compaction_count', 'commit_count', 'push_count', 'pull_request_count',
            'test_run_count',
        ] %}
    coalesce({{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    from sessions
    left join turn_counts on sessions.session_id = turn_counts.session_id
    left join act_counts on sessions.session_id = act_counts.session_id
    left join event_counts on sessions.session_id = event_counts.session_id
)

select *
from final
