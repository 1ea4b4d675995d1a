"""Names of clusters and their audit: the answers. A name is published only after the audit and the rules.

No evidence is asked for: a cluster's samples are of no session.
"""

from pydantic import Field

from classifiers.answers.answer import Answer

MAX_NAME_CHARS = 80


class ClusterNameAnswer(Answer):
    """What the members of a cluster share, and near non-members do not."""

    name: str = Field(
        min_length=3,
        max_length=MAX_NAME_CHARS,
        description="A plain phrase of two to eight words that begins with a verb or a reason.",
    )


class ClusterAuditAnswer(Answer):
    """Whether a name may be shown to people who may not see the transcripts."""

    is_private: bool = Field(
        description="true if it could point at a person, an organisation, a product, a project or a place."
    )
