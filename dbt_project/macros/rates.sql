{#-
  CTEs from sums per cell and user to `rates`, the columns of every rate table.

  `user_sums`: one row per agent, metric, period, segment, labeller, fingerprint and user (users are counted
  by their rows), with numerator, denominator (null for counts), session_count and unknown_count. Kinds: `rate`
  (a share; Wilson interval on the denominator, and a clustered one on the effective n), `share` (a rate
  whose cell is its numerator: the part of a distribution, so its sessions and users are those counted),
  `mean` (a ratio of sums; interval from the spread between users) and `count` (the numerator; no interval).
  `are_sessions_apart`: false where a session is in several cells of a line (see `suppress_small_cells`).
  `has_days`: whether days are among the periods (see `adding_lines`).
-#}
{% macro rates_from(user_sums, are_sessions_apart=true, has_days=false) %}
{%- set cell = [
    'agent', 'metric_name', 'metric_kind', 'period_kind', 'period_start', 'segment_name',
    'segment_value', 'labeller', 'fingerprint',
] -%}
measured as (
    select
        *,
        coalesce(denominator, session_count) > 0 as is_observed,
        case
            when metric_kind = 'share' then numerator > 0
            else coalesce(denominator, session_count) > 0
        end as is_in_cell,
        cast(coalesce(numerator, 0) as double) as y,
        cast(coalesce(denominator, 0) as double) as n
    from {{ user_sums }}
),

cells as (
    select
        {{ cell | join(', ') }},
        cast(sum(numerator) as double) as numerator,
        cast(sum(denominator) as double) as denominator,
        cast(sum(unknown_count) as bigint) as unknown_count,
        cast(sum(session_count) as bigint) as n_sessions,
        count(case when is_in_cell then user_id end) as n_users,
        {{ count_if('is_observed') }} as n_clusters,
        greatest(
            coalesce(max(cast(session_count as double)) / nullif(sum(session_count), 0), 0),
            case
                when metric_kind = 'share' then 0
                else coalesce(max(n) / nullif(sum(n), 0), 0)
            end,
            case
                when metric_kind = 'rate' then 0
                else coalesce(max(y) / nullif(sum(y), 0), 0)
            end
        ) as top_user_share,
        sum(y * y) as sum_yy,
        sum(y * n) as sum_yn,
        sum(n * n) as sum_nn
    from measured
    group by {{ cell | join(', ') }}
),

estimated as (
    select
        *,
        case
            when metric_kind = 'count' then numerator else numerator / nullif(denominator, 0)
        end as estimate
    from cells
),

-- Variance of a ratio between users (linearised); none can be measured with a single one.
spread as (
    select
        *,
        case when n_clusters > 1 and denominator > 0 then
            greatest(0, sum_yy - 2 * estimate * sum_yn + estimate * estimate * sum_nn)
            * n_clusters / (n_clusters - 1) / (denominator * denominator)
        end as variance,
        case
            when metric_kind in ('rate', 'share') then estimate * (1 - estimate) / nullif(denominator, 0)
        end as naive_variance,
        case when metric_kind in ('rate', 'share') then estimate end as share
    from estimated
),

sized as (
    select
        *,
        case when metric_kind in ('rate', 'share') and denominator > 0 then
            denominator / greatest(1, coalesce(variance / nullif(naive_variance, 0), 1))
        end as effective_n
    from spread
),

{{ suppress_small_cells(
    'sized',
    siblings=[
        'agent', 'metric_name', 'labeller', 'fingerprint', 'period_kind', 'segment_name',
    ],
    order=['period_start', 'segment_value'],
    are_sessions_apart=are_sessions_apart,
    has_days=has_days,
) }},

withheld as (
    select
        *,
        case
            when suppressed_reason is not null then null
            when metric_kind <> 'count' and coalesce(denominator, 0) = 0 then 'no_observations'
            when effective_n < {{ var('min_effective_n', 30) }}
                then 'effective_n_below_{{ var("min_effective_n", 30) }}'
        end as withheld_reason,
        {{ wilson_bound('share', 'denominator', '-') }} as wilson_low,
        {{ wilson_bound('share', 'denominator', '+') }} as wilson_high,
        {{ wilson_bound('share', 'effective_n', '-') }} as clustered_wilson_low,
        {{ wilson_bound('share', 'effective_n', '+') }} as clustered_wilson_high,
        case when metric_kind = 'mean' and n_clusters > 4 then
            sqrt(variance) * {{ student_t('n_clusters - 1') }}
        end as half_width
    from suppressed
),

-- The seed has one row per cell of a metric, so none is repeated.
rates as (
    select
        -- keys
        withheld.agent || '|' || withheld.metric_name || '|' || period_kind || '|'
        || coalesce(cast(period_start as {{ type_string() }}), '') || '|'
        || withheld.segment_name || '|' || withheld.segment_value || '|' || coalesce(labeller, '') || '|' || coalesce(fingerprint, '') as rate_id,
        withheld.agent,
        withheld.metric_name,
        metric_kind,
        period_kind,
        period_start,
        withheld.segment_name,
        withheld.segment_value,
        labeller,
        fingerprint,
        -- facts
        {% for column in ['numerator', 'denominator', 'n_users', 'n_sessions', 'top_user_share'] -%}
        {{ unless_suppressed(column) }} as {{ column }},
        {% endfor -%}
        case when suppressed_reason is null and withheld_reason is null then estimate end as estimate,
        {% for prefix, wilson in [('', 'wilson'), ('clustered_', 'clustered_wilson')] -%}
        {% for side, sign in [('low', '-'), ('high', '+')] -%}
        case when suppressed_reason is null and withheld_reason is null then
            case
                when metric_kind in ('rate', 'share') then {{ wilson }}_{{ side }}
                when metric_kind = 'mean' then estimate {{ sign }} half_width
            end
        end as {{ prefix }}interval_{{ side }},
        {% endfor -%}
        {% endfor -%}
        {{ unless_suppressed('effective_n') }} as effective_n,
        {{ unless_suppressed(
            'cast(unknown_count as double)'
            ~ ' / nullif(unknown_count + coalesce(denominator, n_sessions), 0)'
        ) }} as unknown_share,
        suppressed_reason,
        withheld_reason,
        {{ published_columns() | indent(8) }},
        -- booleans
        suppressed_reason is not null as is_suppressed
    from withheld
    left join published_values on {{ same_published_cell('withheld') }}
)
{%- endmacro %}

{#- The published value of a cell of a rate table: of its agent, metric and segment, whatever the period. -#}
{% macro same_published_cell(cells) -%}
    {{ cells }}.agent = published_values.agent
    and {{ cells }}.metric_name = published_values.metric_name
    and {{ cells }}.segment_name = published_values.segment_name
    and {{ cells }}.segment_value = published_values.segment_value
    and published_values.statistic is null
{%- endmacro %}
