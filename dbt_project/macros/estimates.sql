{#-
  Columns of every table of estimates but the durations of turns: the agent, then those of
  orchestration/estimates/estimate_row.py.
-#}
{% macro estimate_row() -%}
-- keys
agent,
metric_name,
statistic,
specification,
population,
labeller,
fingerprint,
period_kind,
period_start,
baseline_start,
segment_name,
segment_value,
-- facts
estimate,
standard_error,
interval_low,
interval_high,
n_sessions,
n_users,
n_effective,
top_user_share,
unknown_share,
p_value,
p_value_adjusted,
withheld_reason
{%- endmacro %}

{#-
  CTEs from the rows of a table of estimates to `estimates`, the columns of every `rpt_` table on top of
  them: small cells suppressed, the published value beside its own.

  `rows` has the columns of `estimate_row`. Segments of an agent, metric, statistic, specification,
  population and period add up to a published total.
-#}
{% macro estimates_from(rows) %}
{{ suppress_small_cells(
    rows,
    siblings=[
        'agent', 'metric_name', 'statistic', 'specification', 'population', 'labeller', 'fingerprint',
        'period_kind', 'segment_name',
    ],
    order=['period_start', 'segment_value'],
) }},

-- The seed has one row per cell of a metric, so none is repeated.
estimates as (
    select
        -- keys
        suppressed.agent || '|' || suppressed.metric_name || '|' || suppressed.statistic || '|'
        || coalesce(suppressed.specification, '') || '|' || suppressed.population || '|'
        || labeller || '|' || fingerprint || '|' || period_kind || '|'
        || coalesce(cast(period_start as {{ type_string() }}), '') || '|' || suppressed.segment_name || '|'
        || suppressed.segment_value as estimate_id,
        suppressed.agent,
        suppressed.metric_name,
        suppressed.statistic,
        suppressed.specification,
        suppressed.population,
        labeller,
        fingerprint,
        period_kind,
        period_start,
        baseline_start,
        suppressed.segment_name,
        suppressed.segment_value,
        -- facts
        {% for column in [
            'estimate', 'standard_error', 'interval_low', 'interval_high', 'n_sessions', 'n_users',
            'n_effective', 'top_user_share', 'unknown_share', 'p_value', 'p_value_adjusted',
            'withheld_reason',
        ] -%}
        {{ unless_suppressed(column) }} as {{ column }},
        {% endfor -%}
        suppressed_reason,
        {{ published_columns() | indent(8) }},
        -- booleans
        suppressed_reason is not null as is_suppressed
    from suppressed
    left join published_values
        on
            suppressed.agent = published_values.agent
            and suppressed.metric_name = published_values.metric_name
            and suppressed.statistic = published_values.statistic
            and suppressed.population = coalesce(published_values.population, 'all')
            and suppressed.segment_name = published_values.segment_name
            and suppressed.segment_value = published_values.segment_value
)
{%- endmacro %}
