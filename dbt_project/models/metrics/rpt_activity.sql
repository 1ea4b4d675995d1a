{#- Interactive sessions, but in `interactive_share` and by surface; study C's ratios: its frame -#}
{%- set tokens =
    ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'] -%}
{%- set counts = [
    ('sessions', 'count(*)'), ('users', 'count(distinct user_id)'), ('turns', 'sum(worked_turn_count)'),
    ('prompts', 'sum(human_prompt_count)'), ('tool_calls', 'sum(tool_call_count)'),
] -%}
{#- (name, kind, numerator, denominator, rows it concerns); the means are ratios of sums. -#}
{%- set has_prompt = 'is_in_study_c_frame and human_prompt_count > 0' -%}
{%- set worked = 'is_in_study_c_frame and worked_turn_count > 0' -%}
{%- set ratios = [
    ('usage_final_share', 'rate', 'final_usage_count', 'message_count', 'message_count > 0'),
    ('turns_per_session', 'mean', 'worked_turn_count', '1', worked),
    ('actions_per_prompt_ratio_of_sums', 'mean', 'tool_call_count', 'human_prompt_count', has_prompt),
    ('actions_per_prompt_mean_of_ratios', 'mean',
        'cast(tool_call_count as double) / human_prompt_count', '1', has_prompt),
    ('agent_words_per_turn', 'mean', 'agent_word_count', 'worked_turn_count', worked),
    ('written_words_per_turn', 'mean', 'agent_word_count + tool_input_word_count',
        'worked_turn_count', worked),
] -%}
{%- for tail in [100, 200, 500] -%}
{%- set above = 'case when tool_call_count > {} * human_prompt_count then 1 else 0 end' -%}
{%- set name, numerator = 'actions_per_prompt_above_' ~ tail, above.format(tail) -%}
{%- set _ = ratios.append((name, 'rate', numerator, '1', has_prompt)) -%}
{%- endfor -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('week', 'started_week', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'surface', 'surface', "''"),
] -%}
{%- set interactive = "observations where is_interactive and segment_name = 'all'" -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

user_weeks as (
    select * from {{ ref('int_user_weeks__active') }}
),

published_values as (
    select * from {{ ref('published_values') }}
),

observations as (
    {{ observations_in(cells, 'sessions', [
        'user_id', 'is_interactive', 'is_in_study_c_frame', 'human_prompt_count', 'worked_turn_count',
        'tool_call_count', 'agent_word_count', 'tool_input_word_count', 'message_count', 'final_usage_count',
    ] + tokens) }}
),

week_observations as (
    {{ observations_in(cells[:3], 'user_weeks',
        ['user_id', 'session_count', 'active_wall_seconds', 'active_net_seconds']) }}
),

user_sums as (
    {{ user_sums_of("observations where segment_name = 'surface'", {
        'name': 'sessions_by_surface', 'kind': 'count', 'population': 'true', 'summed': 'count(*)'}) }}
    union all
    {{ user_sums_of("observations where segment_name = 'all'", {
        'name': 'interactive_share', 'population': 'true', 'denominator': '1',
        'numerator': 'case when is_interactive then 1 else 0 end'}) }}
    {%- for name, summed in counts %}
    union all
    {{ user_sums_of(interactive,
        {'name': name, 'kind': 'count', 'population': 'true', 'summed': summed}) }}
    {%- endfor %}
    {%- for name in tokens %}
    union all
    {{ user_sums_of(interactive, {
        'name': name, 'kind': 'count', 'population': name ~ ' is not null', 'numerator': name,
        'unknown': name ~ ' is null'}) }}
    {%- endfor %}
    {%- for name, kind, numerator, denominator, population in ratios %}
    union all
    {{ user_sums_of(interactive, {
        'name': name, 'kind': kind, 'population': population,
        'numerator': 'case when ' ~ population ~ ' then ' ~ numerator ~ ' else 0 end',
        'denominator': 'case when ' ~ population ~ ' then ' ~ denominator ~ ' else 0 end',
    }) }}
    {%- endfor %}
    {%- for series in ['wall', 'net'] %}
    union all
    {{ user_sums_of('week_observations', {
        'name': 'active_' ~ series ~ '_hours_per_user_week', 'kind': 'mean', 'denominator': '1',
        'numerator': 'active_' ~ series ~ '_seconds / 3600.0',
        'sessions': 'cast(sum(session_count) as bigint)',
    }) }}
    {%- endfor %}
),

{{ rates_from('user_sums') }}

select *
from rates
