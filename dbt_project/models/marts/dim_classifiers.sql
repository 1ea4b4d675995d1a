with

labels as (
    select * from {{ ref('int_labels__ranked') }}
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
        max(rendering) as rendering,
        max(model) as model,
        count(*) as label_count,
        {% for status in [
            'ok', 'refused', 'truncated', 'invalid', 'error', 'skipped_budget',
        ] -%}
        {{ count_if("status = '" ~ status ~ "'") }} as {{ status }}_label_count,
        {% endfor -%}
        {{ count_if('is_stale') }} as stale_label_count,
        cast(sum(rejected_evidence_count) as {{ type_double() }})
        / nullif(sum(cited_evidence_count), 0) as rejected_evidence_share,
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
