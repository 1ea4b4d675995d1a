with

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
    where unit_kind = 'tool_call'
),

-- Of sessions that budgets did not reach nothing was asked: the others stand for them by weight.
drawn as (
    select * from eligibility
    where
        reason in ('eligible', 'settled_by_rule')
        and (reached_share >= 1 or sampling_place < reached_share)
),

labels as (
    select * from {{ ref('int_labels__ranked') }}
    where unit_kind = 'tool_call' and is_current and status = 'ok' and labeller <> 'human'
),

calls as (
    select * from {{ ref('fct_tool_calls') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

-- What is in no cluster that is large enough belongs to none.
clustered as (
    select
        unit_id,
        cluster_id
    from {{ ref('stg_clusters__members') }}
    where cluster_kind = 'action' and cluster_id <> 'other'
),

-- Counted, not estimated from the drawn calls: of a small deployment few calls are drawn, or none.
deployments as (
    select
        calls.agent,
        {{ deployment_of('calls') }} as deployment,
        count(*) as call_count
    from calls
    where calls.has_call
    group by calls.agent, {{ deployment_of('calls') }}
),

-- A call has one id, one session and one cluster, and a labeller one current label of a
-- question about it: no row is repeated. A call whose session id another has taken over falls
-- out until it is asked about again.
final as (
    select
        -- keys
        drawn.unit_id,
        drawn.session_id,
        calls.user_id,
        {{ deployment_of('calls') }} as deployment,
        drawn.labeller,
        -- facts
        sessions.agent,
        sessions.surface,
        calls.tool_category,
        clustered.cluster_id as action_cluster,
        drawn.classifier,
        drawn.sampling_probability,
        deployments.call_count as deployment_call_count,
        labels.labeller as answered_by,
        labels.answer_label,
        labels.answer_score,
        -- times
        sessions.started_month,
        sessions.started_at
    from drawn
    inner join calls on drawn.unit_id = calls.tool_call_id
    inner join sessions on drawn.session_id = sessions.session_id
    inner join deployments
        on
            calls.agent = deployments.agent
            and {{ deployment_of('calls') }} = deployments.deployment
    left join clustered on drawn.unit_id = clustered.unit_id
    left join labels
        on
            drawn.unit_id = labels.unit_id
            and drawn.classifier = labels.classifier
            and labels.labeller
            = case when drawn.reason = 'settled_by_rule' then 'rules' else drawn.labeller end
)

select *
from final
