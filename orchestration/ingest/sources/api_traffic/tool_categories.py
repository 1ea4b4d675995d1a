"""Tools that agents on the API commonly have, by category: the one list of their names.

A gateway sees every agent's tools, and a name says what its maker meant. Names are compared without case,
`_` and `-`; what is in no row is `other`.
"""

from orchestration.ingest.rows import ToolCategory

_CATEGORIES: dict[ToolCategory, str] = {
    "shell": "bash shell powershell terminal python executecommand runcommand runcommands runshellcommand"
    " runinterminal execcommand unifiedexec localshell codeexecution bashcodeexecution executepython jupyter",
    "read": "read readfile readfiles viewfile openfile ls listdir listdirectory listfiles"
    " notebookread viewimage",
    "search": "grep glob search searchfiles codesearch codebasesearch filesearch findfiles toolsearch"
    " grepsearch",
    "edit": "edit multiedit write writefile writetofile createfile strreplaceeditor strreplacebasededittool"
    " replaceinfile editfile applypatch applydiff notebookedit textedit texteditor insertcontent"
    " texteditorcodeexecution",
    "web": "webfetch websearch fetch fetchurl browseraction browse httprequest fetchwebcontent",
    "subagent": "task agent spawnagent newtask usesubagents delegate",
    "question": "askuserquestion askfollowupquestion askuser askquestion requestuserinput",
    "plan": "enterplanmode exitplanmode planmoderespond",
    "todo": "todowrite todoread updateplan taskcreate taskupdate updatetodolist",
    "skill": "skill slashcommand skills",
    "background": "taskoutput bashoutput killshell killbash taskstop wait writestdin",
    "mcp": "usemcptool accessmcpresource listmcpresources readmcpresource",
}
_OF_TOOL = {name: category for category, names in _CATEGORIES.items() for name in names.split()}


def category_of(tool_name: str, *, mcp_server: str | None) -> ToolCategory:
    """The category of a call by its tool's name."""
    if mcp_server is not None:
        return "mcp"
    return _OF_TOOL.get(tool_name.lower().replace("_", "").replace("-", ""), "other")


def mcp_server_of(tool_name: str) -> str | None:
    """The MCP server of a tool, where its name says so (`mcp__server__tool`)."""
    parts = tool_name.split("__")
    return parts[1][:120] if len(parts) >= 3 and parts[0] == "mcp" and parts[1] else None
