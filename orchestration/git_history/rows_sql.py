"""The statements that put a repository's rows together from its tables by number.

Belongs here: SQL alone. `commits`, `facts`, `paths`, `links` and `groups` are made by repository_rows; a
commit that is forgotten is left out of every statement, and no other row but its landing's names it.
"""

from orchestration.ingest.git_rows import EVIDENCES

_KEPT = "inner join facts as f on x.commit = f.commit and not f.is_forgotten"

LINE_SUMS = """
create or replace temp table line_groups (
    commit uinteger, file uinteger, has_note boolean, note_agent varchar, note_session_id varchar,
    match_kind varchar, match_session_id varchar, unrelated_session_id varchar, line_count bigint,
    survived_30d_count bigint, reverted_30d_count bigint, rewritten_30d_count bigint,
    incident_30d_count bigint, survived_90d_count bigint, reverted_90d_count bigint,
    rewritten_90d_count bigint, incident_90d_count bigint, alive_count bigint
)
"""

LINE_GROUPS_SQL = f"""
select $repository_id as repository_id, c.git_commit_id, p.path_id, x.* exclude (commit, file)
from groups as x
{_KEPT}
inner join commits as c on x.commit = c.commit
inner join paths as p on x.file = p.file
order by x.commit, x.file, x.note_agent, x.note_session_id, x.match_kind, x.match_session_id,
    x.unrelated_session_id
"""  # noqa: S608 - names of ours

FILE_SUMS = (
    """
    create or replace temp table file_sums (
        commit uinteger, file_count bigint, lines_added bigint, lines_removed bigint, moved bigint
    )
    """,
    """
    insert into file_sums
    select commit, count(*), sum(added), sum(removed), sum(moved) from changed group by commit
    """,
)

COMMIT_FILES_SQL = f"""
select $repository_id as repository_id, c.git_commit_id, p.path_id, p.file_extension,
    x.exclusion, x.added as lines_added, x.removed as lines_removed, x.moved as moved_line_count
from changed as x
{_KEPT}
inner join commits as c on x.commit = c.commit
inner join paths as p on x.file = p.file
order by x.commit, x.file
"""  # noqa: S608 - names of ours

PICKED = """
create or replace temp table evidence as
select commit, evidence, session_id, max(line_count) as line_count, min(linked_at) as linked_at
from (
    select commit, evidence, session_id, line_count, linked_at from links
    union all
    select commit, 'note', note_session_id, sum(line_count), null from line_groups
    where note_session_id is not null group by commit, note_session_id
    union all
    select commit, 'match', match_session_id, sum(line_count), null from line_groups
    where match_session_id is not null group by commit, match_session_id
)
group by commit, evidence, session_id;

create or replace temp table picked as
select commit, evidence, session_id from evidence
qualify row_number() over (partition by commit, evidence order by line_count desc, linked_at, session_id) = 1
"""

COMMIT_SESSIONS_SQL = f"""
select $repository_id as repository_id, c.git_commit_id, x.evidence, x.session_id
from evidence as x
{_KEPT}
inner join commits as c on x.commit = c.commit
order by x.commit, x.evidence, x.session_id
"""  # noqa: S608 - names of ours

_COLUMNS = ",\n        ".join(
    f"max(session_id) filter (evidence = '{name}') as {name}_session_id" for name in EVIDENCES
)
_FIRM = [name for name in EVIDENCES if name != "time"]
_FIRST = ", ".join(f"s.{name}_session_id" for name in _FIRM)
_KNOWN_BY = "\n            ".join(f"when s.{name}_session_id is not null then '{name}'" for name in _FIRM)
_NAMED = ", ".join(f"s.{name}_session_id" for name in EVIDENCES)

COMMITS_SQL = f"""
with by_commit as (
    select commit, {_COLUMNS},
        count(distinct session_id) filter (evidence <> 'time') > 1 as is_disputed
    from picked group by commit
),
sums as (
    select commit, sum(line_count) as merged,
        sum(line_count) filter (match_kind <> 'too_short') as matchable,
        coalesce(sum(line_count) filter (note_agent is not null), 0) as noted,
        coalesce(sum(line_count) filter (match_kind in ('same_file', 'other_file')), 0) as matched
    from line_groups group by commit
),
changed_files as (
    select commit, sum(file_count) as file_count, sum(lines_added) as lines_added,
        sum(lines_removed) as lines_removed, sum(moved) as moved
    from file_sums group by commit
)
select
    $repository_id as repository_id, c.git_commit_id, x.commit_sha, $project_id as project_id, x.user_id,
    x.author_key, x.author_known_by, x.is_bot_author, x.is_merge, x.is_landing,
    landing.git_commit_id as landing_commit_id,
    copied.git_commit_id as copy_of_commit_id,
    reverted.git_commit_id as reverts_commit_id,
    c.authored_at, c.committed_at, c.landed_at,
    x.reverted_by is not null as is_reverted, reverting.landed_at as reverted_at,
    x.agent_trailer, x.co_author_count, x.pull_request_number,
    case when not x.is_merge then coalesce(d.file_count, 0) end as file_count,
    case when not x.is_merge then coalesce(d.lines_added, 0) end as lines_added,
    case when not x.is_merge then coalesce(d.lines_removed, 0) end as lines_removed,
    case when not x.is_merge then coalesce(d.moved, 0) end as moved_line_count,
    coalesce(m.merged, 0) as merged_line_count,
    coalesce(m.matchable, 0) as matchable_line_count,
    x.unfiltered as unfiltered_merged_line_count,
    case when c.has_note then coalesce(m.noted, 0) end as noted_line_count,
    coalesce(m.matched, 0) as matched_line_count,
    {_NAMED},
    coalesce({_FIRST}) as session_id,
    case {_KNOWN_BY} end as session_known_by,
    coalesce(s.is_disputed, false) as is_session_disputed
from facts as x
inner join commits as c on x.commit = c.commit
inner join commits as landing on x.landing = landing.commit
left join (select c.commit, c.git_commit_id from commits as c inner join facts as f
    on c.commit = f.commit and not f.is_forgotten) as copied on x.copy_of = copied.commit
left join (select c.commit, c.git_commit_id from commits as c inner join facts as f
    on c.commit = f.commit and not f.is_forgotten) as reverted on x.reverts = reverted.commit
left join commits as reverting on x.reverted_by = reverting.commit
left join changed_files as d on x.commit = d.commit
left join sums as m on x.commit = m.commit
left join by_commit as s on x.commit = s.commit
where not x.is_forgotten
order by x.commit
"""  # noqa: S608 - names of ours
