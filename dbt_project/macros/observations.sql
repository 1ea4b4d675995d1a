{#-
  Sums of one metric per agent, cell and user, for `rates_from`. The values of `metric` are SQL over the rows of
  `observations`: `numerator` (or `summed`, an aggregate), `denominator` (or `counted`, an aggregate),
  `population` (rows whose sessions count; or `sessions`, an aggregate) and `unknown` (rows that are not
  settled; or `unsettled`, an aggregate).
-#}
{% macro user_sums_of(observations, metric) -%}
    select
        agent,
        '{{ metric.name }}' as metric_name,
        '{{ metric.kind | default("rate") }}' as metric_kind,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        {{ metric.labeller | default("cast(null as " ~ type_string() ~ ")") }} as labeller,
        {{ metric.fingerprint | default("cast(null as " ~ type_string() ~ ")") }} as fingerprint,
        user_id,
        cast({{ metric.summed | default('sum(' ~ metric.numerator ~ ')') }} as {{ type_double() }}) as numerator,
        cast({{ metric.counted | default('sum(' ~ metric.denominator ~ ')' if metric.denominator else 'null') }}
            as {{ type_double() }}) as denominator,
        {{ metric.sessions | default(count_if(metric.population)) }} as session_count,
        {{ metric.unsettled | default(count_if(metric.unknown) if metric.unknown else 'cast(0 as bigint)') }}
            as unknown_count
    from {{ observations }}
    group by
        agent,
        period_kind,
        period_start,
        segment_name,
        segment_value,
        {{ metric.labeller ~ ', ' if metric.labeller }}{{ metric.fingerprint ~ ', ' if metric.fingerprint }}user_id
{%- endmacro %}

{#-
  The rows of a FROM clause once per cell of `cells`: (period_kind, period_start, segment_name,
  segment_value, segment_by), the last four as SQL. Periods and segments are not crossed. The rows name the
  `agent` that they are of, so that no figure is of two.
-#}
{% macro observations_in(cells, from_clause, columns) -%}
    {%- for period_kind, period_start, segment_name, segment_value, segment_by in cells %}
    select
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        '{{ segment_name }}' as segment_name,
        {{ segment_value }} as segment_value,
        {{ segment_by }} as segment_by,
        agent,
        {{ columns | join(',\n        ') }}
    from {{ from_clause }}
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  Two common table expressions after a model's counts: the user whose row stands for a cell that nobody has
  anything in, and `final`, the rows with `is_first_of_cell`. `cell`: the columns of a cell.
-#}
{% macro marked_first_of_cell(counts, cell) -%}
first_users as (
    select
        {{ cell | join(',\n        ') }},
        min(coalesce(user_id, '')) as first_user_id
    from {{ counts }}
    group by {{ cell | join(', ') }}
),

final as (
    select
        {{ counts }}.*,
        coalesce({{ counts }}.user_id, '') = first_users.first_user_id as is_first_of_cell
    from {{ counts }}
    inner join first_users
        on
            {% for column in cell -%}
            {{ 'and ' if not loop.first }}{{ counts }}.{{ column }} is not distinct from first_users.{{ column }}
            {% endfor %}
)
{%- endmacro %}
