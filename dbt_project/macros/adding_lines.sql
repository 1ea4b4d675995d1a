{#-
  The lines of a table: sets of cells that add up, each with the total that it adds up to. Returns dicts:
  `columns` that the cells of a line share, `children` (condition on a cell that is a part), `total`
  (condition on the cell that is the total; none: it is published nowhere, or known from a denominator),
  `shared` (columns that the total shares with its parts), and `crosses` (whether its lines cut through
  those of the other kinds, as rows do through columns).

  `siblings` are the columns of one table of cells: with period_kind and segment_name it is cut both ways,
  and its cells add up over values within a period and over periods within a value; weeks add up to
  months where a month begins on a Monday, so each month's weeks are a line too; in a table that `has_days`
  the days of a week add up to it, and those of a month; populations named
  `<family>:<member>` add up to `all`. Or a list of lists of columns, one per direction. A total may rest
  on fewer labels than a part of it, so over values and populations its fingerprint may differ.
-#}
{% macro adding_lines(siblings, has_days=false) -%}
{%- set directions = [] -%}
{%- if siblings[0] is not string -%}
    {%- set directions = siblings -%}
{%- elif 'period_kind' in siblings and 'segment_name' in siblings -%}
    {%- set directions = [siblings + ['period_start'], siblings + ['segment_value']] -%}
{%- else -%}
    {%- set directions = [siblings] -%}
{%- endif -%}
{%- set cuts = {
    'segment_name': ('segment_value', "segment_name <> 'all'", "segment_name = 'all'"),
    'period_kind': ('period_start', "period_kind <> 'overall'", "period_kind = 'overall'"),
} -%}
{%- set lines = [] -%}
{%- for columns in directions -%}
    {%- set found = namespace(children='true', total=none, over=none) -%}
    {%- for cut, (value, children, total) in cuts.items() -%}
        {%- if found.over is none and cut in columns and value not in columns -%}
            {%- set found.over, found.children, found.total = cut, children, total -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set unshared = [found.over] + (['fingerprint'] if found.over == 'segment_name' else []) -%}
    {%- set _ = lines.append({
        'columns': columns, 'children': found.children, 'total': found.total,
        'shared': columns | reject('in', unshared) | list, 'crosses': true,
    }) -%}
    {%- if found.over == 'period_kind' -%}
        {%- set _ = lines.append({
            'columns': columns + [date_trunc('month', 'period_start')],
            'children': "period_kind = 'week'", 'total': none, 'shared': [], 'crosses': false,
        }) -%}
    {%- endif -%}
    {%- for whole in ['week', 'month'] if has_days and found.over == 'period_kind' -%}
        {%- set start = date_trunc(whole, 'period_start') -%}
        {%- set _ = lines.append({
            'columns': columns + [start], 'children': "period_kind = 'day'",
            'total': "period_kind = '" ~ whole ~ "'",
            'shared': columns | reject('equalto', 'period_kind') | list + [start], 'crosses': false,
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{%- if siblings[0] is string and 'population' in siblings -%}
    {%- set shared = siblings | reject('in', ['population', 'fingerprint']) | list
        + ['period_start', 'segment_value'] -%}
    {%- set _ = lines.append({
        'columns': shared + ['fingerprint', "split_part(population, ':', 1)"],
        'children': "population like '%:%'", 'total': "population = 'all'", 'shared': shared,
        'crosses': true,
    }) -%}
{%- endif -%}
{{ return(lines) }}
{%- endmacro %}

{#- Columns that cells share whichever of the lines they are in; with `shared_with_total`, that totals share too. -#}
{% macro columns_of_all(lines, shared_with_total=false) -%}
{%- set found = [] -%}
{%- for column in lines[0].columns -%}
    {%- set missing = [] -%}
    {%- for line in lines -%}
        {%- if column not in line.columns
            or shared_with_total and line.total is not none and column not in line.shared -%}
            {%- set _ = missing.append(line) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not missing -%}
        {%- set _ = found.append(column) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}

{#- Condition that two rows hold the same values of `columns`, null being one. -#}
{% macro same_values(left, right, columns) -%}
    {%- for column in columns -%}
    {{ of_table(left, column) }} is not distinct from {{ of_table(right, column) }}
    {{- ' and ' if not loop.last }}
    {%- endfor -%}
    {{- 'true' if not columns }}
{%- endmacro %}

{#- A column of a table, or what a line makes of its period_start. -#}
{% macro of_table(table, column) -%}
    {{- column | replace('period_start', table ~ '.period_start') if '(' in column else table ~ '.' ~ column -}}
{%- endmacro %}
