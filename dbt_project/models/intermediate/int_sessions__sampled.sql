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
        max(reached_share) as reached_share
    from eligibility
    group by labeller, session_date
),

-- Dates that budgets have reached further than others would count for more: what is read of every
-- date is the share that was reached of all of them.
samples as (
    select
        labeller,
        min(reached_share) as sampling_probability
    from dates
    group by labeller
),

-- A session has one place, in all of its rows.
final as (
    select
        -- keys
        eligibility.session_id,
        eligibility.labeller,
        -- facts
        min(samples.sampling_probability) as sampling_probability,
        -- booleans
        min(samples.sampling_probability) >= 1
        or min(eligibility.sampling_place) < min(samples.sampling_probability) as is_in_sample
    from eligibility
    inner join samples on eligibility.labeller = samples.labeller
    group by eligibility.session_id, eligibility.labeller
)

select *
from final
