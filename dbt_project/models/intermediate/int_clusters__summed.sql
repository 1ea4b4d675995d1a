{#- Kinds of units, and the column of a unit at each level. No cell is cut by time: clusters are
    found again for each release, and small months would hide more of the whole than they show. -#}
{%- set kinds = ['action', 'stop_reason', 'interrupt_reason'] -%}
{%- set levels = [('cluster', 'cluster_id'), ('group', 'group_id')] -%}

with

members as (
    select * from {{ ref('stg_clusters__members') }}
),

found as (
    select * from {{ ref('stg_clusters__found') }}
),

placed as (
    {%- for level, column in levels %}
    select
        agent,
        cluster_kind,
        labeller,
        fingerprint,
        user_id,
        session_id,
        weight,
        '{{ level }}' as cluster_level,
        {{ column }} as cluster_id
    from members
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

of_users as (
    select
        agent,
        cluster_kind,
        labeller,
        fingerprint,
        user_id,
        cluster_level,
        sum(weight) as unit_count
    from placed
    group by agent, cluster_kind, labeller, fingerprint, user_id, cluster_level
),

in_clusters as (
    select
        agent,
        cluster_kind,
        labeller,
        fingerprint,
        user_id,
        cluster_level,
        cluster_id,
        sum(weight) as unit_count,
        count(distinct session_id) as session_count
    from placed
    group by agent, cluster_kind, labeller, fingerprint, user_id, cluster_level, cluster_id
),

-- Every user once per cluster: a user without units in it has units that are not of it.
final as (
    {%- for kind in kinds %}
    select
        of_users.agent,
        '{{ kind }}_cluster_share' as metric_name,
        'share' as metric_kind,
        'overall' as period_kind,
        cast(null as date) as period_start,
        '{{ kind }}_' || of_users.cluster_level as segment_name,
        found.cluster_id as segment_value,
        of_users.labeller,
        of_users.fingerprint,
        of_users.user_id,
        cast(coalesce(in_clusters.unit_count, 0) as {{ type_double() }}) as numerator,
        cast(of_users.unit_count as {{ type_double() }}) as denominator,
        cast(coalesce(in_clusters.session_count, 0) as bigint) as session_count,
        cast(0 as bigint) as unknown_count
    from of_users
    inner join found
        on
            of_users.agent = found.agent and of_users.cluster_kind = found.cluster_kind
            and of_users.cluster_level = found.cluster_level
            and of_users.labeller is not distinct from found.labeller
            and of_users.fingerprint is not distinct from found.fingerprint
    left join in_clusters
        on
            of_users.agent = in_clusters.agent and of_users.cluster_kind = in_clusters.cluster_kind
            and of_users.cluster_level = in_clusters.cluster_level
            and of_users.labeller is not distinct from in_clusters.labeller
            and of_users.fingerprint is not distinct from in_clusters.fingerprint
            and of_users.user_id is not distinct from in_clusters.user_id
            and found.cluster_id = in_clusters.cluster_id
    where of_users.cluster_kind = '{{ kind }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select *
from final
