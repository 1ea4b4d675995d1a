{#- A UTC timestamp as wall-clock time in the configured zone. The one place that knows the dialect. -#}
{% macro to_local(timestamp_column) -%}
    {%- set zone = var('time_zone', 'UTC') -%}
    {%- if zone == 'UTC' -%}
        {{ timestamp_column }}
    {%- elif target.type == 'spark' -%}
        from_utc_timestamp({{ timestamp_column }}, '{{ zone }}')
    {%- else -%}
        (({{ timestamp_column }} at time zone 'UTC') at time zone '{{ zone }}')
    {%- endif -%}
{%- endmacro %}

{% macro local_date(timestamp_column) -%}
    cast({{ to_local(timestamp_column) }} as date)
{%- endmacro %}

{#- First day of the week (Monday) or month in the configured zone. -#}
{% macro local_period(period_kind, timestamp_column) -%}
    cast({{ date_trunc(period_kind, to_local(timestamp_column)) }} as date)
{%- endmacro %}
