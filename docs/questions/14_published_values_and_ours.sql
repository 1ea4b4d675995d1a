-- How do our figures compare with what the studies published?
--
-- Answer: one row per published value and agent for which we have a figure: both values, our
-- interval, the numbers of people and sessions behind our figure, and the grade of the comparison.
-- Do not conclude: anything from a value of grade context: it is for information, not for
-- comparison. For grade similar, published_note says what differs. Values of sessions are about
-- Claude Code alone; those of single tool calls are about an API.
select
    agent,
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
order by published_grade, agent, metric_name, statistic, segment_name, segment_value, labeller;
