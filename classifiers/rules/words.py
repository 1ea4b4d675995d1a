"""What the words of a human act say about the work: affirmation, rejection, annoyance, giving up.

Looks at the human's own words only: pasted code, quotes and tagged blocks are left out, long texts are
read at their start. Clauses that ask, suppose or demand ("make sure it works") say nothing. English,
with a few fixed phrases of other languages; other texts are simply not inferred from.
"""

import re
from typing import Literal

from orchestration.ingest.rows import RawHumanAct

Verdict = Literal["affirms", "rejects", "off_target", "pushes_back", "gives_up", "acknowledges"]

OWN_WORDS_CHARS = 1500
VERDICT_CHARS = 300
ACKNOWLEDGEMENT_WORDS = 12
AFFIRMATION_WORDS = 60
SPOKEN_KINDS = frozenset({"prompt", "steering", "denial_feedback", "plan_rejected"})
"""Acts in which a person speaks freely; answers and approvals pick from what is offered."""

_PASTED = re.compile(
    r"```.*?(?:```|\Z)|<([a-z][\w-]{2,40})>.*?</\1>|^[ \t]*(?:>|\||\$ |at )[^\n]*$", re.S | re.M | re.I
)
_CLAUSE = re.compile(r"[^.!?;,\n\u3002\uff01\uff1f\uff1b\uff0c]+[.!?;,\n\u3002\uff01\uff1f\uff1b\uff0c]*")
_CONTRAST = re.compile(r"\b(?:but|except|however|although|only that|aber|mais|pero)\b", re.I)

_SUPPOSES = re.compile(
    r"[?\uff1f]|吗"
    r"|\b(?:if|when|whenever|once|until|till|unless|whether|how|why|where|who|before|after|make sure"
    r"|ensure"
    r"|verify|check|confirm|test that|see that|should|would|could|can|will|must|need|needs|want|wants"
    r"|please|so that"
    r"|validat\w*|says?|said|claims?|claimed|used to|supposed|expect\w*|almost|hopefully|assum\w*|pretend"
    r"|mark|label|rate)\b",
    re.I,
)
_NEGATES = re.compile(
    r"\b(?:not|never|no longer|nothing|nowhere|hardly|cannot|cant|dont|doesnt|isnt|nicht|pas)\b|n['’]t\b",
    re.I,
)

_AFFIRMS = re.compile(
    r"\b(?:it|this|everything|all|all of it)(?:['’]s| is| are)? (?:now |all |finally )*(?:works?|working"
    r"|fixed|solved|resolved)\b"
    r"|\bthat (?:works (?:now|great|perfectly|well|fine|as expected)|worked|fixed it|did it|solved it"
    r"|did the trick)\b"
    r"|\bworks (?:now|great|perfectly|like a charm|as expected)\b"
    r"|\b(?:looks|looking) (?:really |very |so )?(?:good|great|perfect|correct|right|awesome|amazing)\b"
    r"|^\W*(?:(?:yes|yep|ok)\W+)?(?:it )?works\b|\b(?:it|everything)(?:['’]s| is) back\b"
    r"|^\W*(?:lgtm|perfect|excellent|parfait|perfekt|perfecto|perfeito|perfetto)\b"
    r"|\bexactly what i (?:wanted|needed|asked for|meant)\b"
    r"|\b(?:well done|(?:great|good|nice|excellent|amazing) (?:job|work))\b"
    r"|\bfunktioniert (?:jetzt|perfekt|super|wunderbar)\b|\bça marche\b|\bc['’]est parfait\b"
    r"|\bfunciona (?:bien|perfecto|perfectamente|ahora)\b"
    r"|\b(?:всё|теперь) работает\b|可以了|成功了|完美|動きました",
    re.I,
)
_REJECTS = re.compile(
    r"\b(?:does|do|did|is|are|was|has|have)(?: not|n['’]?t) (?:work|working|worked|fixed|fix|help|helped"
    r"|compile|build|run|start|render|load|show)\b"
    r"|\bstill (?:broken|fail\w*|not|does(?:n['’]t| not)|crash\w*|wrong|the same|getting|seeing|see)\b"
    r"|\b(?:that|this|it)(?:['’]s| is| was) (?:just |completely |totally |still )?(?:wrong|incorrect"
    r"|broken|worse|useless|terrible|not (?:right|correct|working))\b"
    r"|\bsame (?:error|problem|issue|result|bug|crash|exception|segfault|failure|message)\b"
    r"|\bnot a single \w+(?: \w+)? (?:works?|loads?|runs?|passes|starts?|opens?)\b"
    r"|\bnothing (?:works|loads|runs|starts|opens)\b"
    r"|\bthrow (?:it|this|that|them|everything) away\b"
    r"|^\W*(?:undo|revert|roll back) (?:that|this|it|your|the|all"
    r"|everything)\b"
    r"|\bfunktioniert (?:immer noch )?nicht\b|\bne marche (?:toujours )?pas\b|\bno funciona\b"
    r"|\bне работает\b|还是不行|不对|没用",
    re.I,
)
_OFF_TARGET = re.compile(
    r"\bnot what i (?:asked|wanted|meant|said|need)|\bdid(?: not|n['’]?t) ask (?:for|you)\b"
    r"|\bmisunderst(?:ood|and)\b"
    r"|\bthat(?:['’]s| is| was) (?:out of scope|off[- ]topic|unrelated)\b"
    r"|\bwrong (?:file|place|branch|repo|repository|directory|folder|project|function|test|component|page)\b",
    re.I,
)
_PUSHES_BACK = re.compile(
    r"^\W*(?:no|nope|nein|wrong|don['’]?t|do not)\b(?! worries| problem|[, ]*(?:i think )?(?:this|that"
    r"|it)(?:['’]s| is) (?:fine|ok|good))"
    r"|^\W*stop(?=\W*$|[,.!]| (?:it|that|this|doing|changing|adding))|\bwhat are you doing\b"
    r"|\bi would have (?:thought|expected)\b|\bi (?:already )?(?:said|told you)\b"
    r"|\bwhy (?:did|are|do|would|have) you\b|\byou (?:broke|messed|ruined|removed|deleted|forgot|missed"
    r"|ignored|should(?:n['’]t| not))\b"
    r"|\bthat(?:['’]s| is) not\b",
    re.I,
)
_GIVES_UP = re.compile(
    r"\bnever ?mind\b|(?<!n['’]t )(?<!not )(?<!to )\bforget (?:it|about it|this|that)\b|\bi(?:['’]ll"
    r"| will) (?:just )?(?:do|fix|handle|write|finish) (?:it|this|that) (?:myself|manually|by hand)\b"
    r"|\b(?:i give|giving|let['’]?s give) up\b|\b(?:abandon|scrap) (?:this|it|that|everything)\b",
    re.I,
)
_ANNOYED = re.compile(
    r"\b(?:wtf|ffs|ugh+|argh+|damn(?: it)?|fuck\w*|shit\w*|bullshit|ridiculous|annoying|frustrat\w*"
    r"|for the (?:second|third|fourth|fifth|last|\d+th|nth) time|how many times|keeps? (?:failing"
    r"|breaking|happening))\b|\?{3,}|\?!",
    re.I,
)
_ACKNOWLEDGES = re.compile(
    r"^\W*(?:ok(?:ay)?|got it|understood|cool)\W*$|^\W*(?:great|nice|cool|good|awesome)(?:[.!,]|\W*$)"
    r"|\b(?:thanks|thank you|thx|cheers|danke|merci|gracias|grazie|obrigad[oa])\b"
    r"|спасибо|谢谢|好的|ありがとう|감사|👍",
    re.I,
)
_PATTERNS = (
    _PASTED, _CLAUSE, _CONTRAST, _SUPPOSES, _NEGATES, _AFFIRMS, _REJECTS,
    _OFF_TARGET, _PUSHES_BACK, _GIVES_UP, _ANNOYED, _ACKNOWLEDGES,
)  # fmt: skip
WORD_PATTERNS = (
    *(pattern.pattern for pattern in _PATTERNS),
    f"{OWN_WORDS_CHARS},{VERDICT_CHARS},{ACKNOWLEDGEMENT_WORDS},{AFFIRMATION_WORDS}",
)
"""Part of the rules' fingerprint."""


def own_words(text: str | None) -> str:
    """The start of a human text without what was pasted, quoted or tagged into it."""
    if not text:
        return ""
    return _PASTED.sub(" ", text[: 4 * OWN_WORDS_CHARS])[:OWN_WORDS_CHARS].strip()


def verdict_of(act: RawHumanAct) -> Verdict | None:
    """What an act says about the agent's work so far, the strongest first; None where nothing."""
    if act.act_kind not in SPOKEN_KINDS or not act.text:
        return None
    all_words = own_words(act.text)
    words = all_words[:VERDICT_CHARS]
    stated = [clause for clause in _CLAUSE.findall(words) if not _SUPPOSES.search(clause)]
    if _GIVES_UP.search(words):
        return "gives_up"
    if any(_OFF_TARGET.search(clause) for clause in stated):
        return "off_target"
    if any(_REJECTS.search(clause) for clause in stated):
        return "rejects"
    if _PUSHES_BACK.search(words):
        return "pushes_back"
    affirmed = [clause for clause in stated if _AFFIRMS.search(clause) and not _NEGATES.search(clause)]
    count = len(all_words.split())
    if affirmed and count <= AFFIRMATION_WORDS and act.is_typed and not _CONTRAST.search(words):
        return "affirms"
    if count <= ACKNOWLEDGEMENT_WORDS and _ACKNOWLEDGES.search(words):
        return "acknowledges"
    return None


def is_annoyed(act: RawHumanAct) -> bool:
    """Whether the act shows annoyance in so many words."""
    return act.act_kind in SPOKEN_KINDS and _ANNOYED.search(own_words(act.text)[:VERDICT_CHARS]) is not None
