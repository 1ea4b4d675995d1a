with

labels as (
    select * from {{ ref('int_labels__ranked') }}
    where labeller = 'human'
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

samples as (
    select * from {{ ref('stg_labels__review_samples') }}
),

-- A session is in one sample per classifier, so no label is repeated. A review of a session id that
-- another has taken over falls out until it is renewed.
final as (
    select
        -- keys
        labels.unit_id,
        labels.session_id,
        labels.fingerprint,
        samples.sample_id,
        sessions.agent,
        -- facts
        labels.labeller,
        labels.classifier,
        labels.replicate,
        samples.inclusion_probability,
        samples.frame_labeller,
        -- booleans
        labels.is_first_replicate,
        labels.is_stale,
        -- times
        labels.labelled_at,
        samples.frame_until
    from labels
    inner join samples
        on
            labels.unit_id = samples.unit_id
            and labels.classifier = samples.classifier
            and labels.fingerprint = samples.fingerprint
    inner join sessions on labels.session_id = sessions.session_id
)

select *
from final
