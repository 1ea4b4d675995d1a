with

judged as (
    select * from {{ ref('int_sessions__judged') }}
),

-- All but the person's occupation, which is for aggregates alone.
final as (
    select
        -- keys
        session_id || '|' || labeller as session_outcome_id,
        session_id,
        labeller,
        user_id,
        project_id,
        outcome_by,
        success_evidence_by,
        failure_evidence_by,
        work_mode_by,
        codebase_relation_by,
        decisions_by,
        expertise_by,
        expertise_first_prompt_by,
        work_occupation_by,
        task_value_by,
        -- facts
        agent,
        outcome,
        outcome_opt_out,
        success_score,
        failure_score,
        work_mode,
        work_mode_opt_out,
        codebase_relation,
        expertise,
        expertise_level,
        first_prompt_expertise_level,
        work_occupation,
        work_occupation_opt_out,
        price_usd,
        price_tier,
        goal_complexity,
        difficulty_tier,
        user_planning_share,
        user_execution_share,
        human_prompt_count,
        worked_turn_count,
        tool_call_count,
        agent_word_count,
        tool_input_word_count,
        lines_added,
        lines_removed,
        actions_per_prompt,
        words_per_prompt,
        -- booleans
        has_clear_goal,
        is_judged_success,
        is_at_least_partial,
        is_judged_failure,
        is_verified_success,
        is_verified_failure,
        is_in_trouble_above_3,
        is_in_trouble_from_3,
        is_failed_without_lines,
        has_clear_goal_opt_out,
        is_judged_success_opt_out,
        is_at_least_partial_opt_out,
        is_judged_failure_opt_out,
        is_verified_success_opt_out,
        is_verified_failure_opt_out,
        is_in_trouble_above_3_opt_out,
        is_in_trouble_from_3_opt_out,
        is_failed_without_lines_opt_out,
        is_code_mode,
        is_code_producing,
        -- times
        started_at,
        started_local_date,
        started_week,
        started_month
    from judged
)

select *
from final
