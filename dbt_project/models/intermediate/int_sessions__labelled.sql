with

labels as (
    select * from {{ ref('int_labels__unioned') }}
),

-- One current label at most per session, classifier and labeller: `max` picks it, it sums nothing.
pivoted as (
    select
        unit_id as session_id,
        labeller,
        max(case when classifier = 'work_mode' then answer_label end) as work_mode,
        max(case when classifier = 'codebase_relation' then answer_label end) as codebase_relation,
        max(case when classifier = 'outcome' then answer_label end) as outcome,
        max(case when classifier = 'success_evidence' then answer_score end) as success_score,
        max(case when classifier = 'failure_evidence' then answer_score end) as failure_score
    from labels
    where is_current and unit_kind = 'session' and status = 'ok'
    group by unit_id, labeller
),

final as (
    select
        session_id,
        labeller,
        work_mode,
        codebase_relation,
        outcome,
        success_score,
        failure_score
    from pivoted
)

select *
from final
