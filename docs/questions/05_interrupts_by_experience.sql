-- Do people interrupt the agent more often as they gain experience?
--
-- Answer: one row per agent and number of the person's earlier sessions: the share of turns that
-- the person interrupted, with its 95 % interval by user. all_other holds the numbers of sessions
-- that too few people have. Where an estimate is null, why_not says why.
-- Do not conclude: that experience changes people. People with many sessions differ from people
-- with few, and a person whose first sessions are lost looks new.
select
    agent,
    segment_value as prior_sessions,
    estimate as interrupted_share,
    interval_low,
    interval_high,
    numerator as interrupted_turns,
    denominator as turns,
    n_users,
    n_sessions,
    coalesce(suppressed_reason, withheld_reason) as why_not
from metrics.rpt_oversight_by_experience
where
    metric_name = 'interrupt_rate'
    and period_kind = 'overall'
    and segment_name in ('all', 'prior_sessions')
order by agent, segment_name, segment_value;
