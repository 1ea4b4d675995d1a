with

source as (
    select * from {{ source('labels', 'decisions') }}
),

final as (
    select
        {{ label_row() | indent(8) }},
        -- answer
        decision_count,
        planning_decision_count,
        execution_decision_count,
        user_planning_decision_count,
        user_execution_decision_count,
        joint_planning_decision_count,
        joint_execution_decision_count,
        default_of_tool_decision_count,
        rejected_decision_count,
        user_planning_share,
        user_execution_share,
        user_planning_share_joint_half,
        user_execution_share_joint_half
    from source
)

select *
from final
