with

labels as (
    select * from {{ ref('int_labels__ranked') }}
),

eligibility as (
    select * from {{ ref('stg_labels__label_eligibility') }}
),

first_labels as (
    select * from labels
    where is_first_replicate
),

-- Everything that was paid for a unit, its replicates included.
paid as (
    select
        classifier,
        labeller,
        fingerprint,
        unit_id,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cache_creation_input_tokens) as bigint) as cache_creation_input_tokens,
        cast(sum(cache_read_input_tokens) as bigint) as cache_read_input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        sum(cost_usd) as cost_usd
    from labels
    group by classifier, labeller, fingerprint, unit_id
),

-- Only answers to the same input can disagree.
answers as (
    select
        classifier,
        labeller,
        fingerprint,
        unit_id,
        count(*) as answer_count,
        count(distinct coalesce(
            answer_label, cast(answer_score as {{ type_string() }}), 'not_inferable'
        )) as distinct_answer_count
    from labels
    where status = 'ok'
    group by classifier, labeller, fingerprint, unit_id, input_hash
),

repeats as (
    select
        classifier,
        labeller,
        fingerprint,
        unit_id,
        max(case when answer_count > 1 then 1 else 0 end) = 1 as is_repeated,
        max(case when distinct_answer_count > 1 then 1 else 0 end) = 1 as is_flipped
    from answers
    group by classifier, labeller, fingerprint, unit_id
),

-- Each side has one row per unit and fingerprint, so no join repeats one.
final as (
    select
        -- keys
        coalesce(first_labels.classifier, eligibility.classifier) as classifier,
        coalesce(first_labels.labeller, eligibility.labeller) as labeller,
        coalesce(first_labels.fingerprint, eligibility.fingerprint) as fingerprint,
        coalesce(first_labels.unit_id, eligibility.unit_id) as unit_id,
        coalesce(first_labels.session_id, eligibility.session_id) as session_id,
        coalesce(first_labels.unit_kind, eligibility.unit_kind) as unit_kind,
        -- facts
        first_labels.status,
        first_labels.coverage,
        first_labels.cited_evidence_count,
        first_labels.rejected_evidence_count,
        paid.input_tokens,
        paid.cache_creation_input_tokens,
        paid.cache_read_input_tokens,
        paid.output_tokens,
        paid.cost_usd,
        -- booleans
        eligibility.is_eligible,
        first_labels.is_stale,
        case
            when first_labels.status = 'ok'
                then coalesce(
                    first_labels.answer_label = 'not_inferable', first_labels.answer_score is null
                )
        end as is_not_inferable,
        repeats.is_repeated,
        repeats.is_flipped
    from eligibility
    full outer join first_labels
        on
            eligibility.classifier = first_labels.classifier
            and eligibility.labeller = first_labels.labeller
            and eligibility.fingerprint = first_labels.fingerprint
            and eligibility.unit_id = first_labels.unit_id
    left join paid
        on
            first_labels.classifier = paid.classifier
            and first_labels.labeller = paid.labeller
            and first_labels.fingerprint = paid.fingerprint
            and first_labels.unit_id = paid.unit_id
    left join repeats
        on
            first_labels.classifier = repeats.classifier
            and first_labels.labeller = repeats.labeller
            and first_labels.fingerprint = repeats.fingerprint
            and first_labels.unit_id = repeats.unit_id
)

select *
from final
