"""Stories that miss their goal in part or whole, and the session without any goal.

One small function per story; the evidence it leaves is exactly what its labels claim.
"""

from orchestration.demo import calls
from orchestration.demo.calls import Workshop
from orchestration.demo.endings import completed
from orchestration.demo.openings import prompt
from orchestration.demo.scene import Turn
from orchestration.demo.steps import steering, work
from orchestration.demo.story_parts import (
    Story,
    build_prompt,
    built,
    fix_prompt,
    look_around,
    reply,
    small_edit,
    turn,
    words,
)


def half_built(shop: Workshop) -> Story:
    """Part delivered, scope cut."""
    complaint = "The second part is still missing, that is not all I asked for. Leave it for another day."
    turns = (built(shop), reply(complaint, "Understood: the first part is done, the second is left out."))
    return Story(
        turns, "build", "modifies_existing", "partially_succeeded", ("clean_end",), ("user_pushes_back",)
    )


def half_fixed(shop: Workshop) -> Story:
    """Several soft signs of trouble, no hard one. Some agents get stuck, and some are told what to do."""
    is_stuck = shop.happens("stuck", one_in=2)
    told = is_stuck and shop.happens("told what to do", one_in=2) and shop.features.number >= (2, 0, 76)
    stuck = (
        work("Changing it where the error is.", calls.failed_edit(shop, shop.source)),
        work("Once more.", calls.failed_edit(shop, shop.source)),
        *((steering("read the file again before you change it"),) if told else ()),
        look_around(shop),
    )
    first = turn(
        fix_prompt(shop),
        work(None, calls.read(shop, shop.source)),
        *(stuck if is_stuck else ()),
        small_edit(shop),
        end="The first page is right.",
    )
    second = turn(
        "No, the second page is still wrong. Try again.",
        small_edit(shop),
        end="The second page is right in the common case.",
    )
    third = turn(
        "Still wrong for the empty page. Once more.",
        small_edit(shop),
        end="The empty page is left as it was.",
    )
    soft = ("user_pushes_back", "repeated_attempts", *(("error_recovered",) if is_stuck else ()))
    return Story(
        (first, second, third), "fix", "modifies_existing", "partially_succeeded", ("clean_end",), soft
    )


def bug_unfixed(shop: Workshop) -> Story:
    """Changes were made; the tests fail at the end. Some agents weaken a test, and the person objects."""
    is_weakened = shop.happens("test weakened", one_in=2)
    first = turn(
        fix_prompt(shop),
        work(None, calls.read(shop, shop.source)),
        work(None, calls.tests_fail(shop)),
        small_edit(shop),
        work(None, calls.tests_fail(shop)),
        end="The change helps in part; the tests still fail.",
    )
    second = turn(
        "Try another way.",
        small_edit(shop),
        *((work(None, calls.weaken_test(shop)),) if is_weakened else ()),
        work(None, calls.tests_fail(shop)),
        end="The tests still fail in the same place.",
    )
    turns: tuple[Turn, ...] = (first, second)
    failure: tuple[str, ...] = ("tests_fail_at_end", "repeated_attempts")
    if is_weakened:
        third = turn(
            "No, that is still wrong. Put the assertion back.",
            work(None, calls.weaken_test(shop, is_back=True)),
            work(None, calls.tests_fail(shop)),
            end="The assertion is back; the tests still fail.",
        )
        turns, failure = (*turns, third), (*failure, "user_pushes_back")
    return Story(turns, "fix", "modifies_existing", "failed", (), failure)


def result_rejected(shop: Workshop) -> Story:
    """The user rejects the result and has it rolled back."""
    undo = turn(
        "This is wrong, not what I asked for at all. Undo everything.",
        work(None, calls.bash(shop, "git checkout -- . && git clean -fd", "")),
        end="All changes are undone.",
    )
    failure = ("user_rejects_result", "rollback")
    return Story((built(shop), undo), "build", "modifies_existing", "failed", (), failure)


def feature_abandoned(shop: Workshop) -> Story:
    """Failing tests, not one line written, and the user takes over."""
    first = turn(
        build_prompt(shop),
        work(None, calls.read(shop, shop.source)),
        work(None, calls.tests_fail(shop)),
        work(None, calls.failed_edit(shop, shop.source)),
        work(None, calls.tests_fail(shop)),
        end="I could not make the change: the tests fail before and after.",
    )
    last = reply("Never mind, forget it. I will do it by hand.", "Understood, I stop here.")
    return Story((first, last), "build", "explores_existing", "failed", (), ("tests_fail_at_end", "gave_up"))


def rollout_failed(shop: Workshop) -> Story:
    """The cluster cannot be reached: the error stays."""
    topic = shop.topic
    error = "Unable to connect to the server: dial tcp 192.0.2.10:6443: i/o timeout"
    steps = (
        work(None, calls.failed_bash(f"kubectl rollout restart deployment/{topic}", error)),
        work(None, calls.failed_bash(f"kubectl logs deployment/{topic} --tail=20", error)),
    )
    asked = f"Restart the {words(shop)} deployment on staging and check the logs."
    one = Turn(prompt(asked), steps, completed("The cluster cannot be reached, so nothing was restarted."))
    return Story((one,), "operate", "no_codebase", "failed", (), ("error_unrecovered",))


def small_talk(shop: Workshop) -> Story:
    """No aim can be stated."""
    text = shop.rng.choice(("hello", "hi there, just looking around", "testing, one two", "ok", "hmm"))
    return Story(
        (reply(text, "Hello. Say what you would like to do and I will start."),),
        "not_inferable",
        "no_codebase",
        "no_clear_goal",
        ("clean_end",),
    )
