{%- set cells = [
    ('overall', 'cast(null as date)', 'all', "'all'", "''"),
    ('quarter', "cast(" ~ date_trunc('quarter', 'started_month') ~ " as date)", 'all', "'all'", "''"),
    ('month', 'started_month', 'all', "'all'", "''"),
    ('overall', 'cast(null as date)', 'claim', 'claim', "''"),
] -%}

with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

answers as (
    select * from {{ ref('stg_labels__answers') }}
),

-- A claim has one value of each field: `max` picks it.
items as (
    select
        unit_id,
        fingerprint,
        replicate,
        item_number,
        max(case when field = 'claim' then value_text end) as claim,
        max(case when field = 'backing' then value_text end) as backing
    from answers
    where classifier = 'claims' and item_number is not null
    group by unit_id, fingerprint, replicate, item_number
),

-- One current label at most per session and labeller, each with all of its claims.
claims as (
    select
        sessions.session_id,
        sessions.user_id,
        sessions.agent,
        sessions.started_month,
        labels.labeller,
        labels.fingerprint,
        items.claim,
        items.backing
    from labels
    inner join sessions on labels.unit_id = sessions.session_id
    inner join items
        on
            labels.unit_id = items.unit_id
            and labels.fingerprint = items.fingerprint
            and labels.replicate = items.replicate
    where
        labels.is_current
        and labels.classifier = 'claims'
        and labels.status = 'ok'
        and sessions.is_interactive
),

observations as (
    {{ observations_in(
        cells, 'claims', ['session_id', 'user_id', 'labeller', 'fingerprint', 'backing'],
    ) }}
),

final as (
    {%- for backing in ['backed', 'unbacked', 'contradicted'] %}
    {{ user_sums_of('observations', {
        'name': 'claim_' ~ backing ~ '_share',
        'sessions': 'count(distinct case when backing is not null then session_id end)',
        'numerator': "case when backing = '" ~ backing ~ "' then 1 else 0 end",
        'denominator': 'case when backing is not null then 1 else 0 end',
        'unknown': 'backing is null',
        'labeller': 'labeller',
        'fingerprint': 'fingerprint',
    }) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
