with

found as (
    select * from {{ ref('stg_clusters__found') }}
),

names as (
    select * from {{ ref('stg_clusters__names') }}
),

-- A cluster has one name at most. A name of an earlier cluster of the same id is of other texts.
final as (
    select
        -- keys
        found.agent || '|' || found.cluster_kind || '|' || found.cluster_level || '|'
        || found.cluster_id || '|' || coalesce(found.fingerprint, '') as cluster_key,
        found.agent,
        found.cluster_kind || '_' || found.cluster_level as segment_name,
        found.cluster_id as segment_value,
        found.group_id,
        found.labeller,
        found.fingerprint,
        -- facts
        coalesce(names.cluster_name, found.top_terms, 'other') as cluster_name,
        found.top_terms,
        case
            when names.cluster_name is not null then 'claude'
            when found.top_terms is not null then 'top_terms'
        end as named_by
    from found
    left join names
        on
            found.agent = names.agent and found.cluster_kind = names.cluster_kind
            and found.cluster_level = names.cluster_level and found.cluster_id = names.cluster_id
            and found.content_hash = names.content_hash
)

select *
from final
