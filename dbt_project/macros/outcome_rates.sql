{#-
  Appends the rates of rpt_session_outcomes (C18 to C28) to `rates`. Each is: name; what is counted over
  int_sessions__judged (null: not settled, or no such session); the sessions it is of; the fingerprints of
  what it rests on; and whether it is `circular` by rules, which conclude the outcome from the scores, so
  that the outcome of sessions in trouble would only repeat that conclusion. A list to append to, because
  a macro gives text.
-#}
{% macro add_outcome_rates(rates) -%}
{%- set by_outcome = ['outcome_by'] -%}
{%- set by_success = by_outcome + ['success_evidence_by'] -%}
{%- set by_failure = by_outcome + ['failure_evidence_by'] -%}
{%- set by_both = by_success + ['failure_evidence_by'] -%}
{%- set verdicts = {
    'judged_success': by_outcome, 'at_least_partial': by_outcome, 'judged_failure': by_outcome,
    'verified_success': by_success, 'verified_failure': by_failure,
} -%}
{%- for name, by in verdicts.items() -%}
    {%- set _ = rates.append((name, 'is_' ~ name, 'true', by, false)) -%}
{%- endfor -%}
{%- for name in ['at_least_partial', 'verified_success'] -%}
    {%- set _ = rates.append(
        (name ~ '_code_producing', 'is_' ~ name, 'is_code_producing', verdicts[name], false)) -%}
{%- endfor -%}
{%- for threshold in ['above_3', 'from_3'] -%}
    {%- set in_trouble = 'is_in_trouble_' ~ threshold -%}
    {%- set _ = rates.append(('trouble_' ~ threshold, in_trouble, 'true', by_failure, false)) -%}
    {%- set _ = rates.append(('abandoned_of_troubled_' ~ threshold, 'is_failed_without_lines',
        in_trouble, by_failure, false)) -%}
    {%- for name in verdicts -%}
        {%- set _ = rates.append((name ~ '_of_troubled_' ~ threshold, 'is_' ~ name, in_trouble,
            by_both if name == 'verified_success' else by_failure, true)) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set in_code_mode = "case when work_mode <> 'not_inferable' then is_code_mode end" -%}
{%- set _ = rates.append(('abandoned_in_code_modes_of_troubled_above_3', 'is_failed_without_lines',
    'is_in_trouble_above_3 and ' ~ in_code_mode, by_failure + ['work_mode_by'], false)) -%}
{%- set both_known = 'is_in_trouble_above_3 is not null and is_verified_success is not null' -%}
{%- set _ = rates.append(('trouble_above_3_and_recovered',
    'case when ' ~ both_known ~ ' then is_in_trouble_above_3 and is_verified_success end',
    'true', by_both, true)) -%}
{%- set _ = rates.append(
    ('no_clear_goal_share', "outcome = 'no_clear_goal'", 'true', by_outcome, false)) -%}
{%- endmacro %}
