with

labels as (
    select * from {{ ref('int_labels__ranked') }}
    where labeller = 'human'
),

samples as (
    select * from {{ ref('stg_labels__review_samples') }}
),

-- A session is in one sample per classifier, so no label is repeated.
final as (
    select
        -- keys
        labels.unit_id,
        labels.session_id,
        labels.fingerprint,
        samples.sample_id,
        -- facts
        labels.classifier,
        labels.replicate,
        labels.answer_label,
        labels.answer_score,
        samples.inclusion_probability,
        samples.frame_labeller,
        -- booleans
        labels.is_first_replicate,
        labels.is_stale,
        -- times
        samples.frame_until
    from labels
    inner join samples
        on
            labels.unit_id = samples.unit_id
            and labels.classifier = samples.classifier
            and labels.fingerprint = samples.fingerprint
)

select *
from final
