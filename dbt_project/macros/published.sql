{#-
  The figures of a table that may stand beside published ones: those over all, and of changes. Means of
  days exist by week only, so that each agent's last week stands there. A table of rates has neither statistic
  nor population; the durations of turns need no labeller.
-#}
{% macro own_values_of(table, shape) -%}
    {%- set is_estimate, is_labelled = shape == 'estimates', shape != 'durations' -%}
    {%- set interval = 'clustered_interval' if shape == 'rates' else 'interval' -%}
    {%- set unit = '_seconds' if shape == 'durations' else '' -%}
    {%- set none_text = 'cast(null as ' ~ type_string() ~ ')' -%}
    select
        agent,
        metric_name,
        {{ 'statistic' if is_estimate else "''" }} as statistic,
        {{ 'population' if is_estimate else "''" }} as population,
        {{ 'specification' if is_estimate else none_text }} as specification,
        {{ 'segment_name' if is_labelled else "'all'" }} as segment_name,
        {{ 'segment_value' if is_labelled else "'all'" }} as segment_value,
        {{ 'labeller' if is_labelled else none_text }} as labeller,
        {{ 'fingerprint' if is_labelled else none_text }} as fingerprint,
        period_kind,
        period_start,
        estimate{{ unit }} as estimate,
        {{ interval }}_low{{ unit }} as interval_low,
        {{ interval }}_high{{ unit }} as interval_high,
        n_sessions,
        n_users,
        top_user_share,
        {{ 'unknown_share' if is_labelled else 'cast(null as double)' }} as unknown_share,
        suppressed_reason,
        withheld_reason
    from {{ ref(table) }} as own
    where
        period_kind in ('overall', 'window')
        {%- if shape == 'durations' %}
        or (
            statistic = 'p999_daily_mean'
            and period_start = (
                select max(others.period_start) from {{ ref(table) }} as others
                where others.agent = own.agent
            )
        )
        {%- endif %}
{%- endmacro %}

{#- Keys and facts of `rpt_published_beside_own`, from the published cell and the own one beside it. -#}
{% macro beside_own_keys() -%}
published_cell_id || '|' || coalesce(specification, '') || '|' || coalesce(labeller, '') || '|'
        || coalesce(fingerprint, '') as published_beside_own_id,
        published_cell_id,
        {% for column in [
            'published_id', 'agent', 'metric_name', 'statistic', 'population', 'segment_name', 'segment_value',
            'specification', 'labeller', 'fingerprint', 'period_kind', 'period_start',
        ] -%}
        {{ column }}{{ ',\n        ' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{% macro beside_own_facts() -%}
    {% for column in [
        'published_value', 'published_low', 'published_high', 'published_text', 'published_window',
        'published_baseline', 'published_statistic', 'published_grade', 'published_source',
        'published_note', 'estimate', 'interval_low', 'interval_high', 'n_sessions', 'n_users',
        'top_user_share', 'unknown_share', 'suppressed_reason', 'withheld_reason',
    ] -%}
        {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What stands of a published value beside one's own, from `published_values`. -#}
{% macro published_columns() -%}
published_values.published_id,
published_values.published_value,
published_values.published_low,
published_values.published_high,
published_values.published_text,
published_values.published_grade,
published_values.published_source,
published_values.published_note
{%- endmacro %}
