"""The tools that take a password in their own way: a letter (`-p`), a second argument, a line of a file.

Belongs here: one row per tool or family of tools. Does not belong here: `--password value` and all else that
has a telling name (secret_assignments.py).
"""

import re

from orchestration.ingest.redaction.secret_rule import START, ShapeRule, caseless, shaped

KIND = "command_password"
_SAME_COMMAND = r"\b[^\n|;&]{0,200}?[ \t]"
_PLAIN = r"[^\s\"'\\$<{\[|;&-][^\s\"'\\|;&]{3,200}"


def _has_digit(match: re.Match[str]) -> bool:
    return any(char.isdigit() for char in match["secret"])


def _is_no_path(match: re.Match[str]) -> bool:
    """Whether the value is no folder, port mapping or option: `-p src/login`, `-p 8080:80`, `-p 5432`."""
    value = match["secret"]
    is_mapping = re.fullmatch(r"[\d.:-]{1,20}(?:/tcp|/udp)?", value) is not None
    return not (is_mapping or value.startswith(("/", "./", "../", "~")) or value in ("true", "false"))


COMMAND_RULES: tuple[ShapeRule, ...] = (
    # docker, podman, helm, az, oc, cf, npm … login; the shells of databases.
    caseless(
        KIND,
        "login|mongo|cqlsh|twine|beeline",
        r"(?:login|mongo(?:sh|dump|restore|export|import)?|cqlsh|twine[ \t]+upload|beeline)"
        rf"{_SAME_COMMAND}-p[ \t=]{{1,4}}"
        rf"\\{{0,3}}[\"']?(?P<secret>{_PLAIN})",
        _is_no_path,
    ),
    shaped(
        KIND,
        "-u |-u=|-u\t|--user|--proxy-user",
        START + r"(?:-u|--user|--proxy-user|-U)[ \t=]{1,4}\\{0,3}[\"']?[\w.@+-]{0,80}:"
        r"(?P<secret>[^\s\"'\\$<{:]{4,200})(?=[\s\"'\\]|$)",
    ),
    shaped(KIND, "sshpass", r"sshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?(?P<secret>[^\s\"'\\$]{4,200})"),
    # The tools that take a password glued to, or behind, a letter.
    shaped(
        KIND,
        "mysql|mariadb",
        rf"(?:mysql|mariadb)(?:-?(?:dump|admin|import|show))?{_SAME_COMMAND}-p[\"']?"
        r"(?P<secret>[^\s\"'\\$<{\[-][^\s\"'\\]{3,200})",
    ),
    shaped(
        KIND,
        "redis-cli",
        rf"redis-cli{_SAME_COMMAND}(?:-a|--pass)[ \t=]{{1,4}}[\"']?(?P<secret>[^\s\"'\\$<{{\[]{{4,200}})",
    ),
    shaped(
        KIND,
        "sqlcmd|bcp |osql",
        rf"(?:sqlcmd|bcp|osql){_SAME_COMMAND}-P[ \t]{{0,4}}[\"']?(?P<secret>{_PLAIN})",
    ),
    shaped(
        KIND,
        "ldapsearch|ldapmodify|ldapadd|ldapdelete|ldapwhoami",
        rf"ldap(?:search|modify|add|delete|whoami){_SAME_COMMAND}-w[ \t]{{1,4}}[\"']?(?P<secret>{_PLAIN})",
    ),
    shaped(
        KIND,
        "plink |pscp |psftp |putty ",
        rf"(?:plink|pscp|psftp|putty){_SAME_COMMAND}-pw[ \t]{{1,4}}[\"']?(?P<secret>{_PLAIN})",
    ),
    shaped(KIND, "unzip |zip ", rf"\b(?:unzip|zip){_SAME_COMMAND}-P[ \t]{{1,4}}[\"']?(?P<secret>{_PLAIN})"),
    shaped(
        KIND,
        "7z|rar |unrar ",
        rf"\b(?:7z[ar]?|(?:un)?rar)[ \t]{{1,4}}[axelt]\b[^\n|;&]{{0,200}}?[ \t]-h?p(?P<secret>{_PLAIN})",
        _has_digit,
    ),
    shaped(
        KIND,
        "htpasswd",
        rf"htpasswd[ \t]{{1,4}}-\w{{0,6}}b\w{{0,6}}[ \t]{{1,4}}[^\n|;&]{{1,200}}?[ \t]"
        rf"(?P<secret>{_PLAIN})(?=\s|[\"'\\]|$)",
    ),
    shaped(
        KIND,
        "smbclient|rpcclient|net ads",
        rf"(?:smbclient|rpcclient|net ads){_SAME_COMMAND}-U[ \t]{{0,4}}[\"']?[\w.\\-]{{1,80}}%"
        rf"(?P<secret>{_PLAIN})",
    ),
    shaped(
        KIND,
        "sqlplus",
        r"sqlplus[ \t]{1,4}(?:-\w{1,8}[ \t]{1,4}){0,4}[\"']?[\w.]{1,80}/(?P<secret>[^\s/@\"'\\$<{]{4,200})",
    ),
    caseless(
        KIND,
        "net user",
        r"net[ \t]{1,4}user[ \t]{1,4}[\w.-]{1,80}[ \t]{1,4}(?P<secret>[^\s/\"'\\$<{*]{4,200})",
    ),
    caseless(
        KIND,
        "-passin|-passout|-pass ",
        r"-pass(?:in|out)?[ \t]{1,4}[\"']?pass:(?P<secret>[^\s\"'\\$]{4,200})",
    ),
    caseless(
        KIND,
        "-storepass|-keypass|-srcstorepass|-deststorepass|-srckeypass|-destkeypass",
        r"-(?:src|dest)?(?:store|key)pass[ \t]{1,4}[\"']?(?P<secret>[^\s\"'\\$]{4,200})",
    ),
    # A password that is piped into a tool which asks for one.
    caseless(
        KIND,
        "echo |printf |print ",
        r"(?:echo|printf|print)[ \t]{1,4}(?:-\w{1,3}[ \t]{1,4})?\\{0,3}[\"']?"
        r"(?:[\w.-]{1,80}:(?=[^\n|]{4,200}chpasswd))?"
        r"(?P<secret>[^\s\"'\\$<{|`(][^\s\"'\\|]{3,200})\\{0,3}[\"']?[ \t]{0,4}\|"
        r"[^\n|]{0,120}?(?:--password-stdin|--stdin|sudo -S|chpasswd)",
    ),
    # SQL, PowerShell, .netrc: the words in front of the password tell it from prose.
    caseless(
        KIND,
        "identified",
        r"identified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,40}[ \t]{1,4})?(?:by|as)[ \t]{1,4}\\{0,3}[\"']"
        r"(?P<secret>[^\"'\\\n$<{]{4,200})",
    ),
    caseless(
        KIND,
        "with password|encrypted password",
        r"(?:with|encrypted)[ \t]{1,4}password[ \t]{1,4}\\{0,3}'(?P<secret>[^'\\\n$<{]{4,200})'",
    ),
    caseless(
        KIND,
        "convertto-securestring",
        r"ConvertTo-SecureString[ \t]{1,4}(?:-String[ \t]{1,4})?[\"'](?P<secret>[^\"'\n$]{4,200})[\"']",
    ),
    caseless(
        KIND,
        "login",
        START + r"login[ \t]{1,8}[^\s]{1,100}(?:[ \t]|\r?\n){1,8}password[ \t]{1,8}"
        r"(?P<secret>[^\s\"'\\$<{\[]{4,200})",
        _has_digit,
    ),
)
