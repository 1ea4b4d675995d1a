{#- Sessions are interactive but in `interactive_share`, which says what the others leave out. -#}
{%- set tokens =
    ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'] -%}
{%- set counts = [
    ('sessions', 'count(*)'), ('users', 'count(distinct user_id)'),
    ('prompts', 'sum(human_prompt_count)'), ('turns', 'sum(worked_turn_count)'),
    ('tool_calls', 'sum(tool_call_count)'),
] -%}
{#- (name, numerator, denominator, rows it concerns); all of them ratios of sums. -#}
{%- set means = [
    ('turns_per_session', 'worked_turn_count', '1', 'worked_turn_count > 0'),
    ('actions_per_prompt_ratio_of_sums', 'tool_call_count', 'human_prompt_count', 'human_prompt_count > 0'),
    ('actions_per_prompt_mean_of_ratios', 'cast(tool_call_count as double) / human_prompt_count',
        '1', 'human_prompt_count > 0'),
    ('agent_words_per_turn', 'agent_word_count', 'worked_turn_count', 'worked_turn_count > 0'),
    ('written_words_per_turn', 'agent_word_count + tool_input_word_count', 'worked_turn_count',
        'worked_turn_count > 0'),
] -%}
{%- set cells = [
    ('week', 'started_week', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}

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

all_observations as (
    {{ observations_in(cells, 'sessions', [
        'user_id', 'is_interactive', 'human_prompt_count', 'worked_turn_count', 'tool_call_count',
        'agent_word_count', 'tool_input_word_count', 'message_count', 'final_usage_count',
    ] + tokens) }}
),

observations as (
    select * from all_observations
    where is_interactive
),

week_observations as (
    {{ observations_in(cells, 'user_weeks', [
        'user_id', 'session_count', 'active_wall_seconds', 'active_net_seconds',
    ]) }}
),

user_sums as (
    {{ user_sums_of('all_observations', {
        'name': 'interactive_share', 'population': 'true', 'denominator': '1',
        'numerator': 'case when is_interactive then 1 else 0 end',
    }) }}
    {%- for name, summed in counts %}
    union all
    {{ user_sums_of('observations',
        {'name': name, 'kind': 'count', 'population': 'true', 'summed': summed}) }}
    {%- endfor %}
    {%- for name in tokens %}
    union all
    {{ user_sums_of('observations', {
        'name': name, 'kind': 'count', 'population': name ~ ' is not null', 'numerator': name,
        'unknown': name ~ ' is null',
    }) }}
    {%- endfor %}
    union all
    {{ user_sums_of('observations', {
        'name': 'usage_final_share', 'population': 'message_count > 0',
        'numerator': 'final_usage_count', 'denominator': 'message_count',
    }) }}
    {%- for name, numerator, denominator, population in means %}
    union all
    {{ user_sums_of('observations', {
        'name': name, 'kind': 'mean', 'population': population,
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
