{#-
  The sums per user of rpt_activity. CTEs in scope: `all_active` and `active` (what happened in a period, of
  all and of interactive sessions), `started` (whole interactive sessions, in the period of their start),
  `on_surfaces` (all whole sessions, by surface), `active_weeks` (weeks of users). Means and rates are of the rows that they concern.
-#}
{% macro activity_sums(counts, tokens, active_ratios, started_ratios) -%}
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
{%- for name, summed in counts %}
union all
{{ user_sums_of('active',
    {'name': name, 'kind': 'count', 'population': 'true', 'summed': summed}) }}
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
{#- A session counts once in a cell, in however many weeks of it there was work on it. -#}
{%- set sessions = "cast(sum(case period_kind when 'week' then session_count"
    ~ " when 'month' then first_of_month_session_count else first_session_count end) as bigint)" -%}
{%- for series in ['wall', 'net'] %}
union all
{{ user_sums_of('active_weeks', {
    'name': 'active_' ~ series ~ '_hours_per_user_week', 'kind': 'mean', 'denominator': '1',
    'numerator': 'active_' ~ series ~ '_seconds / 3600.0', 'sessions': sessions,
}) }}
{%- endfor %}
{%- endmacro %}
