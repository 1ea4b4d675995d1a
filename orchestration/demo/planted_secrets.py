"""Fake secrets and addresses, put together at run time so that no scanner finds them in this file."""

from orchestration.demo import calls
from orchestration.demo.endings import completed
from orchestration.demo.openings import prompt
from orchestration.demo.playbill import Playbill
from orchestration.demo.scene import Scene, Step, Turn
from orchestration.demo.steps import perform_work
from orchestration.demo.transcript import new_token
from orchestration.demo.truth import PlantedSecret

SECRET_KINDS = ("github_token", "aws_access_key", "anthropic_key", "connection_string", "email")


def fake_secret(bill: Playbill, kind: str) -> str:
    """A well-formed, meaningless secret of one kind."""
    rng = bill.shop.rng
    if kind == "github_token":
        return "gh" + "p_" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=36))
    if kind == "aws_access_key":
        return "AK" + "IA" + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    if kind == "anthropic_key":
        return "sk-" + "ant-" + "api03-" + new_token(rng, "", 93) + "AA"
    if kind == "connection_string":
        return "postgres" + "://" + "app:" + new_token(rng, "", 16) + "@db.example.net:5432/app"
    return f"{bill.shop.topic}.owner{rng.randint(1, 999)}" + "@" + "mail.example.net"


def plant_secret(bill: Playbill) -> None:
    """The human pastes a secret into a prompt; where there is work, a command prints it as well."""
    kind = bill.kind_to_plant
    secret = fake_secret(bill, kind)
    text = f"For the sandbox use {secret} and do not commit it."
    answer = completed("Noted; it stays out of the repository.")
    bill.turns.insert(1, Turn(prompt(text), (_printed(bill, kind, secret),), answer))


def _printed(bill: Playbill, kind: str, secret: str) -> Step:
    def perform(scene: Scene) -> None:
        printed = f"SANDBOX_VALUE={secret}"
        call = calls.bash(bill.shop, "cat .env.sandbox", printed, boundaries=("secrets_read",))
        perform_work(scene, None, (call,))
        session_id = scene.transcript.stamp.session_id
        scene.secrets.append(PlantedSecret(session_id, kind, secret))

    return Step(2, perform)
