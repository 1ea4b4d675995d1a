-- How many tokens does each model use in a week, and what do they cost?
--
-- Answer: one row per agent, week of the response and model. Tokens by kind, and dollars at the
-- list price of the day. unpriced_uses have no dollars, because no price or no tokens are known.
-- Do not conclude: what the invoice says. Under a plan or a contract the amount differs, and
-- responses whose usage is not final used more than is recorded (lower_bound_uses).
select
    agent,
    responded_week,
    model,
    count(*) as uses,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(cache_creation_input_tokens) as bigint) as cache_creation_input_tokens,
    cast(sum(cache_read_input_tokens) as bigint) as cache_read_input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    round(sum(cost_usd), 2) as dollars,
    count(*) filter (where cost_usd is null) as unpriced_uses,
    count(*) filter (where not is_usage_final) as lower_bound_uses
from marts.fct_responses
group by agent, responded_week, model
order by agent, responded_week, dollars desc nulls last, model;
