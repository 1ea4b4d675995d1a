{#- Of two labels of a unit, `a` is the one that is judged by `b`. -#}
{%- set same_question = 'a.labeller = b.labeller and a.fingerprint = b.fingerprint' -%}
{%- set same_labeller = 'a.labeller = b.labeller and ' ~ is_by_model('a.labeller') -%}

with

ranked as (
    select * from {{ ref('int_labels__ranked') }}
),

reviewed as (
    select * from {{ ref('int_labels__reviewed') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

labelled as (
    select * from {{ ref('int_sessions__labelled') }}
),

subgroups as (
    select min(labeller) as labeller from labelled
    where {{ is_by_model('labeller') }}
),

-- A human label is reviewed once at most. The number of a score is its label.
labels as (
    select
        ranked.*,
        reviewed.inclusion_probability,
        case
            when ranked.classifier not in ('success_evidence', 'failure_evidence')
                then ranked.answer_label
            else cast(cast(ranked.answer_score as integer) as {{ type_string() }})
        end as answer
    from ranked
    left join reviewed
        on
            ranked.labeller = 'human'
            and ranked.unit_id = reviewed.unit_id
            and ranked.classifier = reviewed.classifier
            and ranked.fingerprint = reviewed.fingerprint
            and ranked.replicate = reviewed.replicate
    where ranked.status <> 'skipped_budget'
),

-- Meant to fan out: a unit has a row per pair of its labels.
paired as (
    select
        a.classifier,
        a.labeller,
        a.unit_id,
        a.session_id,
        a.answer,
        b.answer as other_answer,
        a.answer_score as score,
        b.answer_score as other_score,
        coalesce(b.inclusion_probability, 1) as inclusion_probability,
        a.status = 'ok' and b.status = 'ok' as is_answered,
        case
            when a.fingerprint = b.fingerprint then a.fingerprint
            else a.fingerprint || '+' || b.fingerprint
        end as fingerprint,
        case
            when {{ same_question }} and a.labeller = 'human' then 'human_and_human'
            when {{ same_question }} and a.input_hash = b.input_hash then 'repeat_and_repeat'
            when {{ same_question }} or not (a.is_current and b.is_first_replicate) then null
            when b.labeller = 'human' and not b.is_stale then a.labeller || '_and_human'
            when b.labeller = 'rules' and b.is_current then a.labeller || '_and_rules'
            when b.labeller in ('human', 'rules') then null
            when b.rendering = 'study_c' then 'whole_and_study_c'
            when a.model <> b.model then 'model_and_model'
            else 'version_and_version'
        end as pair_kind
    from labels as a
    inner join labels as b
        on
            a.classifier = b.classifier and a.unit_id = b.unit_id
            and (
                ({{ is_by_model('a.labeller') }} and b.labeller = 'rules')
                or (a.labeller <> 'human' and b.labeller = 'human')
                or ({{ same_question }} and a.replicate < b.replicate)
                or ({{ same_labeller }} and a.fingerprint <> b.fingerprint)
            )
),

-- Labels of the labeller that is compared say which subgroup a session is in; else Claude's, or in
-- a demo the stand-in's: one row at most.
final as (
    select
        paired.*,
        sessions.user_id,
        sessions.agent,
        labelled.expertise,
        labelled.work_mode
    from paired
    inner join sessions on paired.session_id = sessions.session_id
    cross join subgroups
    left join labelled
        on
            paired.session_id = labelled.session_id
            and labelled.labeller = case
                when {{ is_by_model('paired.labeller') }} then paired.labeller
                else subgroups.labeller
            end
    where paired.pair_kind is not null and sessions.is_interactive
)

select *
from final
