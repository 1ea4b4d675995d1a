with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
),

-- A labeller has one current fingerprint of a classifier, whatever the agent: `max` picks it.
final as (
    select
        -- keys
        sessions.agent,
        labels.classifier,
        labels.labeller,
        -- facts
        max(labels.fingerprint) as fingerprint,
        -- times
        max(labels.labelled_at) as last_labelled_at
    from labels
    inner join sessions on labels.session_id = sessions.session_id
    where labels.is_current
    group by sessions.agent, labels.classifier, labels.labeller
)

select *
from final
