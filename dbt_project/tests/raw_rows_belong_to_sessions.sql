{#-
  Every raw row of a session has that session: a row whose session is not there would silently leave
  the marts. The facts' own relationships are tested beside them.
-#}
{%- set tables = [
    'session_aliases', 'turns', 'responses', 'side_usages', 'written_lines', 'events',
    'redactions',
] -%}
with

sessions as (
    select * from {{ ref('stg_transcripts__sessions') }}
)

{% for table in tables -%}
select
    '{{ table }}' as table_name,
    {{ table }}.session_id
from {{ ref('stg_transcripts__' ~ table) }} as {{ table }}
left join sessions on {{ table }}.session_id = sessions.session_id
where sessions.session_id is null
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
