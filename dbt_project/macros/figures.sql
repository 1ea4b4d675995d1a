{#-
  Columns of a table of figures: those of the figure itself, then the published value of the same cell. The
  figures are computed and protected in Python (orchestration/estimates, orchestration/privacy).
-#}
{% macro figures_of(table) -%}
with

figures as (
    select * from {{ ref('stg_estimates__figures') }}
    where table_name = '{{ table }}'
),

published_values as (
    select * from {{ ref('published_values') }}
),

-- The seed has one row per cell of a metric, so no figure is repeated.
final as (
    select
        -- keys
        figures.figure_id,
        figures.agent,
        figures.metric_name,
        figures.metric_kind,
        figures.statistic,
        figures.specification,
        figures.population,
        figures.labeller,
        figures.fingerprint,
        figures.standing,
        figures.period_kind,
        figures.period_start,
        figures.baseline_start,
        figures.segment_name,
        figures.segment_value,
        figures.merged_values,
        -- facts
        figures.numerator,
        figures.denominator,
        figures.estimate,
        figures.user_weighted_estimate,
        figures.standard_error,
        figures.interval_low,
        figures.interval_high,
        figures.n_sessions,
        figures.n_users,
        figures.n_effective,
        figures.top_user_share_band,
        figures.unknown_share,
        figures.p_value,
        figures.p_value_adjusted,
        figures.withheld_reason,
        figures.suppressed_reason,
        published_values.published_id,
        published_values.published_value,
        published_values.published_low,
        published_values.published_high,
        published_values.published_text,
        {{ grade_of('figures', 'published_values') }} as published_grade,
        published_values.published_source,
        published_values.published_note,
        -- booleans
        figures.is_imprecise,
        figures.is_suppressed
    from figures
    left join published_values
        on
            {{ same_cell('figures', 'published_values') }}
            and {{ may_be_compared('figures') }}
)

select *
from final
{%- endmacro %}

{#-
  Whether a figure and a published value are of the same cell. A rate has neither statistic nor population; an
  adjusted value is compared within its specification.
-#}
{% macro same_cell(figures, published_values) -%}
    {{ figures }}.agent = {{ published_values }}.agent
    and {{ figures }}.metric_name = {{ published_values }}.metric_name
    and coalesce({{ figures }}.statistic, '') = coalesce({{ published_values }}.statistic, '')
    and coalesce({{ figures }}.specification, '') = coalesce({{ published_values }}.specification, '')
    and coalesce({{ figures }}.population, '') = case
        when {{ published_values }}.statistic is null then ''
        else coalesce({{ published_values }}.population, 'all')
    end
    and {{ figures }}.segment_name = {{ published_values }}.segment_name
    and {{ figures }}.segment_value = {{ published_values }}.segment_value
{%- endmacro %}

{#-
  The grade of a published value next to one figure: a study's labels are a model's, so that what rules say
  or a demo makes up is context, and what people say similar at most. A value that needs no labels keeps its grade.
-#}
{% macro grade_of(figures, published_values) -%}
    case
        when {{ published_values }}.published_labelled_by is null
            then {{ published_values }}.published_grade
        when {{ figures }}.labeller in ('rules', 'stand_in') then 'context'
        when {{ figures }}.labeller <> 'claude' and {{ published_values }}.published_grade = 'same'
            then 'similar'
        else {{ published_values }}.published_grade
    end
{%- endmacro %}

{#- Whether the labels that a figure rests on agree enough to stand next to a published value. -#}
{% macro may_be_compared(figures) -%}
    coalesce({{ figures }}.standing, 'estimate') in ('estimate', 'exploratory')
{%- endmacro %}
