with

published_values as (
    select * from {{ ref('published_values') }}
),

asked_of_agents as (
    select * from {{ ref('int_classifiers__asked') }}
),

figures as (
    select * from {{ ref('stg_estimates__figures') }}
),

durations as (
    select * from {{ ref('rpt_turn_durations') }}
),

newest_weeks as (
    select
        agent,
        max(period_start) as week_start
    from durations
    group by agent
),

-- Over all, or from the first month to the last: one row per cell, labeller and fingerprint.
-- Means of days exist by week only, so that each agent's last week is compared.
own_values as (
    select
        figures.agent,
        figures.metric_name,
        figures.statistic,
        figures.population,
        figures.specification,
        figures.segment_name,
        figures.segment_value,
        figures.labeller,
        figures.fingerprint,
        figures.period_kind,
        figures.period_start,
        -- What labels say that agree too little stands next to no published value.
        case when {{ may_be_compared('figures') }} then figures.estimate end as estimate,
        case when {{ may_be_compared('figures') }} then figures.interval_low end as interval_low,
        case when {{ may_be_compared('figures') }} then figures.interval_high end as interval_high,
        figures.n_sessions,
        figures.n_users,
        figures.unknown_share,
        figures.suppressed_reason,
        case
            when {{ may_be_compared('figures') }} then figures.withheld_reason
            else 'labeller_agrees_too_little'
        end as withheld_reason
    from figures
    -- The declared tests repeat rows of other tables.
    where
        figures.period_kind in ('overall', 'window')
        and figures.table_name <> 'rpt_primary_tests'
    union all
    select
        durations.agent,
        durations.metric_name,
        cast(null as {{ type_string() }}) as statistic,
        cast(null as {{ type_string() }}) as population,
        cast(null as {{ type_string() }}) as specification,
        'all' as segment_name,
        'all' as segment_value,
        cast(null as {{ type_string() }}) as labeller,
        cast(null as {{ type_string() }}) as fingerprint,
        durations.period_kind,
        durations.period_start,
        durations.estimate_seconds as estimate,
        durations.interval_low_seconds as interval_low,
        durations.interval_high_seconds as interval_high,
        durations.n_sessions,
        durations.n_users,
        cast(null as {{ type_double() }}) as unknown_share,
        durations.suppressed_reason,
        durations.withheld_reason
    from durations
    inner join newest_weeks on durations.agent = newest_weeks.agent
    where
        durations.period_kind = 'overall'
        or (
            durations.statistic = 'p999_daily_mean'
            and durations.period_start = newest_weeks.week_start
        )
),

asked as (
    select agent from asked_of_agents
    where labeller <> 'rules'
    group by agent
),

-- A published value without an own one stays, alone; with several it is repeated once for each.
compared as (
    select
        published_values.published_cell_id,
        published_values.agent,
        published_values.metric_name,
        published_values.statistic,
        published_values.specification,
        published_values.population,
        published_values.segment_name,
        published_values.segment_value,
        published_values.published_id,
        published_values.published_value,
        published_values.published_low,
        published_values.published_high,
        published_values.published_text,
        published_values.published_window,
        published_values.published_baseline,
        published_values.published_statistic,
        published_values.published_labelled_by,
        published_values.published_source,
        published_values.published_note,
        published_values.is_measured,
        published_values.needs_claude,
        asked.agent is not null as is_claude_asked,
        {{ grade_of('own_values', 'published_values') }} as published_grade,
        own_values.labeller,
        own_values.fingerprint,
        own_values.period_kind,
        own_values.period_start,
        own_values.estimate,
        own_values.interval_low,
        own_values.interval_high,
        own_values.n_sessions,
        own_values.n_users,
        own_values.unknown_share,
        own_values.withheld_reason,
        own_values.suppressed_reason,
        own_values.metric_name is not null as has_own_cell
    from published_values
    left join asked on published_values.agent = asked.agent
    left join own_values on {{ same_cell('own_values', 'published_values') }}
),

final as (
    select
        -- keys
        agent || '|' || published_cell_id || '|' || coalesce(labeller, '') || '|'
        || coalesce(fingerprint, '') as published_beside_own_id,
        published_cell_id,
        published_id,
        agent,
        metric_name,
        statistic,
        population,
        segment_name,
        segment_value,
        specification,
        labeller,
        fingerprint,
        period_kind,
        period_start,
        -- facts
        published_value,
        published_low,
        published_high,
        published_text,
        published_window,
        published_baseline,
        published_statistic,
        published_labelled_by,
        published_grade,
        published_source,
        published_note,
        estimate,
        interval_low,
        interval_high,
        n_sessions,
        n_users,
        unknown_share,
        suppressed_reason,
        withheld_reason,
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
    from compared
)

select *
from final
