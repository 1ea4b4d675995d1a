{#-
  The keys of raw tables that no mart is built from row by row are unique over all dates: a gate sees
  one date at a time. The keys of the others are tested on the marts.
-#}
{%- set keys = {
    'stg_transcripts__files': ['content_hash'],
    'stg_transcripts__quarantined_lines': ['content_hash', 'line_number', 'byte_offset'],
    'stg_transcripts__session_aliases': ['alias_session_id'],
    'stg_transcripts__responses': ['session_id', 'response_id'],
    'stg_transcripts__side_usages': ['session_id', 'response_id', 'part_number'],
    'stg_transcripts__written_lines': ['session_id', 'tool_use_id', 'occurrence', 'file_key', 'line_hash'],
    'stg_transcripts__events': ['session_id', 'event_id'],
    'stg_transcripts__drift': ['session_id', 'place', 'name', 'cli_version'],
    'stg_transcripts__redactions': ['session_id', 'redaction_kind'],
    'stg_transcripts__record_counts': [
        'content_hash', 'session_id', 'record_type', 'record_subtype', 'disposition', 'cli_version',
    ],
} -%}
{% for model, columns in keys.items() -%}
select
    '{{ model }}' as model_name,
    count(*) as repeated_key_count
from (
    select {{ columns[0] }}
    from {{ ref(model) }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
) as repeated_{{ loop.index }}
having count(*) > 0
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
