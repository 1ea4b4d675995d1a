-- How do our figures compare with what the studies published?
--
-- Answer: one row per published value that has a figure of ours: both, our interval, how many
-- people and sessions it rests on, and the grade of the comparison.
-- Do not conclude: anything from a value of grade context: it is there to know, not to compare.
-- similar differs as published_note says. The studies are of Claude Code alone.
select
    metric_name,
    statistic,
    segment_name,
    segment_value,
    labeller,
    estimate,
    interval_low,
    interval_high,
    n_users,
    n_sessions,
    published_value,
    published_grade,
    published_window
from metrics.rpt_published_beside_own
where estimate is not null and published_value is not null
order by published_grade, metric_name, statistic, segment_name, segment_value, labeller;
