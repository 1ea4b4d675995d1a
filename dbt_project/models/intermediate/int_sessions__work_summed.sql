{%- set no_lines = 'case when ' ~ count_if('has_unknown_lines') ~ ' = 0 then 0 end' -%}

with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

responses as (
    select * from {{ ref('int_responses__used') }}
),

tool_calls as (
    select * from {{ ref('stg_transcripts__tool_calls') }}
),

-- Tokens are those of every model that worked for the session, an advisor's too.
response_sums as (
    select
        session_id,
        {{ count_if('part_number = 0') }} as message_count,
        {{ count_if('part_number = 0 and is_usage_final') }} as final_usage_count,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cache_creation_input_tokens) as bigint) as cache_creation_input_tokens,
        cast(sum(cache_read_input_tokens) as bigint) as cache_read_input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens
    from responses
    group by session_id
),

-- A result without its call adds no call; its lines were written all the same. Where some lines are
-- unknown the sum is a lower bound, and where all are it stays null.
tool_call_sums as (
    select
        session_id,
        {{ count_if('has_call') }} as tool_call_count,
        {{ count_if('has_call and not is_sidechain') }} as root_tool_call_count,
        {{ count_if('has_call and has_result and not is_error') }} as successful_tool_call_count,
        {{ count_if('has_call and is_error') }} as tool_error_count,
        {{ count_if('has_unknown_lines') }} as unknown_line_call_count,
        cast(coalesce(sum(lines_added), {{ no_lines }}) as bigint) as lines_added,
        cast(coalesce(sum(lines_removed), {{ no_lines }}) as bigint) as lines_removed
    from tool_calls
    group by session_id
),

-- Tokens stay null where no response records them; counts of no rows are zero.
final as (
    select
        sessions.session_id,
        coalesce(response_sums.message_count, 0) as message_count,
        coalesce(response_sums.final_usage_count, 0) as final_usage_count,
        response_sums.input_tokens,
        response_sums.cache_creation_input_tokens,
        response_sums.cache_read_input_tokens,
        response_sums.output_tokens,
        coalesce(tool_call_sums.tool_call_count, 0) as tool_call_count,
        coalesce(tool_call_sums.root_tool_call_count, 0) as root_tool_call_count,
        coalesce(tool_call_sums.successful_tool_call_count, 0) as successful_tool_call_count,
        coalesce(tool_call_sums.tool_error_count, 0) as tool_error_count,
        coalesce(tool_call_sums.unknown_line_call_count, 0) as unknown_line_call_count,
        case when tool_call_sums.session_id is null then 0 else tool_call_sums.lines_added end
            as lines_added,
        case when tool_call_sums.session_id is null then 0 else tool_call_sums.lines_removed end
            as lines_removed
    from sessions
    left join response_sums on sessions.session_id = response_sums.session_id
    left join tool_call_sums on sessions.session_id = tool_call_sums.session_id
)

select *
from final
