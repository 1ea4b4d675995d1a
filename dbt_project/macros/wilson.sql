{#- Bound of the 95 % Wilson interval of a share `p` of `n`; `side` is '-' or '+'. Null where n is. -#}
{% macro wilson_bound(p, n, side) -%}
    {%- set z = 1.959963984540054 -%}
    {{ 'greatest(0.0' if side == '-' else 'least(1.0' }}, (
        {{ p }} + {{ z * z / 2 }} / {{ n }} {{ side }} {{ z }}
        * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + {{ z * z / 4 }} / ({{ n }} * {{ n }}))
    ) / (1 + {{ z * z }} / {{ n }}))
{%- endmacro %}

{#- 97.5 % quantile of Student's t by Cornish-Fisher from the normal's; within 2 % from 4 degrees on. -#}
{% macro student_t(degrees) -%}
    {%- set z = 1.959963984540054 -%}
    (
        {{ z }} + {{ (z ** 3 + z) / 4 }} / ({{ degrees }})
        + {{ (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 }} / (({{ degrees }}) * ({{ degrees }}))
    )
{%- endmacro %}
