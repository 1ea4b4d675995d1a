{#- What is counted: name of the metric and what is summed of the rows that have it. -#}
{%- set counts = [
    ('responses', 'response_count'), ('input_tokens', 'input_tokens'),
    ('cache_creation_5m_input_tokens', 'cache_creation_5m_input_tokens'),
    ('cache_creation_1h_input_tokens', 'cache_creation_1h_input_tokens'),
    ('cache_read_input_tokens', 'cache_read_input_tokens'), ('output_tokens', 'output_tokens'),
    ('web_searches', 'web_search_count'), ('cost_usd', 'cost_usd'),
    ('lower_bound_cost_usd', 'lower_bound_cost_usd'), ('unpriced_uses', 'unpriced_count'),
] -%}
{#- Sessions of which some use has a price. -#}
{%- set priced = 'count(distinct case when cost_usd is not null then session_id end)' -%}
{%- set scopes = [('', 'true'), ('sub_agent_', 'is_sidechain')] -%}
{#- The finer the period, the fewer the cuts: a day of a project is in fct_responses. -#}
{%- set cells, mode_cells = [], [] -%}
{%- for kind, start in [
    ('overall', 'cast(null as date)'),
    ('quarter', "cast(" ~ date_trunc('quarter', 'used_month') ~ " as date)"),
    ('month', 'used_month'),
    ('week', 'used_week'),
    ('day', 'used_day'),
] -%}
{%- set _ = cells.append((kind, start, 'all', "'all'", "''")) -%}
{%- set _ = cells.append((kind, start, 'model', 'model', "''")) -%}
{%- set _ = cells.append((kind, start, 'project', 'project_id', "''")) if loop.index < 4 -%}
{%- if kind != 'day' -%}
{%- set _ = mode_cells.append((kind, start, 'work_mode', 'work_mode', 'work_mode_by')) -%}
{%- endif -%}
{%- endfor -%}
{%- set used = ['session_id', 'user_id', 'is_in_session', 'is_sidechain'] + counts | map(attribute=1) | list -%}

with

daily as (
    select
        *,
        cast(null as {{ type_string() }}) as labeller
    from {{ ref('int_usage__daily') }}
),

labellers as (
    select * from {{ ref('int_labellers__fingerprinted') }}
    where work_mode_by is not null
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

-- Every day once per labeller that was asked; a session has one label of a labeller at most.
daily_by_mode as (
    select
        {% for column in used + ['agent', 'used_day', 'used_week', 'used_month'] -%}
        daily.{{ column }},
        {% endfor -%}
        labellers.labeller,
        labellers.work_mode_by,
        coalesce(labelled.work_mode, 'unknown') as work_mode
    from daily
    inner join labellers on daily.agent = labellers.agent
    left join labelled
        on daily.session_id = labelled.session_id and labellers.labeller = labelled.labeller
),

observations as (
    {{ observations_in(cells, 'daily', used + ['labeller']) }}
    union all
    {{ observations_in(mode_cells, 'daily_by_mode', used + ['labeller']) }}
),

final as (
    {%- for name, column, rows in [
        ('sessions_with_use', 'session_id', 'observations where is_in_session'),
        ('users_with_use', 'user_id', 'observations'),
    ] %}
    {{ user_sums_of(rows, {
        'name': name, 'kind': 'count', 'summed': 'count(distinct ' ~ column ~ ')',
        'sessions': 'count(distinct session_id)', 'labeller': 'labeller', 'fingerprint': "nullif(segment_by, '')",
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- for prefix, scope in scopes %}
    {%- for name, summed in counts %}
    union all
    {{ user_sums_of('observations where ' ~ scope ~ ' and ' ~ summed ~ ' is not null', {
        'name': prefix ~ name, 'kind': 'count', 'summed': 'sum(' ~ summed ~ ')',
        'sessions': 'count(distinct session_id)', 'labeller': 'labeller', 'fingerprint': "nullif(segment_by, '')",
    }) }}
    {%- endfor -%}
    {%- endfor %}
    union all
    {{ user_sums_of('observations', {
        'name': 'cost_usd_per_session', 'kind': 'mean', 'summed': 'coalesce(sum(cost_usd), 0)',
        'counted': priced, 'sessions': priced, 'unsettled': 'count(distinct session_id) - ' ~ priced,
        'labeller': 'labeller', 'fingerprint': "nullif(segment_by, '')",
    }) }}
)

select *
from final
