{#- Interactive sessions, but in `interactive_share` and by surface; study C's ratios: its frame -#}
{%- set tokens =
    ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'] -%}
{#- Of what happened in a period: (name, aggregate); then means, which are ratios of sums. -#}
{%- set counts = [
    ('sessions', 'count(*)'), ('users', 'count(distinct user_id)'), ('turns', 'sum(worked_turn_count)'),
    ('prompts', 'sum(human_prompt_count)'), ('tool_calls', 'sum(tool_call_count)'),
] -%}
{#- (name, kind, numerator, denominator, rows it concerns). -#}
{%- set has_prompt = 'is_in_study_c_frame and human_prompt_count > 0' -%}
{%- set worked = 'is_in_study_c_frame and worked_turn_count > 0' -%}
{%- set active_ratios = [
    ('usage_final_share', 'rate', 'final_usage_count', 'message_count', 'message_count > 0'),
    ('agent_words_per_turn', 'mean', 'agent_word_count', 'worked_turn_count', worked),
    ('written_words_per_turn', 'mean', 'agent_word_count + tool_input_word_count',
        'worked_turn_count', worked),
] -%}
{#- Of whole sessions, in the period of their start. -#}
{%- set started_ratios = [
    ('turns_per_session', 'mean', 'worked_turn_count', '1', worked),
    ('actions_per_prompt_ratio_of_sums', 'mean', 'tool_call_count', 'human_prompt_count', has_prompt),
    ('actions_per_prompt_mean_of_ratios', 'mean',
        'cast(tool_call_count as double) / human_prompt_count', '1', has_prompt),
] -%}
{%- for tail in [100, 200, 500] -%}
{%- set above = 'case when tool_call_count > {} * human_prompt_count then 1 else 0 end' -%}
{%- set name, numerator = 'actions_per_prompt_above_' ~ tail, above.format(tail) -%}
{%- set _ = started_ratios.append((name, 'rate', numerator, '1', has_prompt)) -%}
{%- endfor -%}
{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('week', 'started_week', 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
] -%}

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
),

active as (
    select * from all_active
    where is_interactive
),

started as (
    {{ observations_in(cells, 'sessions where is_interactive', [
        'user_id', 'is_in_study_c_frame', 'human_prompt_count', 'worked_turn_count', 'tool_call_count',
    ]) }}
),

on_surfaces as (
    {{ observations_in(
        [('overall', 'cast(null as date)', 'surface', 'surface', "''")], 'sessions', ['user_id'],
    ) }}
),

active_weeks as (
    {{ observations_in(cells, 'user_weeks', [
        'user_id', 'session_count', 'first_of_month_session_count', 'first_session_count',
        'active_wall_seconds', 'active_net_seconds',
    ]) }}
),

final as (
    {{ activity_sums(counts, tokens, active_ratios, started_ratios) }}
)

select *
from final
