{#- The columns of every rate table, in order: those of the CTE `rates` (macro rates_from). -#}
{% macro rate_columns() -%}
    {{ return([
        'rate_id', 'agent', 'metric_name', 'metric_kind', 'period_kind', 'period_start', 'segment_name',
        'segment_value', 'labeller', 'fingerprint', 'numerator', 'denominator', 'n_users', 'n_sessions',
        'top_user_share', 'estimate', 'interval_low', 'interval_high', 'clustered_interval_low',
        'clustered_interval_high', 'effective_n', 'unknown_share', 'suppressed_reason',
        'withheld_reason', 'published_id', 'published_value', 'published_low', 'published_high',
        'published_text', 'published_grade', 'published_source', 'published_note', 'is_suppressed',
    ]) }}
{%- endmacro %}
