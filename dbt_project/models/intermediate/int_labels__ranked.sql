with

labels as (
    select * from {{ ref('stg_labels__labels') }}
),

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
),

-- One row per fingerprint, so that no label is repeated.
installed as (
    select distinct
        classifier,
        labeller,
        fingerprint
    from eligibility
),

-- The rendering study_c is for comparison alone. A fingerprint only ever skipped for want of
-- budget takes no other's place, and neither does a late batch of one that is no longer installed.
-- Human labels are of a drawn sample: no figure counts them unweighted, so none is current.
fingerprints as (
    select
        labels.classifier,
        labels.labeller,
        labels.fingerprint,
        row_number() over (
            partition by labels.classifier, labels.labeller
            order by
                {{ is_pinned('labels.fingerprint') }} desc,
                max(case when labels.status <> 'skipped_budget' then 1 else 0 end) desc,
                max(case when installed.fingerprint is not null then 1 else 0 end) desc,
                max(labels.labelled_at) desc,
                labels.fingerprint
        ) as newness
    from labels
    left join installed
        on
            labels.classifier = installed.classifier
            and labels.labeller = installed.labeller
            and labels.fingerprint = installed.fingerprint
    where coalesce(labels.rendering, 'rows') <> 'study_c' and labels.labeller <> 'human'
    group by labels.classifier, labels.labeller, labels.fingerprint
),

first_replicates as (
    select
        classifier,
        labeller,
        fingerprint,
        unit_id,
        min(replicate) as first_replicate
    from labels
    group by classifier, labeller, fingerprint, unit_id
),

final as (
    select
        labels.*,
        labels.replicate = first_replicates.first_replicate as is_first_replicate,
        coalesce(fingerprints.newness = 1, false)
        and labels.replicate = first_replicates.first_replicate as is_current
    from labels
    inner join first_replicates
        on
            labels.classifier = first_replicates.classifier
            and labels.labeller = first_replicates.labeller
            and labels.fingerprint = first_replicates.fingerprint
            and labels.unit_id = first_replicates.unit_id
    left join fingerprints
        on
            labels.classifier = fingerprints.classifier
            and labels.labeller = fingerprints.labeller
            and labels.fingerprint = fingerprints.fingerprint
)

select *
from final
