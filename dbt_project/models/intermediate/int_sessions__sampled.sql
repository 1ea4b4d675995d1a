with

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
),

-- How far budgets have come on a date is how far the question came that came furthest: a question
-- that was added later has fewer answers, and takes no session from the others.
dates as (
    select
        labeller,
        session_date,
        max(reached_share) as reached_share,
        count(distinct session_id) as session_count
    from eligibility
    group by labeller, session_date
),

dates_summed as (
    select
        *,
        sum(session_count) over (
            partition by labeller order by reached_share desc
        ) as session_count_so_far,
        sum(session_count) over (partition by labeller) as all_session_count
    from dates
),

-- Dates that budgets have reached further than others would count for more. What is read of a date
-- is the share that was reached of dates with three quarters of the sessions or more: a few dates
-- that are hardly reached take no labels from the others.
samples as (
    select
        labeller,
        max(reached_share) as sampling_probability
    from dates_summed
    where session_count_so_far >= 0.75 * all_session_count
    group by labeller
),

-- A session has one place, in all of its rows. Of a date that is reached less, every session stays:
-- those that nothing was asked about are unknown.
final as (
    select
        -- keys
        eligibility.session_id,
        eligibility.labeller,
        -- facts
        min(samples.sampling_probability) as sampling_probability,
        -- booleans
        min(samples.sampling_probability) >= 1
        or min(dates.reached_share) < min(samples.sampling_probability)
        or min(eligibility.sampling_place) < min(samples.sampling_probability) as is_in_sample
    from eligibility
    inner join samples on eligibility.labeller = samples.labeller
    inner join dates
        on
            eligibility.labeller = dates.labeller
            and eligibility.session_date = dates.session_date
    group by eligibility.session_id, eligibility.labeller
)

select *
from final
