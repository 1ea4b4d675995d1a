-- What was read and is in no figure?
--
-- Answer: one row per source, kind and reason: sessions and single pieces of files that are in no
-- other table, with the first and the last date. No row means that nothing was set aside.
-- Do not conclude: that everything else was understood. marts.dim_transcript_drift lists what the
-- transcripts hold and no list of the product knows.
select
    source,
    item_kind,
    reason,
    cause,
    cast(sum(item_count) as bigint) as items,
    cast(sum(object_count) as bigint) as objects,
    min(set_aside_date) as first_date,
    max(set_aside_date) as last_date
from marts.fct_set_aside
group by source, item_kind, reason, cause
order by items desc, source, item_kind, reason, cause;
