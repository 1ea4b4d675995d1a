{%- set counts = [
    'human_prompt_count', 'worked_turn_count', 'tool_call_count', 'message_count', 'final_usage_count',
    'agent_word_count', 'tool_input_word_count',
] -%}
{%- set tokens = [
    'input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens',
] -%}
{%- set tokens_of_responses = {} -%}
{%- for name in tokens -%}
{%- set _ = tokens_of_responses.update({name: 'sum(' ~ name ~ ')'}) -%}
{%- endfor -%}
{#- (table, time, rows that count, sums by column): what has no sum is zero, tokens are null. -#}
{%- set happenings = [
    ('sessions', 'started_at', 'true', {}),
    ('human_acts', 'acted_at', 'true', {
        'human_prompt_count': count_if("act_kind in ('prompt', 'steering') and is_typed"),
    }),
    ('turns', 'started_at', 'not is_sidechain', {
        'worked_turn_count': count_if('has_agent_work'),
        'agent_word_count': 'sum(agent_word_count)',
        'tool_input_word_count': 'sum(tool_input_word_count)',
    }),
    ('responses', 'responded_at', 'true', {
        'message_count': count_if('part_number = 0'),
        'final_usage_count': count_if('part_number = 0 and is_usage_final'),
    }),
    ('tool_calls', 'called_at', 'has_call', {'tool_call_count': 'count(*)'}),
] -%}
{%- set _ = happenings[3][3].update(tokens_of_responses) -%}

with

{% for table, _, _, _ in happenings -%}
{{ table }} as (
    {%- set staged = 'stg_transcripts__' ~ table %}
    select * from {{ ref('int_responses__used' if table == 'responses' else staged) }}
),

{% endfor -%}

surfaced as (
    select * from {{ ref('int_sessions__experienced') }}
),

happened as (
    {%- for table, happened_at, counted, sums in happenings %}
    select
        {% for name in counts + tokens -%}
        {{ sums.get(name, '0' if name in counts else 'null') }} as {{ name }},
        {% endfor -%}
        session_id,
        {{ local_date(happened_at) }} as active_date
    from {{ table }}
    where {{ counted }}
    group by session_id, {{ local_date(happened_at) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        {% for name in counts + tokens -%}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {% endfor -%}
        session_id,
        active_date
    from happened
    group by session_id, active_date
),

-- One session on the other side, so that no day is repeated.
final as (
    select
        -- keys
        summed.session_id,
        summed.active_date,
        surfaced.agent,
        surfaced.user_id,
        -- facts
        {% for name in counts + tokens -%}
        summed.{{ name }},
        {% endfor -%}
        -- booleans
        surfaced.is_session,
        surfaced.is_interactive,
        surfaced.is_in_study_c_frame
    from summed
    inner join surfaced on summed.session_id = surfaced.session_id
)

select *
from final
