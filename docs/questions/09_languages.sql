-- In which languages does the agent work?
--
-- Answer: one row per agent and language of the files that its tools read and edit: calls that
-- read, calls that edit, the lines they add and remove, and the sessions. The file's extension
-- decides the language.
-- Do not conclude: how much code of a language was written. Lines that shell commands change
-- belong to no such call, and unknown_line_calls changed files by an unknown number of lines.
select
    agent,
    coalesce(file_language, '.' || file_extension) as language,
    count(*) filter (where tool_category = 'read') as reads,
    count(*) filter (where tool_category = 'edit') as edits,
    cast(sum(lines_added) as bigint) as lines_added,
    cast(sum(lines_removed) as bigint) as lines_removed,
    count(*) filter (where has_unknown_lines) as unknown_line_calls,
    count(distinct session_id) as sessions
from marts.fct_tool_calls
where file_extension is not null
group by agent, language
order by edits desc, reads desc, agent, language;
