-- How much is labelled, and what did the labels cost?
--
-- Answer: one row per question, labeller and kind of unit, for the labels that count in figures:
-- how many there are, how many have an answer, how many say that nothing can be inferred, and
-- what they cost in dollars.
-- Do not conclude: that the labels are right. metrics.rpt_labeller_standing says how far a
-- labeller agrees with people, and which figures are a baseline only.
select
    agent,
    classifier,
    labeller,
    unit_kind,
    count(*) as labels,
    count(*) filter (where status = 'ok') as answered,
    count(*) filter (where status = 'ok' and answer_label = 'not_inferable') as not_inferable,
    count(*) filter (where status <> 'ok') as without_answer,
    count(*) filter (where is_stale) as stale,
    count(distinct session_id) as sessions,
    round(coalesce(sum(cost_usd), 0), 2) as dollars
from marts.fct_labels
where is_current
group by agent, classifier, labeller, unit_kind
order by agent, labeller, classifier, unit_kind;
