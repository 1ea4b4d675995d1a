{#-
  The rates of outcomes (C18 to C28): name; what it counts, a column of int_sessions__judged that is null
  where it is not settled; the sessions it is of; the classifiers it rests on. `…_opt_out`: of the labels
  with not_inferable among them, which is unknown. `…rating…`: by the direct ratings.
-#}
{% macro outcome_rates() %}
{%- set recovered = 'case when is_in_trouble_above_3 is not null'
    ~ ' and is_verified_success is not null then is_in_trouble_above_3 and is_verified_success end' -%}
{%- set troubled_code = 'is_in_trouble_above_3'
    ~ " and case when work_mode <> 'not_inferable' then is_code_mode end" -%}
{%- set rated_trouble = 'is_rated and is_rated_trouble_above_3' -%}
{{ return([
    ('judged_success', 'is_judged_success', 'true', ['outcome']),
    ('at_least_partial', 'is_at_least_partial', 'true', ['outcome']),
    ('judged_failure', 'is_judged_failure', 'true', ['outcome']),
    ('no_clear_goal_share', "outcome = 'no_clear_goal'", 'true', ['outcome']),
    ('judged_success_opt_out', 'is_judged_success_opt_out', 'true', ['outcome']),
    ('at_least_partial_opt_out', 'is_at_least_partial_opt_out', 'true', ['outcome']),
    ('judged_failure_opt_out', 'is_judged_failure_opt_out', 'true', ['outcome']),
    ('no_clear_goal_share_opt_out', "nullif(outcome_opt_out, 'not_inferable') = 'no_clear_goal'", 'true',
        ['outcome']),
    ('verified_success_opt_out', 'is_verified_success_opt_out', 'true', ['outcome', 'success_evidence']),
    ('verified_failure_opt_out', 'is_verified_failure_opt_out', 'true', ['outcome', 'failure_evidence']),
    ('verified_success_by_rating', 'is_rated_verified_success', 'is_rated', ['outcome', 'success_rating']),
    ('trouble_rating_above_3', 'is_rated_trouble_above_3', 'is_rated', ['outcome', 'failure_rating']),
    ('trouble_rating_from_3', 'is_rated_trouble_from_3', 'is_rated', ['outcome', 'failure_rating']),
    ('abandoned_of_trouble_rating_above_3', 'is_failed_without_lines', rated_trouble,
        ['outcome', 'failure_rating']),
    ('at_least_partial_of_trouble_rating_above_3', 'is_at_least_partial', rated_trouble,
        ['outcome', 'failure_rating']),
    ('judged_failure_of_trouble_rating_above_3', 'is_judged_failure', rated_trouble,
        ['outcome', 'failure_rating']),
    ('verified_success_of_trouble_rating_above_3', 'is_rated_verified_success', rated_trouble,
        ['outcome', 'success_rating', 'failure_rating']),
    ('verified_success', 'is_verified_success', 'true', ['outcome', 'success_evidence']),
    ('verified_failure', 'is_verified_failure', 'true', ['outcome', 'failure_evidence']),
    ('at_least_partial_code_producing', 'is_at_least_partial', 'is_code_producing', ['outcome']),
    ('verified_success_code_producing', 'is_verified_success', 'is_code_producing',
        ['outcome', 'success_evidence']),
    ('trouble_above_3', 'is_in_trouble_above_3', 'true', ['outcome', 'failure_evidence']),
    ('trouble_above_3_and_recovered', recovered, 'true',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('abandoned_of_troubled_above_3', 'is_failed_without_lines', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('abandoned_in_code_modes_of_troubled_above_3', 'is_failed_without_lines', troubled_code,
        ['outcome', 'failure_evidence', 'work_mode']),
    ('judged_success_of_troubled_above_3', 'is_judged_success', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_above_3', 'is_at_least_partial', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_above_3', 'is_judged_failure', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_above_3', 'is_verified_success', 'is_in_trouble_above_3',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_above_3', 'is_verified_failure', 'is_in_trouble_above_3',
        ['outcome', 'failure_evidence']),
    ('trouble_from_3', 'is_in_trouble_from_3', 'true', ['outcome', 'failure_evidence']),
    ('abandoned_of_troubled_from_3', 'is_failed_without_lines', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('judged_success_of_troubled_from_3', 'is_judged_success', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('at_least_partial_of_troubled_from_3', 'is_at_least_partial', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('judged_failure_of_troubled_from_3', 'is_judged_failure', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
    ('verified_success_of_troubled_from_3', 'is_verified_success', 'is_in_trouble_from_3',
        ['outcome', 'success_evidence', 'failure_evidence']),
    ('verified_failure_of_troubled_from_3', 'is_verified_failure', 'is_in_trouble_from_3',
        ['outcome', 'failure_evidence']),
]) }}
{% endmacro %}
