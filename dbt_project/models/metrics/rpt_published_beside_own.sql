{#- Tables whose cells have published values: of rates, of estimates, of durations. -#}
{%- set rates = [
    'rpt_activity', 'rpt_label_shares', 'rpt_oversight_by_experience', 'rpt_session_conduct',
    'rpt_session_outcomes', 'rpt_task_value',
] -%}
{%- set estimates = [
    'rpt_adjusted_rates', 'rpt_changes', 'rpt_labeller_agreement', 'rpt_occupation_gaps',
    'rpt_work_by_expertise',
] -%}
{%- set durations = ['rpt_turn_durations'] -%}

with

published_values as (
    select * from {{ ref('published_values') }}
),

asked_of_agents as (
    select * from {{ ref('int_classifiers__asked') }}
),

-- Over all, or from first month to last: one row per cell, labeller, fingerprint, specification.
own_values as (
    {%- for table in rates + estimates + durations %}
    {{ own_values_of(
        table,
        'rates' if table in rates else 'estimates' if table in estimates else 'durations',
    ) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

asked as (
    select agent from asked_of_agents
    where labeller <> 'rules'
    group by agent
),

-- A published value without an own one stays, alone; with several it stands once beside each.
beside as (
    select
        published_values.*,
        asked.agent is not null as is_claude_asked,
        own_values.specification,
        own_values.labeller,
        own_values.fingerprint,
        own_values.period_kind,
        own_values.period_start,
        own_values.estimate,
        own_values.interval_low,
        own_values.interval_high,
        own_values.n_sessions,
        own_values.n_users,
        own_values.top_user_share,
        own_values.unknown_share,
        own_values.withheld_reason,
        own_values.metric_name is not null as has_own_cell,
        case
            when own_values.metric_name is null then 'no_sessions' else own_values.suppressed_reason
        end as suppressed_reason
    from published_values
    left join asked on published_values.agent = asked.agent
    left join own_values
        on
            published_values.agent = own_values.agent
            and published_values.metric_name = own_values.metric_name
            and coalesce(published_values.statistic, '') = own_values.statistic
            and coalesce(published_values.population, '') = own_values.population
            and published_values.segment_name = own_values.segment_name
            and published_values.segment_value = own_values.segment_value
),

final as (
    select
        -- keys
        {{ beside_own_keys() }},
        -- facts
        {{ beside_own_facts() }},
        case
            when estimate is not null then null
            when not is_measured then 'not_measured'
            when withheld_reason = 'not_asked' then 'needs_claude'
            when not has_own_cell and needs_claude and not is_claude_asked then 'needs_claude'
            when not has_own_cell then 'no_observations'
            when suppressed_reason is not null then 'suppressed'
            else 'withheld'
        end as missing_reason,
        -- booleans
        needs_claude,
        suppressed_reason is not null as is_suppressed
    from beside
)

select *
from final
