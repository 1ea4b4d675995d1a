{#- The fifth that a share lies in, as text; null where the share is. -#}
{% macro fifth_of(share) -%}
    case
        {%- for upper in [20, 40, 60, 80] %}
        when {{ share }} < {{ upper / 100 }} then '{{ upper - 20 }}-{{ upper }}'
        {%- endfor %}
        when {{ share }} is not null then '80-100'
    end
{%- endmacro %}

{% macro fifths() -%}
    {{ return(['0-20', '20-40', '40-60', '60-80', '80-100']) }}
{%- endmacro %}

{#- Whether one side makes over 80 % of the decisions (C10); `unknown` where none are known. -#}
{% macro side_over_80(side, share) -%}
    case
        when {{ share }} is null then 'unknown'
        when {{ share ~ ' > 0.8' if side == 'user' else share ~ ' < 0.2' }} then '{{ side }}_over_80'
        else '{{ side }}_up_to_80'
    end
{%- endmacro %}
