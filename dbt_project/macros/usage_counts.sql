{#- What is counted of use: the metric's name, the column of int_usage__daily that is summed, the sum's type. -#}
{% macro usage_counts() %}
{{ return([
    ('responses', 'response_count', 'bigint'),
    ('input_tokens', 'input_tokens', 'bigint'),
    ('cache_creation_5m_input_tokens', 'cache_creation_5m_input_tokens', 'bigint'),
    ('cache_creation_1h_input_tokens', 'cache_creation_1h_input_tokens', 'bigint'),
    ('cache_read_input_tokens', 'cache_read_input_tokens', 'bigint'),
    ('output_tokens', 'output_tokens', 'bigint'),
    ('web_searches', 'web_search_count', 'bigint'),
    ('cost_usd', 'cost_usd', type_double()),
    ('lower_bound_cost_usd', 'lower_bound_cost_usd', type_double()),
    ('unpriced_uses', 'unpriced_count', 'bigint'),
]) }}
{% endmacro %}
