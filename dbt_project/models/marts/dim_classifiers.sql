with

labels as (
    select * from {{ ref('int_labels__unioned') }}
),

-- `is_current` of a label also asks for its first replicate; one such label is enough here.
final as (
    select
        -- keys
        {{ hash("classifier || '|' || labeller || '|' || fingerprint") }} as classifier_id,
        fingerprint,
        -- facts
        classifier,
        labeller,
        max(version) as version,
        max(model) as model,
        count(*) as label_count,
        {{ count_if("status = 'ok'") }} as ok_label_count,
        {{ count_if("status = 'refused'") }} as refused_label_count,
        {{ count_if("status in ('truncated', 'invalid', 'error')") }} as failed_label_count,
        {{ count_if("status = 'skipped_budget'") }} as skipped_label_count,
        {{ count_if('is_stale') }} as stale_label_count,
        sum(cost_usd) as cost_usd,
        -- booleans
        max(case when is_current then 1 else 0 end) = 1 as is_current,
        -- times
        min(labelled_at) as first_labelled_at,
        max(labelled_at) as last_labelled_at
    from labels
    group by classifier, labeller, fingerprint
)

select *
from final
