{#- A cell: kind of period, its first day, segment, its value, what the segment rests on. -#}
{%- set quarter = "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)" -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('week', 'started_week', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('quarter', quarter, 'all', "'all'", "''"),
] -%}
{#- Counts of interactive sessions, of what happened in the period: name, what is counted. -#}
{%- set counts = [
    ('sessions', 'count(*)'),
    ('users', 'count(distinct user_id)'),
    ('turns', 'sum(worked_turn_count)'),
    ('prompts', 'sum(human_prompt_count)'),
    ('tool_calls', 'sum(tool_call_count)'),
] -%}
{%- set tokens =
    ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'] -%}
{#- Rates and means: name, kind, numerator, denominator, the sessions they are of. -#}
{%- set worked = 'is_in_study_c_frame and worked_turn_count > 0' -%}
{%- set prompted = 'is_in_study_c_frame and human_prompt_count > 0' -%}
{#- Of what happened in the period. -#}
{%- set active_ratios = [
    ('study_c_frame_share', 'rate', 'case when is_in_study_c_frame then 1 else 0 end', '1', 'true'),
    ('usage_final_share', 'rate', 'final_usage_count', 'message_count', 'message_count > 0'),
    ('agent_words_per_turn', 'mean', 'agent_word_count', 'worked_turn_count', worked),
    ('written_words_per_turn', 'mean', 'agent_word_count + tool_input_word_count',
        'worked_turn_count', worked),
    ('output_token_words_per_turn', 'mean', '0.75 * output_tokens', 'worked_turn_count',
        worked ~ ' and output_tokens is not null'),
] -%}
{#- Of whole sessions, in the period of their start. Three series of actions: those of sub-agents
    too, those of the main agent alone, those that succeeded (of sub-agents too). -#}
{%- set started_ratios = [
    ('turns_per_session', 'mean', 'worked_turn_count', '1', worked),
    ('actions_per_prompt_mean_of_ratios', 'mean',
        'cast(tool_call_count as ' ~ type_double() ~ ') / human_prompt_count', '1', prompted),
    ('actions_per_prompt_ratio_of_sums', 'mean', 'tool_call_count', 'human_prompt_count', prompted),
    ('root_actions_per_prompt_mean_of_ratios', 'mean',
        'cast(root_tool_call_count as ' ~ type_double() ~ ') / human_prompt_count', '1', prompted),
    ('root_actions_per_prompt_ratio_of_sums', 'mean', 'root_tool_call_count', 'human_prompt_count',
        prompted),
    ('successful_actions_per_prompt_mean_of_ratios', 'mean',
        'cast(successful_tool_call_count as ' ~ type_double() ~ ') / human_prompt_count', '1', prompted),
    ('successful_actions_per_prompt_ratio_of_sums', 'mean', 'successful_tool_call_count',
        'human_prompt_count', prompted),
    ('actions_per_prompt_above_100', 'rate',
        'case when tool_call_count > 100 * human_prompt_count then 1 else 0 end', '1', prompted),
    ('actions_per_prompt_above_200', 'rate',
        'case when tool_call_count > 200 * human_prompt_count then 1 else 0 end', '1', prompted),
    ('actions_per_prompt_above_500', 'rate',
        'case when tool_call_count > 500 * human_prompt_count then 1 else 0 end', '1', prompted),
] -%}
{#- A session counts once in a cell, in however many weeks of it there was work on it. -#}
{%- set sessions_of_weeks -%}
    cast(sum(
        case period_kind
            when 'week' then session_count
            when 'month' then first_of_month_session_count
            when 'quarter' then first_of_quarter_session_count
            else first_session_count
        end
    ) as bigint)
{%- endset %}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

periods as (
    select * from {{ ref('int_session_periods__active') }}
),

user_weeks as (
    select * from {{ ref('int_user_weeks__active') }}
),

all_active as (
    select
        *,
        'all' as segment_name,
        'all' as segment_value
    from periods
    where is_session
),

active as (
    select * from all_active
    where is_interactive
),

started as (
    {{ observations_in(cells, 'sessions where is_interactive', [
        'user_id', 'is_in_study_c_frame', 'human_prompt_count', 'worked_turn_count', 'tool_call_count',
        'root_tool_call_count', 'successful_tool_call_count',
    ]) }}
),

-- Sessions of every surface, so that what is outside study C's frame is counted; lone requests are
-- none.
on_surfaces as (
    {{ observations_in(
        [('overall', 'cast(null as date)', 'surface', 'surface', "''")], 'sessions where is_session', ['user_id'],
    ) }}
),

active_weeks as (
    {{ observations_in(cells, 'user_weeks', [
        'user_id', 'session_count', 'first_of_month_session_count', 'first_of_quarter_session_count',
        'first_session_count', 'active_wall_seconds', 'active_net_seconds',
    ]) }}
),

final as (
    {{ user_sums_of('all_active', {
        'name': 'interactive_share', 'population': 'true', 'denominator': '1',
        'numerator': 'case when is_interactive then 1 else 0 end',
    }) }}
    union all
    {{ user_sums_of('started',
        {'name': 'sessions_started', 'kind': 'count', 'population': 'true', 'summed': 'count(*)'}) }}
    union all
    {{ user_sums_of('on_surfaces',
        {'name': 'sessions_by_surface', 'kind': 'count', 'population': 'true', 'summed': 'count(*)'}) }}
    {%- for name, counted in counts %}
    union all
    {{ user_sums_of('active',
        {'name': name, 'kind': 'count', 'population': 'true', 'summed': counted}) }}
    {%- endfor %}
    {%- for name in tokens %}
    union all
    {{ user_sums_of('active', {
        'name': name, 'kind': 'count', 'population': name ~ ' is not null', 'numerator': name,
        'unknown': name ~ ' is null',
    }) }}
    {%- endfor %}
    {%- for observations, ratios in [('active', active_ratios), ('started', started_ratios)] %}
    {%- for name, kind, numerator, denominator, population in ratios %}
    union all
    {{ user_sums_of(observations, {
        'name': name, 'kind': kind, 'population': population,
        'numerator': 'case when ' ~ population ~ ' then ' ~ numerator ~ ' else 0 end',
        'denominator': 'case when ' ~ population ~ ' then ' ~ denominator ~ ' else 0 end',
    }) }}
    {%- endfor %}
    {%- endfor %}
    {%- for series in ['net', 'wall'] %}
    union all
    {{ user_sums_of('active_weeks', {
        'name': 'active_' ~ series ~ '_hours_per_user_week', 'kind': 'mean', 'denominator': '1',
        'numerator': 'active_' ~ series ~ '_seconds / 3600.0', 'sessions': sessions_of_weeks,
    }) }}
    {%- endfor %}
)

select *
from final
