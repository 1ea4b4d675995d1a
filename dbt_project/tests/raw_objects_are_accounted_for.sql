{#-
  Every object of every file version is in exactly one place: counted by what became of it, or set aside.
  While some dates are not landed yet (SESSIONMART_DBT_LAKE_IS_COMPLETE=false: a partial backfill) only
  an excess fails: objects whose sessions' dates are missing are missing here too.
-#}
with

files as (
    select * from {{ ref('stg_transcripts__files') }}
),

record_counts as (
    select
        content_hash,
        sum(object_count) as object_count
    from {{ ref('stg_transcripts__record_counts') }}
    group by content_hash
),

set_aside as (
    select
        content_hash,
        {{ count_if('is_object') }} as object_count,
        {{ count_if('not is_object') }} as bad_piece_count
    from {{ ref('stg_transcripts__quarantined_lines') }}
    group by content_hash
),

compared as (
    select
        files.content_hash,
        files.object_count,
        files.set_aside_object_count,
        files.bad_piece_count,
        coalesce(record_counts.object_count, 0) as counted_object_count,
        coalesce(set_aside.object_count, 0) as found_set_aside_object_count,
        coalesce(set_aside.bad_piece_count, 0) as found_bad_piece_count
    from files
    left join record_counts on files.content_hash = record_counts.content_hash
    left join set_aside on files.content_hash = set_aside.content_hash
)

select *
from compared
where
    counted_object_count + found_set_aside_object_count > object_count
    or found_set_aside_object_count <> set_aside_object_count
    or found_bad_piece_count <> bad_piece_count
    {% if env_var('SESSIONMART_DBT_LAKE_IS_COMPLETE', 'true') | lower == 'true' -%}
    or counted_object_count + found_set_aside_object_count < object_count
    {%- endif %}
