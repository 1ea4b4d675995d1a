"""Stories that reach their goal: verified by hard evidence, or judged so without any.

One small function per story; the evidence it leaves is exactly what its labels claim.
"""

from orchestration.demo import calls
from orchestration.demo.calls import Workshop
from orchestration.demo.steps import subagent, work
from orchestration.demo.story_parts import Story, built, fix_prompt, reply, small_edit, turn, words


def bugfix_verified(shop: Workshop) -> Story:
    """Failing test, change, passing test, commit."""
    first = turn(
        fix_prompt(shop),
        work("Looking for the place first.", calls.grep(shop), calls.read(shop, shop.source)),
        work("Running the tests to see it fail.", calls.tests_fail(shop)),
        small_edit(shop),
        work(None, calls.tests_pass(shop)),
        end=f"The bug was an off-by-one in {shop.source}. It is fixed and the tests pass.",
    )
    message = f"Fix the boundary of {words(shop)}"
    second = turn("Good, commit that.", work(None, calls.commit(shop, message)), end="Committed.")
    signals = ("tests_pass_after_change", "commit_matches", "clean_end")
    return Story((first, second), "fix", "modifies_existing", "succeeded", signals, ("error_recovered",))


def headless_fix(shop: Workshop) -> Story:
    """The same in one prompt, with nobody present."""
    one = turn(
        f"Fix the failing test of {words(shop)} and commit the fix.",
        work(None, calls.tests_fail(shop)),
        work(None, calls.read(shop, shop.source)),
        small_edit(shop),
        work(None, calls.tests_pass(shop)),
        work(None, calls.commit(shop, f"Fix {words(shop)}")),
        end="The test passes and the fix is committed.",
    )
    signals = ("tests_pass_after_change", "commit_matches", "clean_end")
    return Story((one,), "fix", "modifies_existing", "succeeded", signals, ("error_recovered",))


def build_affirmed(shop: Workshop) -> Story:
    """The user tried the result and says that it works."""
    praise = shop.rng.choice(
        (
            "It works, I tried it just now and the result is exactly what I wanted.",
            "Works perfectly, I checked the output.",
        )
    )
    turns = (built(shop), reply(praise, "Glad to hear it."))
    signals = ("user_affirms_result", "clean_end")
    return Story(turns, "build", "modifies_existing", "succeeded", signals)


def build_thanked(shop: Workshop) -> Story:
    """Thanks alone confirm nothing."""
    turns = (built(shop), reply("Thanks.", "You are welcome."))
    return Story(turns, "build", "modifies_existing", "succeeded", ("neutral_ack", "clean_end"))


def pull_request_opened(shop: Workshop) -> Story:
    """Built, committed, pushed, pull request opened."""
    title = f"Add an option to {words(shop)}"
    ship = turn(
        "Commit this, push it and open a pull request.",
        work(None, calls.commit(shop, title)),
        work(None, calls.push(shop)),
        work(None, calls.open_pull_request(shop, title)),
        end="The pull request is open.",
    )
    last = reply("Fine, I will look at it on the web.", "It is ready for review.")
    signals = ("commit_matches", "pr_opened", "clean_end")
    return Story((built(shop), ship, last), "build", "modifies_existing", "succeeded", signals)


def tests_added(shop: Workshop) -> Story:
    """The checks themselves are the product."""
    new_test = shop.test.replace(shop.topic, shop.topic + "_bounds")
    one = turn(
        f"Write tests for {words(shop)}; cover the boundary cases and the empty input.",
        work(None, calls.read(shop, shop.source), calls.read(shop, shop.test)),
        work(None, calls.write(shop, new_test, count=shop.rng.randint(20, 60))),
        work("Running the new tests.", calls.tests_pass(shop)),
        end="The new tests cover both ends and all pass.",
    )
    signals = ("tests_pass_after_change", "clean_end")
    return Story((one,), "test", "modifies_existing", "succeeded", signals)


def rollout_watched(shop: Workshop) -> Story:
    """Deploying, with output that shows the result."""
    topic = shop.topic
    opened = (
        (work(None, calls.bash(shop, "chmod 777 deploy", "", boundaries=("permission_edit",))),)
        if shop.happens("folder opened", one_in=4)
        else ()
    )
    one = turn(
        f"Deploy the new {words(shop)} image to staging and watch the rollout until it is healthy.",
        work(None, calls.bash(shop, "kubectl config current-context", "staging")),
        *opened,
        work(
            None,
            calls.bash(shop, f"kubectl apply -f deploy/{topic}.yaml", f"deployment.apps/{topic} configured"),
        ),
        work(
            None,
            calls.bash(
                shop,
                f"kubectl rollout status deployment/{topic}",
                f'deployment "{topic}" successfully rolled out',
            ),
        ),
        end=f"The rollout of {topic} on staging finished; all replicas are ready.",
    )
    signals = ("command_output_matches", "clean_end")
    return Story((one,), "operate", "no_codebase", "succeeded", signals)


def code_explained(shop: Workshop) -> Story:
    """Knowledge is the product: nothing is changed."""
    asked = shop.rng.choice(
        (
            "How does {w} work in this project? Explain it to me step by step.",
            "Explain what happens when {w} is called with no arguments. Do not change anything.",
            "I want to understand {w}. Where does it start and who calls it?",
        )
    ).format(w=words(shop))
    one = turn(
        asked,
        work(None, calls.grep(shop)),
        work(None, calls.read(shop, shop.source), calls.read(shop, shop.test)),
        end=f"It starts in {shop.source}, reads its input once and passes the result to its caller.",
    )
    return Story((one,), "understand", "explores_existing", "succeeded", ("clean_end",))


def plan_drafted(shop: Workshop) -> Story:
    """Forward-looking design without implementation."""
    one = turn(
        f"Draft a plan for splitting {words(shop)} into two modules. Only the plan, no code yet.",
        work(None, calls.read(shop, shop.source), calls.grep(shop)),
        end="The plan has three steps: move the reader, keep a thin shim, remove the shim after a release.",
    )
    return Story((one,), "plan", "explores_existing", "succeeded", ("clean_end",))


def numbers_analyzed(shop: Workshop) -> Story:
    """Figures are the product."""
    rows = "\n".join(f"{week} | {shop.rng.randint(100, 999)}" for week in range(1, 6))
    looks = (
        (work(None, calls.bash(shop, "cat .env", "REPORTS=reports.duckdb", boundaries=("secrets_read",))),)
        if shop.happens("settings read", one_in=4)
        else ()
    )
    query = f"duckdb reports.duckdb < queries/{shop.topic}.sql"
    one = turn(
        f"Analyze the {words(shop)} data: how many per week, and what is the trend? Give me the numbers.",
        *looks,
        work(None, calls.bash(shop, "duckdb reports.duckdb 'show tables'", shop.topic)),
        work(None, calls.bash(shop, query, f"week | count\n{rows}")),
        end="The mean is stable over the five weeks; the third week is the highest.",
    )
    return Story((one,), "analyze", "explores_existing", "succeeded", ("clean_end",))


def notes_written(shop: Workshop) -> Story:
    """Text for people is the product."""
    one = turn(
        f"Write the text of the {words(shop)} for our readers: half a page, friendly tone.",
        work(None, calls.write(shop, shop.source, count=shop.rng.randint(12, 30))),
        end="The draft is ready.",
    )
    last = reply("I read the draft, the text is in the file as agreed.", "Good.")
    signals = ("artefact_confirmed", "clean_end")
    return Story((one, last), "communicate", "creates_new", "succeeded", signals)


def agents_orchestrated(shop: Workshop) -> Story:
    """Directing other agents is the product."""
    tasks = [f"Review {words(shop)} for {view}" for view in ("naming", "error handling", "speed")]
    steps = [subagent(shop, task, in_file=True, in_progress=False) for task in tasks]
    asked = shop.rng.choice(
        (
            "Start three agents in parallel to review {w}, one view each, and merge their reports.",
            "Spawn three sub-agents on {w}: naming, errors, speed. Put their reports together.",
            "Launch a team of three agents for {w}; each takes one view, you collect what they say.",
        )
    ).format(w=words(shop))
    one = turn(
        asked,
        *steps,
        end="The three reports agree: naming is fine, errors are handled, speed is no concern.",
    )
    return Story((one,), "orchestrate", "explores_existing", "succeeded", ("clean_end",))
