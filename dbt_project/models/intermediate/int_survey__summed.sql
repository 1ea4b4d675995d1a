{#- Item, metric, and the bands in their order. -#}
{%- set shares = ['none', 'up_to_10', 'up_to_25', 'up_to_50', 'above_50'] -%}
{%- set items = [
    ('output_multiplier', 'output_band_share', ['less', 'no_change', 'x1_25', 'x1_5', 'x2', 'x3', 'x4',
        'x6', 'x8', 'x10_or_more']),
    ('new_work_share', 'new_work_band_share', shares),
    ('deferred_work_share', 'deferred_work_band_share', shares),
    ('quality_parity', 'quality_parity_share', ['much_worse', 'somewhat_worse', 'about_the_same',
        'somewhat_better', 'much_better']),
] -%}

with

-- Nobody knows who answered. Within a quarter every answer is another person's; over several
-- quarters answers of one number count as one person, so that no cell seems to have more people
-- than a quarter had.
answered as (
    select
        agent,
        quarter_start,
        item,
        band,
        cast(answer_number as {{ type_string() }}) as user_id
    from {{ ref('int_survey__answered') }}
),

-- Every answer once per band of its item: an answer of another band is not in it.
observations as (
    {%- for item, metric, bands in items %}
    {%- set is_last_item = loop.last %}
    {%- for period_kind, period_start in [
        ('overall', 'cast(null as date)'), ('quarter', 'quarter_start'),
    ] %}
    {%- set is_last_period = loop.last %}
    {%- for band in bands %}
    select
        agent,
        user_id,
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        '{{ item }}' as segment_name,
        '{{ band }}' as segment_value,
        band <> 'cannot_say' as is_known,
        band = '{{ band }}' as is_inside
    from answered
    where item = '{{ item }}'
    {{ 'union all' if not (loop.last and is_last_period and is_last_item) }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

final as (
    {%- for item, metric, bands in items %}
    {{ user_sums_of("observations where segment_name = '" ~ item ~ "'", {
        'name': metric,
        'kind': 'share',
        'population': 'is_inside',
        'numerator': 'case when is_inside then 1 else 0 end',
        'denominator': 'case when is_known then 1 else 0 end',
        'unknown': 'not is_known',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
