"""Interludes: records between turns that set no agent working — commands, shell mode, resumes."""

from orchestration.demo.openings import CAVEAT
from orchestration.demo.scene import Scene
from orchestration.demo.transcript import new_uuid


def _caveat(scene: Scene, delay_ms: int) -> None:
    """The caveat stands first and carries the later time, as in real files."""
    clock = scene.transcript.clock
    scene.transcript.user(CAVEAT, {"isMeta": True}, at=clock + delay_ms)


def _command_tags(name: str) -> str:
    return (
        f"<command-name>/{name}</command-name>\n            <command-message>{name}</command-message>\n"
        "            <command-args></command-args>"
    )


def cleared_start(scene: Scene) -> None:
    """`/clear` at the top of the new file: no action of this session."""
    _caveat(scene, 1800)
    scene.transcript.user(_command_tags("clear"))
    scene.transcript.clock += 1800
    scene.transcript.user("<local-command-stdout></local-command-stdout>")


def local_command(scene: Scene) -> None:
    """A command that only the CLI answers: a human act, no turn."""
    if scene.features.has_local_command_records:
        for text in (_command_tags("cost"), "<local-command-stdout>Total: 0.42</local-command-stdout>"):
            scene.transcript.system("local_command", {"content": text, "level": "info"})
            scene.transcript.tick()
    else:
        _caveat(scene, 300)
        scene.transcript.user(_command_tags("cost"))
        scene.transcript.clock += 300
        scene.transcript.user("<local-command-stdout>Total: 0.42</local-command-stdout>")
    scene.act("command")


def shell_command(scene: Scene) -> None:
    """`!` mode: the input is human, the output is not."""
    scene.wait()
    _caveat(scene, 900)
    scene.transcript.user("<bash-input>git status --short</bash-input>")
    scene.transcript.clock += 900
    scene.transcript.user("<bash-stdout> M README.md</bash-stdout><bash-stderr></bash-stderr>")
    scene.act("shell_command")


def resumed_without_prompt(scene: Scene) -> None:
    """A resume that asks nothing: a meta record and a synthetic answer, no message, no turn."""
    scene.wait()
    text = "Continue from where you left off."
    scene.transcript.user([{"type": "text", "text": text}], {"isMeta": True})
    scene.transcript.tick()
    scene.transcript.synthetic("No response requested.")


def summary_at_head(scene: Scene) -> None:
    """A summary that points at the leaf of another file; it has neither time nor session."""
    text = f"Work on {scene.shop.topic} in {scene.shop.project.name}"
    scene.transcript.state({"type": "summary", "summary": text, "leafUuid": new_uuid(scene.rng)})


def session_start_hook(scene: Scene) -> None:
    """What a session-start hook leaves behind, by version."""
    transcript, name = scene.transcript, "SessionStart:startup"
    hook_id = new_uuid(scene.rng)
    if scene.features.has_progress:
        data = {"type": "hook_progress", "hookEvent": "SessionStart", "hookName": name, "command": "prepare"}
        transcript.progress(data, tool_use_id=hook_id, parent_tool_use_id=hook_id)
    elif scene.features.has_attachments:
        values = {"type": "hook_success", "hookName": name, "toolUseID": hook_id, "hookEvent": "SessionStart"}
        values |= {"content": "", "stdout": "ready", "stderr": "", "command": "prepare"}
        transcript.attachment({**values, "exitCode": 0, "durationMs": 55})
