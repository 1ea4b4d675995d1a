"""Every hostile transcript, by what kind of trick it is."""

from tests.hostile.fake_facts import FAKE_FACTS
from tests.hostile.fake_forms import FAKE_FORMS
from tests.hostile.hostile_transcript import HostileTranscript
from tests.hostile.instructions import INSTRUCTIONS
from tests.hostile.strange_text import STRANGE_TEXT

HOSTILE: tuple[HostileTranscript, ...] = (*INSTRUCTIONS, *FAKE_FACTS, *FAKE_FORMS, *STRANGE_TEXT)
